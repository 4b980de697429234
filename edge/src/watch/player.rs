//! The programs that decode video, and how they are asked for raw frames.

use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;

use super::frame::WatchError;

/// A program that decodes video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Player {
    /// ffmpeg.
    Ffmpeg,
    /// gst-launch-1.0, of GStreamer.
    GstLaunch,
}

/// Width and height of frames, px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A size that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: WIDTHxHEIGHT in pixels is needed, 1 to {MAX_SIDE} each, as 640x480")]
pub struct SizeError(String);

/// Longest side of a frame, px: 8K.
const MAX_SIDE: u32 = 8192;

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let side = |t: &str| t.parse().ok().filter(|n| (1..=MAX_SIDE).contains(n));
        let sides = text.split_once('x').and_then(|(w, h)| Some((side(w)?, side(h)?)));
        sides.map(|(width, height)| Self { width, height }).ok_or_else(|| SizeError(text.to_owned()))
    }
}

/// What is to be played, and how.
#[derive(Debug, Clone)]
pub struct Video {
    /// A file, a device as /dev/video0, or an address as rtsp://camera/1.
    pub source: String,
    /// Frames a second.
    pub fps: f64,
    /// Size that frames are scaled to.
    pub size: Size,
    /// Program.
    pub player: Player,
}

impl Video {
    /// Whether the source has no end of its own: a camera.
    pub fn is_live(&self) -> bool {
        self.is_device() || self.source.contains("://") && !self.source.starts_with("file://")
    }

    fn is_device(&self) -> bool {
        self.source.starts_with("/dev/")
    }

    /// Name and password in the address, which must not get into a log.
    pub fn login(&self) -> Option<&str> {
        let (_, rest) = self.source.split_once("://")?;
        let (login, _) = rest.split(['/', '?']).next()?.rsplit_once('@')?;
        Some(login).filter(|login| !login.is_empty())
    }

    /// Name of the program.
    pub fn program(&self) -> &'static str {
        match self.player {
            Player::Ffmpeg => "ffmpeg",
            Player::GstLaunch => "gst-launch-1.0",
        }
    }

    /// Its arguments: frames of 3 bytes a pixel, red first, row by row, on standard output.
    ///
    /// # Errors
    /// Where the program cannot give frames of this size, or a file is not there.
    pub fn arguments(&self) -> Result<Vec<OsString>, WatchError> {
        let Size { width, height } = self.size;
        if !self.is_live() && !self.source.contains("://") {
            let path = Path::new(&self.source);
            std::fs::metadata(path).map_err(|source| WatchError::Read { path: path.to_owned(), source })?;
        }
        match self.player {
            Player::Ffmpeg => Ok(self.ffmpeg()),
            Player::GstLaunch if !width.is_multiple_of(4) => Err(WatchError::Size {
                width,
                height,
                reason: "GStreamer pads rows to 4 bytes; give a width that 4 divides",
            }),
            Player::GstLaunch => Ok(self.gst_launch()),
        }
    }

    fn ffmpeg(&self) -> Vec<OsString> {
        let Size { width, height } = self.size;
        let mut arguments: Vec<String> = ["-nostdin", "-hide_banner", "-loglevel", "error"].map(str::to_owned).to_vec();
        if self.source.starts_with("rtsp") {
            // Over UDP, lost packets are grey blocks that somebody is recognised on.
            arguments.extend(["-rtsp_transport", "tcp"].map(str::to_owned));
        }
        if self.is_device() {
            arguments.extend(["-f", "v4l2"].map(str::to_owned));
        }
        let filter = format!("fps={},scale={width}:{height}", self.fps);
        arguments.extend(["-i", &self.source, "-an", "-vf", &filter].map(str::to_owned));
        arguments.extend(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"].map(str::to_owned));
        arguments.into_iter().map(OsString::from).collect()
    }

    fn gst_launch(&self) -> Vec<OsString> {
        let Size { width, height } = self.size;
        // The program parses its arguments as one text: what is in quotes stays one word.
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let source = if self.is_device() {
            vec!["v4l2src".to_owned(), format!("device={}", quoted(&self.source))]
        } else if self.source.contains("://") {
            vec!["uridecodebin".to_owned(), format!("uri={}", quoted(&self.source))]
        } else {
            let file = format!("location={}", quoted(&self.source));
            vec!["filesrc".to_owned(), file, "!".to_owned(), "decodebin".to_owned()]
        };
        // GStreamer takes a rate as a fraction.
        let rate = format!("{}/1000", (self.fps * 1000.0).round());
        let caps = format!("video/x-raw,format=RGB,width={width},height={height},framerate={rate}");
        let rest = format!("! videoconvert ! videoscale ! videorate ! {caps} ! fdsink fd=1");
        let quiet = std::iter::once("-q".to_owned());
        let all = quiet.chain(source).chain(rest.split(' ').map(str::to_owned));
        all.map(OsString::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(source: &str, player: Player) -> Video {
        Video { source: source.into(), fps: 2.5, size: "320x240".parse().unwrap(), player }
    }

    fn told(video: &Video) -> String {
        let words: Vec<_> = video.arguments().unwrap().into_iter().map(|w| w.into_string().unwrap()).collect();
        words.join(" ")
    }

    #[test]
    fn sizes() {
        assert_eq!("640x480".parse(), Ok(Size { width: 640, height: 480 }));
        for text in ["", "640", "640x", "0x480", "640x-1", "8193x1", "640X480", "640x480x3"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn cameras_have_no_end_and_files_must_be_there() {
        assert!(video("rtsp://camera/1", Player::Ffmpeg).is_live() && video("/dev/video0", Player::Ffmpeg).is_live());
        let file = video("/nowhere/a.mp4", Player::Ffmpeg);
        assert!(!file.is_live());
        assert!(file.arguments().unwrap_err().to_string().contains("/nowhere/a.mp4"));
    }

    #[test]
    fn the_login_is_found_where_there_is_one() {
        let login = |source: &str| video(source, Player::Ffmpeg).login().map(str::to_owned);
        assert_eq!(login("rtsp://admin:p@ss@camera:554/1?x=a@b").as_deref(), Some("admin:p@ss"));
        for source in ["rtsp://camera/1@2", "rtsp://camera", "/dev/video0", "a@b.mp4", "rtsp://@camera/1"] {
            assert_eq!(login(source), None, "{source}");
        }
    }

    #[test]
    fn raw_frames_are_asked_for() {
        let rtsp = told(&video("rtsp://camera/1", Player::Ffmpeg));
        assert!(rtsp.contains("-rtsp_transport tcp -i rtsp://camera/1"), "{rtsp}");
        assert!(rtsp.ends_with("-vf fps=2.5,scale=320:240 -f rawvideo -pix_fmt rgb24 -"), "{rtsp}");
        assert!(told(&video("/dev/video0", Player::Ffmpeg)).contains("-f v4l2 -i /dev/video0"));
        let gst = told(&video("rtsp://c/\"1 ! x", Player::GstLaunch));
        assert!(gst.contains(r#"uridecodebin uri="rtsp://c/\"1 ! x" ! videoconvert"#), "{gst}");
        assert!(gst.contains("width=320,height=240,framerate=2500/1000 ! fdsink fd=1"), "{gst}");
        let odd = Video { size: "30x30".parse().unwrap(), ..video("/dev/video0", Player::GstLaunch) };
        assert!(matches!(odd.arguments(), Err(WatchError::Size { width: 30, .. })));
    }
}

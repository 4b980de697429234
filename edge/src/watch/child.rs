//! A player as a child process: its frames are read, its death is told, and it is started again.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use image::RgbImage;

use super::frame::{Frame, Key, Outlet, Picture, Source, WatchError};
use super::player::{Size, Video};
use crate::live::Backoff;

/// Last lines of a player that are told.
const LINES: usize = 8;
/// Longest such line, bytes.
const LINE_BYTES: usize = 300;
/// Longest line that is read as one, bytes.
const MAX_LINE: u64 = 64 << 10;
/// How long they are waited for once the player has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A video, played again and again.
pub struct Supervised {
    video: Video,
    /// Without a frame for so long, a player is taken for hung and killed.
    stall: Duration,
    /// Starts in a row without a frame after which it is given up.
    give_up: Option<u32>,
    next: u64,
}

/// How one run of the player ended.
struct End {
    frames: u64,
    success: bool,
    reason: String,
    lines: String,
}

impl Supervised {
    /// Plays `video`. A player that gives no frame for `stall` is killed; one that was started `give_up` times in a row
    /// without giving any is given up.
    pub fn new(video: Video, stall: Duration, give_up: Option<u32>) -> Self {
        Self { video, stall, give_up, next: 0 }
    }

    fn play(&mut self, out: &Outlet) -> Result<End, WatchError> {
        let player = self.video.program();
        let mut child = Command::new(player)
            .args(self.video.arguments()?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| WatchError::Start { player: player.to_owned(), source })?;
        let errors = last_lines(&mut child);
        let frames = child.stdout.take().map(|from| raw_frames(from, self.video.size));
        let before = self.next;
        let mut reason = None;
        let mut last = Instant::now();
        while let Some(frames) = &frames {
            match frames.recv_timeout(Duration::from_millis(100)) {
                Ok(pixels) => {
                    let (key, name) = (Key::Number(self.next), format!("frame {}", self.next));
                    self.next += 1;
                    out.frames.push(Frame { key, name, picture: Picture::Pixels(pixels) });
                    // The model may have held us up here.
                    last = Instant::now();
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if last.elapsed() > self.stall => {
                    reason = Some(format!("no frame for {:.0?}, killed", self.stall));
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if out.stopped() {
                reason = Some("stopped".to_owned());
                break;
            }
        }
        if reason.is_some() {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
        }
        // Closes the pipe, so that one that still writes ends too.
        drop(frames);
        let status = child.wait();
        // A program that it started may still hold the pipe: it is not waited for.
        let mut lines = errors.and_then(|lines| lines.recv_timeout(LAST_WORDS).ok()).unwrap_or_default();
        if let Some(login) = self.video.login() {
            lines = lines.replace(login, "…");
        }
        let success = reason.is_none() && status.as_ref().is_ok_and(std::process::ExitStatus::success);
        let reason = reason.unwrap_or_else(|| match status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        });
        Ok(End { frames: self.next - before, success, reason, lines })
    }
}

impl Source for Supervised {
    fn run(&mut self, out: &Outlet) -> Result<(), WatchError> {
        let player = self.video.program();
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut without = 0;
        loop {
            let end = self.play(out)?;
            if out.stopped() || (end.success && !self.video.is_live()) {
                return Ok(());
            }
            if end.frames > 0 {
                without = 0;
                backoff.worked();
            }
            without += 1;
            // A file that breaks off would do so again.
            if !self.video.is_live() || self.give_up.is_some_and(|limit| without >= limit) {
                return Err(WatchError::GaveUp { player: player.to_owned(), reason: end.reason, lines: end.lines });
            }
            let wait = backoff.failed();
            (out.notes)(&format!(
                "{player} ended after {} frames ({}); started again in {wait:.0?}; its last lines:\n{}",
                end.frames, end.reason, end.lines
            ));
            out.restarts.fetch_add(1, Ordering::Relaxed);
            out.sleep(wait);
            if out.stopped() {
                return Ok(());
            }
        }
    }
}

/// Reads whole frames on a thread of its own; the channel ends with the stream.
fn raw_frames(mut from: ChildStdout, size: Size) -> Receiver<RgbImage> {
    let (send, frames) = sync_channel(1);
    thread::spawn(move || {
        loop {
            let mut pixels = vec![0; size.width as usize * size.height as usize * 3];
            if from.read_exact(&mut pixels).is_err() {
                return;
            }
            let Some(frame) = RgbImage::from_raw(size.width, size.height, pixels) else { return };
            if send.send(frame).is_err() {
                return;
            }
        }
    });
    frames
}

/// The end of what the child writes to standard error, once it has written it.
fn last_lines(child: &mut Child) -> Option<Receiver<String>> {
    let from = child.stderr.take()?;
    let (send, lines) = sync_channel(1);
    // The child may have been given up meanwhile.
    thread::spawn(move || drop(send.send(tail(BufReader::new(from)))));
    Some(lines)
}

/// The last lines of `from`.
fn tail(mut from: impl BufRead) -> String {
    let mut lines: VecDeque<String> = VecDeque::new();
    loop {
        let mut line = Vec::new();
        match (&mut from).take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        line.truncate(LINE_BYTES);
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(format!("  {}", text.trim_end()));
    }
    if lines.is_empty() { "  (none)".to_owned() } else { Vec::from(lines).join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_long_ones_cut() {
        let text: String = (0..20).map(|i| format!("line {i}\n\n")).collect();
        let kept = tail(text.as_bytes());
        assert_eq!((kept.lines().count(), kept.lines().next()), (LINES, Some("  line 12")));
        assert_eq!(tail(&b""[..]), "  (none)");
        assert_eq!(tail(&[b'x'; 200_000][..]).lines().map(str::len).max(), Some(LINE_BYTES + 2));
    }
}

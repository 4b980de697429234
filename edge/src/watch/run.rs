//! From frames to lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::boxes::BoxBook;
use super::follow::Follower;
use super::frame::{Frame, Outlet, Source, WatchError};
use super::look::Look;
use super::mailbox::{Mailbox, Popped, WhenSlow};
use crate::gallery::Gallery;
use crate::json::BrokenLine;
use crate::live::{EventLine, Notes, Recognizer, Site};

/// How the source is watched.
pub struct WatchOptions {
    /// Name of the camera in lines.
    pub camera: Option<String>,
    /// Identities to list.
    pub top: usize,
    /// Frames that wait for the model at most.
    pub backlog: usize,
    /// What happens to more of them.
    pub when_slow: WhenSlow,
    /// Where boxes come from, and how long a frame waits for its own; without, the whole frame is looked at.
    pub boxes: Option<(Arc<BoxBook>, Duration)>,
    /// Boxes of a frame that are embedded in one run of the model.
    pub batch: usize,
    /// Longest file that is read, bytes.
    pub max_bytes: usize,
    /// What a person should read.
    pub notes: Notes,
}

/// A line of `watch`.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum WatchLine {
    /// Somebody was seen.
    Event(Box<EventLine>),
    /// A frame or a box could not be used.
    Broken(BrokenLine),
    /// The end.
    Summary(WatchSummary),
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename = "summary")]
pub struct WatchSummary {
    /// Frames that the model looked at.
    pub frames: u64,
    /// Lines with an answer.
    pub answers: u64,
    /// Frames and boxes that could not be used.
    pub broken: u64,
    /// Frames dropped since the model was slower.
    pub dropped: u64,
    /// Frames left out since their boxes did not come in time.
    pub unboxed: u64,
    /// Lines of the boxes that could not be used.
    pub bad_box_lines: u64,
    /// Times that the player was started again.
    pub restarts: u64,
    /// Whether the run was stopped before the source ended.
    pub interrupted: bool,
}

/// Who looks at the frames.
pub struct Seer<'a> {
    /// The gallery, opened for reading; it is read again when another process has changed it.
    pub gallery: Gallery,
    /// What answers are given from.
    pub site: &'a Site,
    /// The model.
    pub recognizer: Recognizer,
}

/// Watches `source` until it ends or `interrupted` says so; `write` gets every line but the summary.
///
/// # Errors
/// Where the source cannot be used (with what was done before it), or `write` fails.
pub fn watch<E: From<WatchError>>(
    mut source: Box<dyn Source>,
    seer: Seer<'_>,
    options: &WatchOptions,
    interrupted: impl Fn() -> bool,
    mut write: impl FnMut(WatchLine) -> Result<(), E>,
) -> Result<WatchSummary, E> {
    let Seer { gallery, site, mut recognizer } = seer;
    let notes = &options.notes;
    let out = Outlet {
        frames: Arc::new(Mailbox::new(options.backlog, options.when_slow)),
        stop: Arc::new(AtomicBool::new(false)),
        restarts: Arc::new(AtomicU64::new(0)),
        max_bytes: options.max_bytes,
        notes: Arc::clone(notes),
    };
    let (stops, inside) = (source.stops(), out.clone());
    let thread = thread::spawn(move || {
        // Also where it panics: nobody must wait for frames that never come.
        let _closed = CloseAtEnd(&inside.frames);
        source.run(&inside)
    });
    let mut follower = Follower::new(gallery);
    let mut look = Look { summary: WatchSummary::default(), options, site, recognizer: &mut recognizer };
    let written = loop {
        if interrupted() {
            look.summary.interrupted = true;
            break Ok(());
        }
        let frame = match out.frames.pop(Duration::from_millis(100)) {
            Popped::Item(frame) => frame,
            Popped::Nothing => continue,
            Popped::Closed => break Ok(()),
        };
        follower.keep_up(site, notes);
        if let Err(error) = look.at(frame).into_iter().try_for_each(&mut write) {
            break Err(error);
        }
    };
    let mut summary = look.summary;
    out.stop.store(true, Ordering::Relaxed);
    out.frames.close();
    // One that waits for another process would hold the end up; it ends with this one.
    let ended = if stops || thread.is_finished() { thread.join() } else { Ok(Ok(())) };
    written?;
    ended.unwrap_or(Err(WatchError::Panicked))?;
    summary.dropped = out.frames.dropped();
    summary.restarts = out.restarts.load(Ordering::Relaxed);
    summary.bad_box_lines = options.boxes.as_ref().map_or(0, |(book, _)| book.bad());
    Ok(summary)
}

struct CloseAtEnd<'a>(&'a Mailbox<Frame>);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

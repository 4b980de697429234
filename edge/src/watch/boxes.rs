//! The boxes of frames, from a detector of another process.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::frame::Key;
use crate::live::{Notes, Region};

/// Frames whose boxes are kept until they come; the oldest are dropped then.
const KEPT: usize = 4096;
/// Longest line, bytes.
const MAX_LINE: u64 = 1 << 20;
/// Bad lines that are told of; more are only counted.
const TOLD: u64 = 10;

/// `{"frame": 17, "boxes": [[left, top, width, height], …]}`; a file's name in place of the number for a folder.
#[derive(Deserialize)]
struct Line {
    frame: Key,
    boxes: Vec<Region>,
}

/// Boxes by frame, as they come.
pub struct BoxBook {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    boxes: HashMap<Key, Vec<Region>>,
    order: VecDeque<Key>,
    closed: bool,
    bad: u64,
}

impl BoxBook {
    /// Reads lines from `from` on a thread of its own, to its end.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn read(from: impl Read + Send + 'static, notes: Notes) -> std::io::Result<Arc<Self>> {
        let book = Arc::new(Self { state: Mutex::default(), changed: Condvar::new() });
        let filled = Arc::clone(&book);
        thread::Builder::new().name("boxes".into()).spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            loop {
                line.clear();
                match (&mut from).take(MAX_LINE).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => filled.line(&line, &notes),
                }
            }
            filled.lock().closed = true;
            filled.changed.notify_all();
        })?;
        Ok(book)
    }

    /// The boxes of `key`, waited for at most `longest`; `None` where none were told. An empty list says that nobody is
    /// on the frame.
    pub fn take(&self, key: &Key, longest: Duration) -> Option<Vec<Region>> {
        let waits = |state: &mut State| !state.closed && !state.boxes.contains_key(key);
        let waited = self.changed.wait_timeout_while(self.lock(), longest, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.boxes.remove(key)
    }

    /// Lines that could not be used.
    pub fn bad(&self) -> u64 {
        self.lock().bad
    }

    fn line(&self, line: &[u8], notes: &Notes) {
        if line.trim_ascii().is_empty() {
            return;
        }
        let parsed: Result<Line, _> = serde_json::from_slice(line);
        let mut state = self.lock();
        match parsed {
            Ok(Line { frame, boxes }) => {
                state.order.push_back(frame.clone());
                state.boxes.insert(frame, boxes);
                while state.order.len() > KEPT {
                    if let Some(oldest) = state.order.pop_front() {
                        state.boxes.remove(&oldest);
                    }
                }
                self.changed.notify_all();
            }
            Err(error) => {
                state.bad += 1;
                if state.bad <= TOLD {
                    notes(&format!(
                        "boxes: a line cannot be used: {error}; {{\"frame\": 17, \"boxes\": [[left, top, width, \
                         height]]}} is expected"
                    ));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn book(text: &'static str) -> Arc<BoxBook> {
        let book = BoxBook::read(text.as_bytes(), Arc::new(|_: &str| {})).unwrap();
        // The last frame is there once all lines were read.
        while !book.lock().closed {
            thread::yield_now();
        }
        book
    }

    #[test]
    fn numbers_and_names_find_their_boxes_once() {
        let book = book("{\"frame\":3,\"boxes\":[[1,2,3,4]]}\n\n{\"frame\":\"a.jpg\",\"boxes\":[]}\n");
        assert_eq!(book.take(&Key::Number(3), LONG), Some(vec![Region::from([1.0, 2.0, 3.0, 4.0])]));
        assert_eq!(book.take(&Key::Number(3), LONG), None, "the channel has ended: no wait");
        assert_eq!(book.take(&Key::Name("a.jpg".into()), LONG), Some(Vec::new()));
        assert_eq!(book.bad(), 0);
    }

    #[test]
    fn bad_lines_are_counted_and_the_rest_is_read() {
        let book = book(
            "hello\n{\"frame\":1}\n{\"frame\":-1,\"boxes\":[]}\n{\"frame\":1,\"boxes\":[[1,2,3]]}\n{\"frame\":2,\"boxes\":[]}",
        );
        assert_eq!((book.bad(), book.take(&Key::Number(2), LONG)), (4, Some(Vec::new())));
    }

    #[test]
    fn boxes_that_nobody_asks_for_are_forgotten() {
        let lines: String = (0..KEPT + 10).map(|i| format!("{{\"frame\":{i},\"boxes\":[]}}\n")).collect();
        let book = book(lines.leak());
        assert_eq!(book.lock().boxes.len(), KEPT);
        assert_eq!(book.take(&Key::Number(9), LONG), None);
        assert_eq!(book.take(&Key::Number(10), LONG), Some(Vec::new()));
    }
}

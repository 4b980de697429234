//! The latest events, with what is needed to show and to correct them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;

use crate::live::EventLine;

/// Messages that a slow watcher may be behind before it loses some.
const BEHIND: usize = 64;

/// What a person said of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Correction {
    /// `is`, `not` or `new`.
    pub said: Said,
    /// Of whom.
    pub identity: String,
    /// The view that was enrolled for it, or was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<u64>,
    /// When, RFC 3339, UTC.
    pub time: String,
}

/// The kinds of a [`Correction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It is this identity.
    Is,
    /// It is not this identity.
    Not,
    /// It is nobody who is enrolled.
    New,
}

/// An event as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The event.
    #[serde(flatten)]
    pub event: EventLine,
    /// What was said of it, the latest last.
    pub corrections: Vec<Correction>,
}

/// What an event leaves behind.
#[derive(Debug, Clone)]
pub struct Entry {
    pub shown: Shown,
    /// Group-normalised embedding.
    pub embedding: Vec<f32>,
    /// What the view is known by in the gallery.
    pub view: [u8; 32],
    /// JPEG that is shown.
    pub picture: Vec<u8>,
    /// JPEG that is kept where the view is enrolled.
    pub thumbnail: Option<Vec<u8>>,
}

/// A message for the watchers.
#[derive(Debug, Clone)]
pub struct Message {
    /// `seen` or `corrected`.
    pub kind: &'static str,
    pub id: u64,
    /// [`Shown`] as JSON.
    pub data: Arc<str>,
}

pub struct Journal {
    kept: Mutex<Kept>,
    watchers: broadcast::Sender<Message>,
    capacity: usize,
}

struct Kept {
    entries: VecDeque<Entry>,
    next: u64,
}

impl Journal {
    /// Keeps the latest `capacity` events.
    pub fn new(capacity: usize) -> Self {
        let kept = Mutex::new(Kept { entries: VecDeque::new(), next: 1 });
        Self { kept, watchers: broadcast::Sender::new(BEHIND), capacity }
    }

    /// Keeps an event, under the next number, and tells the watchers; the oldest one goes. Answers the event.
    pub fn add(&self, make: impl FnOnce(u64) -> Entry) -> EventLine {
        let mut kept = self.lock();
        let id = kept.next;
        kept.next += 1;
        let entry = make(id);
        let event = entry.shown.event.clone();
        self.tell("seen", &entry.shown);
        kept.entries.push_back(entry);
        while kept.entries.len() > self.capacity {
            kept.entries.pop_front();
        }
        event
    }

    /// A copy of event `id`, where it is kept.
    pub fn get(&self, id: u64) -> Option<Entry> {
        self.lock().find(id).cloned()
    }

    /// Adds what was said of event `id` and tells the watchers; `None` where it is gone.
    pub fn correct(&self, id: u64, correction: Correction) -> Option<Shown> {
        let mut kept = self.lock();
        let entry = kept.find(id)?;
        entry.shown.corrections.push(correction);
        self.tell("corrected", &entry.shown);
        Some(entry.shown.clone())
    }

    /// The kept events after number `after`, oldest first.
    pub fn after(&self, after: u64) -> Vec<Shown> {
        self.lock().entries.iter().filter(|e| e.shown.event.id > after).map(|e| e.shown.clone()).collect()
    }

    /// From now on, every message.
    pub fn watch(&self) -> broadcast::Receiver<Message> {
        self.watchers.subscribe()
    }

    fn tell(&self, kind: &'static str, shown: &Shown) {
        if self.watchers.receiver_count() == 0 {
            return;
        }
        if let Ok(data) = serde_json::to_string(shown) {
            // The last watcher may have gone meanwhile.
            let _ = self.watchers.send(Message { kind, id: shown.event.id, data: data.into() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&mut self, id: u64) -> Option<&mut Entry> {
        // Numbers are given in order, without gaps.
        let first = self.entries.front()?.shown.event.id;
        self.entries.get_mut(usize::try_from(id.checked_sub(first)?).ok()?)
    }
}

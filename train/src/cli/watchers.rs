//! Everything that watches a run: what a person sees, and the event files.

use std::sync::{Mutex, PoisonError};

use crate::history::EpochRecord;
use crate::schedule::Phase;
use crate::tensorboard::{EventError, EventLog};
use crate::trainer::Observer;

/// Tells a person and the event files of the run.
pub struct Watchers {
    shown: Box<dyn Observer + Send>,
    events: Mutex<Option<EventLog>>,
}

impl Watchers {
    /// Watched by `shown`, and by `events` where they are written.
    pub fn new(shown: Box<dyn Observer + Send>, events: Option<EventLog>) -> Self {
        Self { shown, events: Mutex::new(events) }
    }

    /// Event files are not worth losing a training for.
    fn tell(&self, write: impl FnOnce(&mut EventLog) -> Result<(), EventError>) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = events.as_mut().map(write) {
            *events = None;
            self.shown.note(&format!("{error}; training goes on without them"));
        }
    }
}

impl Observer for Watchers {
    fn decoded(&self, total: usize) {
        self.shown.decoded(total);
    }

    fn epoch_started(&self, epoch: usize, of: usize, phase: Phase, batches: usize) {
        self.shown.epoch_started(epoch, of, phase, batches);
    }

    fn batch_done(&self, loss: Option<f32>) {
        self.shown.batch_done(loss);
        if let Some(loss) = loss {
            self.tell(|log| log.batch(loss));
        }
    }

    fn epoch_done(&self, record: &EpochRecord) {
        self.shown.epoch_done(record);
        self.tell(|log| log.epoch(record));
    }

    fn note(&self, text: &str) {
        self.shown.note(text);
    }
}

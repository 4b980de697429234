//! Messages that wait for the broker, and those that it has not acknowledged yet.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How far the messages got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct MqttCounts {
    /// Acknowledged by the broker.
    pub delivered: u64,
    /// Dropped since too many waited: the oldest ones.
    pub dropped: u64,
    /// Waiting, or sent and not acknowledged.
    pub waiting: u64,
    /// Times that the connection was made.
    pub connections: u64,
    /// Whether the broker is there.
    pub connected: bool,
}

/// A bounded queue that loses its oldest message when it is full, and keeps what is under way until it is acknowledged.
///
/// What is under way when the connection ends comes first in the next one: the broker may get it twice, as QoS 1 allows,
/// and never not at all.
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Told when [`take`](Self::take) may have something, or the outbox is closed.
    pub wake: Notify,
    drained: Condvar,
    capacity: usize,
    window: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<String>,
    /// With the packet's identifier once it has one.
    under_way: VecDeque<(Option<u16>, String)>,
    counts: MqttCounts,
    closed: bool,
}

impl Outbox {
    /// At most `capacity` wait and `window` are under way.
    pub fn new(capacity: usize, window: usize) -> Self {
        Self {
            state: Mutex::default(),
            wake: Notify::new(),
            drained: Condvar::new(),
            capacity: capacity.max(1),
            window: window.max(1),
        }
    }

    /// Puts a message at the end.
    pub fn push(&self, message: String) {
        let mut state = self.lock();
        state.waiting.push_back(message);
        state.shorten(self.capacity);
        drop(state);
        self.wake.notify_one();
    }

    /// The next message to be sent, where the broker is there and has acknowledged enough.
    pub fn take(&self) -> Option<String> {
        let mut state = self.lock();
        if !state.counts.connected || state.under_way.len() >= self.window {
            return None;
        }
        let message = state.waiting.pop_front()?;
        state.under_way.push_back((None, message.clone()));
        Some(message)
    }

    /// The oldest message without an identifier was sent as packet `id`.
    pub fn sent(&self, id: u16) {
        if let Some(first) = self.lock().under_way.iter_mut().find(|(packet, _)| packet.is_none()) {
            first.0 = Some(id);
        }
    }

    /// The broker has packet `id`.
    pub fn acknowledged(&self, id: u16) {
        let mut state = self.lock();
        if let Some(at) = state.under_way.iter().position(|(packet, _)| *packet == Some(id)) {
            state.under_way.remove(at);
            state.counts.delivered += 1;
        }
        if state.is_empty() {
            self.drained.notify_all();
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The broker is there.
    pub fn connected(&self) {
        let mut state = self.lock();
        state.counts.connected = true;
        state.counts.connections += 1;
        drop(state);
        self.wake.notify_one();
    }

    /// The connection is lost: what was under way is to be sent again. Answers whether there was one.
    pub fn lost(&self) -> bool {
        let mut state = self.lock();
        while let Some((_, message)) = state.under_way.pop_back() {
            state.waiting.push_front(message);
        }
        state.shorten(self.capacity);
        std::mem::replace(&mut state.counts.connected, false)
    }

    /// Waits until everything is acknowledged, `longest` at most, and closes.
    pub fn close(&self, longest: Duration) -> MqttCounts {
        let end = Instant::now() + longest;
        let mut state = self.lock();
        while !state.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.drained.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.closed = true;
        let counts = state.counts();
        drop(state);
        self.wake.notify_one();
        counts
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How far the messages got.
    pub fn counts(&self) -> MqttCounts {
        self.lock().counts()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_empty()
    }

    fn shorten(&mut self, capacity: usize) {
        while self.waiting.len() > capacity {
            self.waiting.pop_front();
            self.counts.dropped += 1;
        }
    }

    fn counts(&self) -> MqttCounts {
        MqttCounts { waiting: (self.waiting.len() + self.under_way.len()) as u64, ..self.counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(n: usize) -> Outbox {
        let outbox = Outbox::new(4, 2);
        (0..n).for_each(|i| outbox.push(i.to_string()));
        outbox
    }

    #[test]
    fn the_oldest_are_dropped_and_counted() {
        let outbox = filled(7);
        assert_eq!(outbox.take(), None, "no broker yet");
        outbox.connected();
        assert_eq!(outbox.take().as_deref(), Some("3"));
        assert_eq!((outbox.counts().dropped, outbox.counts().waiting), (3, 4));
    }

    #[test]
    fn what_is_under_way_comes_first_again_after_a_loss() {
        let outbox = filled(4);
        outbox.connected();
        assert_eq!((outbox.take().as_deref(), outbox.take().as_deref(), outbox.take()), (Some("0"), Some("1"), None));
        outbox.sent(7);
        outbox.sent(8);
        outbox.acknowledged(7);
        assert!(outbox.lost());
        assert!(!outbox.lost(), "lost once");
        outbox.connected();
        assert_eq!((outbox.take().as_deref(), outbox.take().as_deref()), (Some("1"), Some("2")));
        // An acknowledgement of the connection before means nothing now.
        outbox.acknowledged(8);
        assert_eq!((outbox.counts().delivered, outbox.counts().waiting, outbox.counts().connections), (1, 3, 2));
    }

    #[test]
    fn closing_waits_for_the_last_acknowledgement_or_the_time() {
        let outbox = filled(1);
        assert_eq!(outbox.close(Duration::from_millis(10)).waiting, 1);
        assert!(outbox.is_closed());
        let outbox = filled(1);
        outbox.connected();
        outbox.take();
        outbox.sent(1);
        std::thread::scope(|scope| {
            let closing = scope.spawn(|| outbox.close(Duration::from_secs(60)));
            outbox.acknowledged(1);
            assert_eq!((closing.join().unwrap().waiting, outbox.counts().delivered), (0, 1));
        });
    }
}

//! A bounded queue between the source and the model.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What happens to frames that come faster than the model takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WhenSlow {
    /// The oldest waiting frame is dropped and counted.
    Drop,
    /// The source waits.
    Wait,
}

/// What came out.
#[derive(Debug, PartialEq, Eq)]
pub enum Popped<T> {
    /// An item.
    Item(T),
    /// None in this time.
    Nothing,
    /// None any more.
    Closed,
}

/// The queue.
#[derive(Debug)]
pub struct Mailbox<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
    when_slow: WhenSlow,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    dropped: u64,
    closed: bool,
}

impl<T> Mailbox<T> {
    /// Holds at most `capacity` items, at least one.
    pub fn new(capacity: usize, when_slow: WhenSlow) -> Self {
        let state = Mutex::new(State { items: VecDeque::new(), dropped: 0, closed: false });
        Self { state, changed: Condvar::new(), capacity: capacity.max(1), when_slow }
    }

    /// Puts an item at the end. A full queue drops its oldest, or makes its caller wait. Into a closed one nothing goes.
    pub fn push(&self, item: T) {
        let mut state = self.lock();
        while state.items.len() >= self.capacity && !state.closed {
            match self.when_slow {
                WhenSlow::Wait => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                WhenSlow::Drop => {
                    state.items.pop_front();
                    state.dropped += 1;
                }
            }
        }
        if !state.closed {
            state.items.push_back(item);
            self.changed.notify_all();
        }
    }

    /// The oldest item, waited for at most `longest`. A closed queue gives what it holds first.
    pub fn pop(&self, longest: Duration) -> Popped<T> {
        let waits = |state: &mut State<T>| state.items.is_empty() && !state.closed;
        let waited = self.changed.wait_timeout_while(self.lock(), longest, waits);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        match state.items.pop_front() {
            Some(item) => {
                self.changed.notify_all();
                Popped::Item(item)
            }
            None if state.closed => Popped::Closed,
            None => Popped::Nothing,
        }
    }

    /// Nothing more goes in; who waits to put something in goes on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Items that were dropped.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[test]
    fn the_oldest_go_where_frames_are_dropped() {
        let mailbox = Mailbox::new(2, WhenSlow::Drop);
        (0..5).for_each(|i| mailbox.push(i));
        assert_eq!(
            (mailbox.pop(SOON), mailbox.pop(SOON), mailbox.pop(SOON)),
            (Popped::Item(3), Popped::Item(4), Popped::Nothing)
        );
        assert_eq!(mailbox.dropped(), 3);
    }

    #[test]
    fn the_source_waits_where_none_is_dropped_and_ends_when_it_is_closed() {
        let mailbox = Mailbox::new(1, WhenSlow::Wait);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|i| mailbox.push(i)));
            let taken: Vec<_> = (0..50).map(|_| mailbox.pop(Duration::from_secs(60))).collect();
            assert_eq!(taken, (0..50).map(Popped::Item).collect::<Vec<_>>());
            mailbox.close();
        });
        while mailbox.pop(SOON) != Popped::Closed {}
        assert_eq!(mailbox.dropped(), 0);
    }
}

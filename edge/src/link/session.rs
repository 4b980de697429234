//! From the first word to the last: what was counted in between, by both ends.

use dnc_core::wire::{Counters, LineCounters};

use super::{Link, LinkError, Traffic};

/// A line whose controller has answered once.
pub struct Session {
    /// The line.
    pub link: Link,
    counters: Counters,
    traffic: Traffic,
}

/// What both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnd {
    /// By the controller, since it started.
    pub total: Counters,
    /// By the controller, during the session; `None` where a count fell, as only a new start makes it.
    pub during: Option<Counters>,
    /// By this end, during the session.
    pub traffic: Traffic,
}

impl Session {
    /// Says a first word, so that a controller that is not there is known before anything else is done, and what
    /// was before is not counted: a program that starts anew begins its sequence anew, which looks like a gap.
    ///
    /// # Errors
    /// Where the controller does not answer.
    pub fn begin(mut link: Link) -> Result<Self, LinkError> {
        let counters = link.status()?;
        let traffic = link.traffic();
        Ok(Self { link, counters, traffic })
    }

    /// What the controller said at the first word.
    pub fn found(&self) -> &Counters {
        &self.counters
    }

    /// Asks for the last word.
    ///
    /// # Errors
    /// Where the controller does not answer.
    pub fn end(mut self) -> Result<SessionEnd, LinkError> {
        let total = self.link.status()?;
        let (now, then) = (self.link.traffic(), self.traffic);
        let traffic = Traffic {
            sent: now.sent - then.sent,
            repeated: now.repeated - then.repeated,
            heard: line_since(&now.heard, &then.heard).unwrap_or(now.heard),
            bytes_sent: now.bytes_sent - then.bytes_sent,
            bytes_heard: now.bytes_heard - then.bytes_heard,
        };
        Ok(SessionEnd { total, during: since(&total, &self.counters), traffic })
    }
}

/// What was counted between two answers; `None` where a count fell, which only a new start does.
fn since(now: &Counters, then: &Counters) -> Option<Counters> {
    Some(Counters {
        line: line_since(&now.line, &then.line)?,
        repeated_requests: now.repeated_requests.checked_sub(then.repeated_requests)?,
        opened: now.opened.checked_sub(then.opened)?,
        ..*now
    })
}

fn line_since(now: &LineCounters, then: &LineCounters) -> Option<LineCounters> {
    Some(LineCounters {
        // Each word was a frame: as few as before were counted from zero again.
        received: now.received.checked_sub(then.received).filter(|n| *n > 0)?,
        harmed: now.harmed.checked_sub(then.harmed)?,
        lost: now.lost.checked_sub(then.lost)?,
        repeated: now.repeated.checked_sub(then.repeated)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_that_started_anew_is_noticed() {
        let line = |received, lost| LineCounters { received, lost, ..LineCounters::default() };
        let counters = |line, opened| Counters { line, opened, gallery: 2, ..Counters::default() };
        let during = since(&counters(line(30, 4), 2), &counters(line(10, 3), 1)).unwrap();
        assert_eq!(during, counters(line(20, 1), 1));
        assert_eq!(since(&counters(line(10, 3), 1), &counters(line(10, 3), 1)), None);
        assert_eq!(since(&counters(line(40, 0), 2), &counters(line(10, 3), 1)), None);
    }
}

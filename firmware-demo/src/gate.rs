//! When the relay is pulsed: hysteresis over answers, one pulse for each visit, closed when the line is silent.

use dnc_core::decision::Decision;
use embedded_hal::digital::OutputPin;

/// Times and counts of the gate. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateConfig {
    /// Answers *known*, of one identity and one after another, that open.
    pub agreeing: u8,
    /// How long the relay is held. Default 500.
    pub pulse_ms: u32,
    /// How long an identity must be away before it can open again; also how long the line may be silent before
    /// what was heard is forgotten and the relay let go. Default 3,000.
    pub silence_ms: u32,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { agreeing: 3, pulse_ms: 500, silence_ms: 3000 }
    }
}

/// A relay on a pin (high: open) and what leads to its pulse.
#[derive(Debug)]
pub struct Gate<P> {
    relay: P,
    config: GateConfig,
    /// Identity of the last answers *known*, and how many of them.
    agreed: Option<(u16, u8)>,
    /// Identity let in last and when it was last seen.
    admitted: Option<(u16, u32)>,
    opened_at: Option<u32>,
    heard_at: u32,
}

impl<P: OutputPin> Gate<P> {
    /// A closed gate at time `now`.
    ///
    /// # Errors
    /// Where the pin cannot be driven.
    pub fn new(mut relay: P, config: GateConfig, now: u32) -> Result<Self, P::Error> {
        relay.set_low()?;
        Ok(Self { relay, config, agreed: None, admitted: None, opened_at: None, heard_at: now })
    }

    /// Takes an answer into account; `identity` is the accepted one. Answers whether the relay was pulsed for
    /// it. Call it once for each request, not for one that is repeated.
    ///
    /// # Errors
    /// Where the pin cannot be driven.
    pub fn see(&mut self, decision: Decision, identity: u16, now: u32) -> Result<bool, P::Error> {
        self.tick(now)?;
        self.heard_at = now;
        if decision != Decision::Known {
            self.agreed = None;
            return Ok(false);
        }
        let count = match self.agreed {
            Some((same, count)) if same == identity => count.saturating_add(1),
            _ => 1,
        };
        self.agreed = Some((identity, count));
        if let Some((same, seen_at)) = &mut self.admitted
            && *same == identity
        {
            *seen_at = now;
            return Ok(false);
        }
        if count < self.config.agreeing {
            return Ok(false);
        }
        self.relay.set_high()?;
        self.opened_at = Some(now);
        self.admitted = Some((identity, now));
        Ok(true)
    }

    /// Ends a pulse that is over and forgets what is too old. Call it often: a pulse is as exact as the calls.
    /// `now` may wrap.
    ///
    /// # Errors
    /// Where the pin cannot be driven.
    pub fn tick(&mut self, now: u32) -> Result<(), P::Error> {
        let silent = now.wrapping_sub(self.heard_at) >= self.config.silence_ms;
        if silent {
            self.agreed = None;
            // Held back, so that a clock that wraps does not come round to it.
            self.heard_at = now.wrapping_sub(self.config.silence_ms);
        }
        if self.admitted.is_some_and(|(_, at)| now.wrapping_sub(at) >= self.config.silence_ms) {
            self.admitted = None;
        }
        if self.opened_at.is_some_and(|at| silent || now.wrapping_sub(at) >= self.config.pulse_ms) {
            self.relay.set_low()?;
            self.opened_at = None;
        }
        Ok(())
    }

    /// Lets the relay go at once and forgets what was heard, as before something that may take long.
    ///
    /// # Errors
    /// Where the pin cannot be driven.
    pub fn close(&mut self) -> Result<(), P::Error> {
        self.agreed = None;
        if self.opened_at.is_some() {
            self.relay.set_low()?;
            self.opened_at = None;
        }
        Ok(())
    }

    /// Whether the relay is held.
    pub fn is_open(&self) -> bool {
        self.opened_at.is_some()
    }

    /// Gives the pin back.
    pub fn release(self) -> P {
        self.relay
    }
}

#[cfg(test)]
mod tests {
    use Decision::{Known, Unknown, Unsure};
    use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
    use std::vec::Vec;

    use super::*;

    /// A gate whose relay must go through exactly these states.
    fn gate(states: &[State], start: u32) -> Gate<Mock> {
        let expected: Vec<_> = states.iter().map(|s| Transaction::set(*s)).collect();
        Gate::new(Mock::new(&expected), GateConfig::default(), start).unwrap()
    }

    #[test]
    fn three_agreeing_answers_pulse_the_relay_once_for_half_a_second() {
        let mut gate = gate(&[State::Low, State::High, State::Low], u32::MAX - 100); // over the clock's wrap
        let at = |ms: u32| (u32::MAX - 100).wrapping_add(ms);
        assert!(!gate.see(Known, 4, at(0)).unwrap());
        assert!(!gate.see(Known, 4, at(100)).unwrap());
        assert!(gate.see(Known, 4, at(200)).unwrap());
        gate.tick(at(699)).unwrap();
        assert!(gate.opened_at.is_some());
        gate.tick(at(700)).unwrap();
        assert!(gate.opened_at.is_none());
        for ms in (800..20_000).step_by(100) {
            assert!(!gate.see(Known, 4, at(ms)).unwrap(), "still the same visit at {ms} ms");
        }
        gate.release().done();
    }

    #[test]
    fn another_answer_between_begins_the_count_again() {
        let mut gate = gate(&[State::Low], 0);
        for (i, answer) in [(Known, 1), (Known, 1), (Unsure, 1), (Known, 1), (Known, 1), (Known, 2), (Unknown, 1)]
            .into_iter()
            .cycle()
            .take(70)
            .enumerate()
        {
            assert!(!gate.see(answer.0, answer.1, i as u32 * 100).unwrap());
        }
        gate.release().done();
    }

    #[test]
    fn silence_forgets_and_an_identity_that_was_away_opens_again() {
        let mut gate = gate(&[State::Low, State::High, State::Low, State::High, State::Low], 0);
        gate.see(Known, 1, 0).unwrap();
        gate.see(Known, 1, 100).unwrap();
        assert!(!gate.see(Known, 1, 3100).unwrap(), "the first two were forgotten");
        assert!(!gate.see(Known, 1, 3200).unwrap());
        assert!(gate.see(Known, 1, 3300).unwrap());
        gate.tick(3800).unwrap();
        for (now, opens) in [(6300, false), (6400, false), (6500, true)] {
            assert_eq!(gate.see(Known, 1, now).unwrap(), opens);
        }
        gate.tick(7000).unwrap();
        gate.release().done();
    }

    #[test]
    fn a_silent_line_closes_before_a_long_pulse_is_over() {
        let config = GateConfig { agreeing: 1, pulse_ms: 60_000, silence_ms: 1000 };
        let states = [State::Low, State::High, State::Low].map(Transaction::set);
        let mut gate = Gate::new(Mock::new(&states), config, 0).unwrap();
        assert!(gate.see(Known, 1, 10).unwrap());
        gate.tick(1009).unwrap();
        assert!(gate.opened_at.is_some());
        gate.tick(1010).unwrap();
        assert!(gate.opened_at.is_none());
        gate.release().done();
    }
}

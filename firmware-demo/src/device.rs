//! The gate controller: bytes in, bytes out, and what happens between.
//!
//! The loop of an image is: [`Device::receive`] with whatever bytes have arrived, [`Device::tick`] at least every
//! few milliseconds, [`Device::changed`] for the display. Nothing here waits, allocates or panics on input.

use core::ops::Range;

use dnc_core::decision::Decision;
use dnc_core::matching::{GalleryBlock, Ranked};
use dnc_core::wire::{
    Answer, CRC, Counters, Frame, FrameError, LineCounters, MAX_CHUNK, MAX_DIM, Message, Outcome, Receiver, Request,
    encode, encoded_len,
};
use embedded_hal::digital::{Error as _, ErrorKind as PinError, OutputPin};
use embedded_io::{Error as _, ErrorKind as LineError, Write};
use embedded_storage::nor_flash::NorFlash;

use crate::display::{Name, View};
use crate::gate::{Gate, GateConfig};
use crate::slots::{SlotError, Slots};

/// The numbers before a probe or a chunk take at most 16 bytes.
const HEARD: usize = encoded_len(MAX_DIM + 16);
const _: () = assert!(MAX_CHUNK <= MAX_DIM);
/// Payload of the longest answer: 9 counters of 5 bytes, or an identity with its name.
const ANSWER: usize = 96;
/// Requests whose answers are kept to be given again.
const KEPT: usize = 8;

/// Flash that the processor reads like memory.
pub trait MappedFlash: NorFlash {
    /// All bytes of it, as they stand.
    fn mapped(&self) -> &[u8];
}

/// What looks after the program.
pub trait Health {
    /// Starts the watchdog's time anew; unfed, it resets the processor.
    fn feed(&mut self);

    /// Most bytes of stack used since the start; 0 where that is not measured.
    fn stack(&self) -> u32 {
        0
    }
}

/// Nothing.
impl Health for () {
    fn feed(&mut self) {}
}

/// Times of the device, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceConfig {
    /// The gate's.
    pub gate: GateConfig,
    /// How long no whole frame may come before the board counts as down. Default 3,000.
    pub link_ms: u32,
}

impl Default for DeviceConfig {
    fn default() -> Self {
        Self { gate: GateConfig::default(), link_ms: 3000 }
    }
}

/// What stops the device from acting. It is safe to go on: the watchdog is not fed by the call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The relay.
    #[error("the relay's pin could not be driven ({0}); check its wiring")]
    Relay(PinError),
    /// The LED.
    #[error("the LED's pin could not be driven ({0}); check its wiring")]
    Led(PinError),
    /// The line.
    #[error("the answer could not be written to the line ({0:?}); the host will ask again")]
    Line(LineError),
    /// An answer that fits no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// An answer without borrowed parts, kept to be given again.
#[derive(Debug, Clone, Copy)]
enum Reply {
    Status,
    Identified { decision: Decision, best: Option<Ranked>, runner_up: Option<Ranked>, name: Name, opened: bool },
    Outcome(Outcome),
}

/// A request that was carried out.
#[derive(Debug, Clone, Copy)]
struct Done {
    number: u32,
    /// Of what was asked: a host that started anew may use a number again for something else.
    fingerprint: u32,
    reply: Reply,
}

/// The gate controller: relay `R`, status LED `L`, flash `F`, watchdog and stack `H`.
#[derive(Debug)]
pub struct Device<R, L, F, H> {
    receiver: Receiver<HEARD>,
    actor: Actor<R, L, F>,
    health: H,
    sequence: u16,
    shown: Option<View>,
}

/// All but the line: apart from it, because a frame borrows the receiver.
#[derive(Debug)]
struct Actor<R, L, F> {
    gate: Gate<R>,
    led: L,
    lit: bool,
    slots: Slots<F>,
    /// Whether the slot in use holds a gallery that this program can read: looked at once, when it came.
    usable: bool,
    config: DeviceConfig,
    kept: [Option<Done>; KEPT],
    next: usize,
    counters: Counters,
    heard_at: Option<u32>,
    seen: Option<(Decision, Name, u32)>,
}

impl<R: OutputPin, L: OutputPin, F: MappedFlash, H: Health> Device<R, L, F, H> {
    /// A device at time `now`, its gate closed and its LED dark.
    ///
    /// # Errors
    /// Where a pin cannot be driven.
    pub fn new(
        relay: R,
        mut led: L,
        slots: Slots<F>,
        health: H,
        config: DeviceConfig,
        now: u32,
    ) -> Result<Self, DeviceError> {
        let gate = Gate::new(relay, config.gate, now).map_err(|e| DeviceError::Relay(e.kind()))?;
        led.set_low().map_err(|e| DeviceError::Led(e.kind()))?;
        let usable = slots.active().is_some_and(|active| parses(slots.flash(), &active.block));
        let actor = Actor {
            gate,
            led,
            lit: false,
            slots,
            usable,
            config,
            kept: [None; KEPT],
            next: 0,
            counters: Counters::default(),
            heard_at: None,
            seen: None,
        };
        Ok(Self { receiver: Receiver::new(), actor, health, sequence: 0, shown: None })
    }

    /// Takes bytes from the line as they came and writes the answers to `line`. `now` is in milliseconds and may
    /// wrap.
    ///
    /// # Errors
    /// Where the relay or the line fails; the bytes after the request it happened at are given up.
    pub fn receive<S: Write>(&mut self, bytes: &[u8], now: u32, line: &mut S) -> Result<(), DeviceError> {
        for byte in bytes {
            let Some(Ok(Frame { message: Message::Request(number, request), .. })) = self.receiver.push(*byte) else {
                // A harmed frame is counted by the receiver; the host asks again.
                continue;
            };
            let reply = self.actor.carry_out(number, &request, now)?;
            self.answer(number, &reply, line)?;
        }
        Ok(())
    }

    fn answer<S: Write>(&mut self, number: u32, reply: &Reply, line: &mut S) -> Result<(), DeviceError> {
        let place = |ranked: &Option<Ranked>| ranked.map(|r| (r.identity, r.similarity));
        let answer = match reply {
            Reply::Status => Answer::Status(self.counters()),
            Reply::Outcome(outcome) => Answer::Outcome(*outcome),
            Reply::Identified { decision, best, runner_up, name, opened } => Answer::Identified {
                decision: *decision,
                best: place(best),
                runner_up: place(runner_up),
                name: name.as_str(),
                opened: *opened,
            },
        };
        let (mut scratch, mut coded) = ([0; ANSWER + 8], [0; encoded_len(ANSWER)]);
        let frame = encode(&Message::Answer(number, answer), self.sequence, &mut scratch, &mut coded)?;
        self.sequence = self.sequence.wrapping_add(1);
        line.write_all(frame).map_err(|e| DeviceError::Line(e.kind()))
    }

    /// Ends pulses, drives the LED, and feeds the watchdog. Call it often: a pulse is as exact as the calls.
    ///
    /// # Errors
    /// Where a pin cannot be driven; the watchdog then goes unfed and in the end resets the processor.
    pub fn tick(&mut self, now: u32) -> Result<(), DeviceError> {
        self.actor.tick(now)?;
        self.health.feed();
        Ok(())
    }

    /// What the display must show, where that is something else than at the last call.
    pub fn changed(&mut self) -> Option<View> {
        let view = self.actor.view();
        (self.shown.replace(view) != Some(view)).then_some(view)
    }

    /// What was counted since the start.
    pub fn counters(&self) -> Counters {
        let line: LineCounters = self.receiver.counters();
        Counters { line, gallery: self.actor.gallery(), stack: self.health.stack(), ..self.actor.counters }
    }

    /// Gives relay, LED and flash slots back.
    pub fn release(self) -> (R, L, Slots<F>) {
        (self.actor.gate.release(), self.actor.led, self.actor.slots)
    }
}

impl<R: OutputPin, L: OutputPin, F: MappedFlash> Actor<R, L, F> {
    fn carry_out(&mut self, number: u32, request: &Request<'_>, now: u32) -> Result<Reply, DeviceError> {
        self.heard_at = Some(now);
        let fingerprint = fingerprint(request);
        let again = |d: &&Done| d.number == number && d.fingerprint == fingerprint;
        if let Some(done) = self.kept.iter().flatten().find(again) {
            self.counters.repeated_requests = self.counters.repeated_requests.wrapping_add(1);
            return Ok(done.reply);
        }
        let reply = match *request {
            Request::Status => Reply::Status,
            Request::Identify { space, code } => self.identify(space, code, now)?,
            Request::UpdateBegin { length, crc } => {
                // Erasing may stop the processor for seconds: no pulse may last as long.
                self.gate.close().map_err(|e| DeviceError::Relay(e.kind()))?;
                outcome(self.slots.begin(length, crc))
            }
            Request::UpdateChunk { offset, bytes } => outcome(self.slots.chunk(offset, bytes)),
            Request::UpdateCommit => {
                let committed = self.slots.commit(|flash, at| parses(flash, &at));
                self.usable |= committed.is_ok();
                outcome(committed)
            }
            // A request of a later version: it was whole, but nothing can be done for it.
            _ => Reply::Outcome(Outcome::Refused),
        };
        self.kept[self.next] = Some(Done { number, fingerprint, reply });
        self.next = (self.next + 1) % KEPT;
        Ok(reply)
    }

    fn identify(&mut self, space: [u8; 8], code: &[u8], now: u32) -> Result<Reply, DeviceError> {
        // Opened for each probe, because a block borrows the flash, which an update writes; checked when it came.
        let active = self.slots.active().filter(|_| self.usable);
        let bytes = active.and_then(|active| at(self.slots.flash(), &active.block));
        let Some(block) = bytes.and_then(|bytes| GalleryBlock::reopen(bytes).ok()) else {
            return Ok(Reply::Outcome(Outcome::NoGallery));
        };
        if block.space() != space {
            return Ok(Reply::Outcome(Outcome::Space));
        }
        if block.layout().dim() != code.len() || code.len() > MAX_DIM {
            return Ok(Reply::Outcome(Outcome::Width));
        }
        let mut probe = [0i8; MAX_DIM];
        let probe = &mut probe[..code.len()];
        probe.iter_mut().zip(code).for_each(|(p, c)| *p = c.cast_signed());
        let verdict = block.identify(probe);
        let name = verdict.best.and_then(|b| block.name(b.identity)).map_or(Name::default(), Name::new);
        let identity = verdict.best.map_or(0, |b| b.identity);
        let opened = self.gate.see(verdict.decision, identity, now).map_err(|e| DeviceError::Relay(e.kind()))?;
        self.counters.opened = self.counters.opened.wrapping_add(u32::from(opened));
        self.seen = Some((verdict.decision, name, now));
        let (best, runner_up) = (verdict.best, verdict.runner_up);
        Ok(Reply::Identified { decision: verdict.decision, best, runner_up, name, opened })
    }

    fn tick(&mut self, now: u32) -> Result<(), DeviceError> {
        self.gate.tick(now).map_err(|e| DeviceError::Relay(e.kind()))?;
        // Forgotten, so that a clock that wraps does not come round to them.
        self.heard_at = self.heard_at.filter(|at| now.wrapping_sub(*at) < self.config.link_ms);
        self.seen = self.seen.filter(|(_, _, at)| now.wrapping_sub(*at) < self.config.gate.silence_ms);
        let lit = self.lit_at(now);
        if lit != self.lit {
            self.led.set_state(lit.into()).map_err(|e| DeviceError::Led(e.kind()))?;
            self.lit = lit;
        }
        Ok(())
    }

    /// Steady: gate open. Even second on, odd second off: all is well. 100 ms on and off: no gallery. 100 ms in
    /// two seconds: the board is down.
    fn lit_at(&self, now: u32) -> bool {
        if self.gate.is_open() {
            true
        } else if self.gallery() == 0 {
            (now / 100).is_multiple_of(2)
        } else if self.heard_at.is_none() {
            now % 2000 < 100
        } else {
            (now / 1000).is_multiple_of(2)
        }
    }

    fn gallery(&self) -> u32 {
        self.slots.active().filter(|_| self.usable).map_or(0, |a| a.sequence)
    }

    fn view(&self) -> View {
        View {
            seen: self.seen.map(|(decision, name, _)| (decision, name)),
            open: self.gate.is_open(),
            linked: self.heard_at.is_some(),
            gallery: self.gallery(),
        }
    }
}

/// The bytes of a block.
fn at<'a>(flash: &'a impl MappedFlash, block: &Range<u32>) -> Option<&'a [u8]> {
    flash.mapped().get(block.start as usize..block.end as usize)
}

/// Whether a whole gallery block lies there.
fn parses(flash: &impl MappedFlash, block: &Range<u32>) -> bool {
    at(flash, block).is_some_and(|bytes| GalleryBlock::parse(bytes).is_ok())
}

fn outcome<T, E>(result: Result<T, SlotError<E>>) -> Reply {
    Reply::Outcome(match result {
        Ok(_) => Outcome::Done,
        Err(SlotError::Flash(_)) => Outcome::Flash,
        Err(SlotError::TooLarge { .. }) => Outcome::TooLarge,
        Err(SlotError::OutOfOrder { .. }) => Outcome::OutOfOrder,
        Err(SlotError::Crc { .. } | SlotError::Refused { .. }) => Outcome::Refused,
    })
}

fn fingerprint(request: &Request<'_>) -> u32 {
    let mut digest = CRC.digest();
    match request {
        Request::Status => digest.update(&[0]),
        Request::Identify { space, code } => {
            digest.update(&[1]);
            digest.update(space);
            digest.update(code);
        }
        Request::UpdateBegin { length, crc } => {
            digest.update(&[2]);
            digest.update(&length.to_le_bytes());
            digest.update(&crc.to_le_bytes());
        }
        Request::UpdateChunk { offset, bytes } => {
            digest.update(&[3]);
            digest.update(&offset.to_le_bytes());
            digest.update(bytes);
        }
        Request::UpdateCommit => digest.update(&[4]),
        _ => digest.update(&[u8::MAX]),
    }
    digest.finalize()
}

#[cfg(test)]
mod tests;

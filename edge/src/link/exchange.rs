//! One request at a time: sent, waited for, and sent again under the same number.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::{Duration, Instant};

use dnc_core::wire::{
    Counters, Frame, LineCounters, MAX_CHUNK, MAX_DIM, Message, Outcome, Receiver, Request, encode, encoded_len,
};

use super::address::{Address, Port};
use super::reply::{Reply, Seen};
use super::{LinkError, lines};

/// Most coded bytes of a frame: a probe's.
const SENT: usize = encoded_len(MAX_DIM + 16);
const _: () = assert!(MAX_CHUNK <= MAX_DIM);
/// Most coded bytes of an answer, which is shorter; the rest is for answers of later versions.
const HEARD: usize = 512;

/// How long a controller is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one answer. Four times as long where flash is erased or read through.
    pub timeout: Duration,
    /// How often a request is sent before the controller counts as silent, at least once.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(1), attempts: 5 }
    }
}

/// What went over the line, as this end counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames sent.
    pub sent: u32,
    /// Those of them that repeated a request.
    pub repeated: u32,
    /// Frames heard.
    pub heard: LineCounters,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes that came.
    pub bytes_heard: u64,
}

/// An open line to a controller.
pub struct Link {
    port: Box<dyn Port>,
    address: Address,
    patience: Patience,
    receiver: Receiver<HEARD>,
    number: u32,
    sequence: u16,
    traffic: Traffic,
}

impl Link {
    /// Opens the line; nothing is sent yet.
    ///
    /// # Errors
    /// As [`Address::open`].
    pub fn open(address: &Address, patience: Patience) -> Result<Self, LinkError> {
        Ok(Self::over(address.open()?, address.clone(), patience))
    }

    /// A line over a port that is open already; `address` names it in errors.
    pub fn over(port: Box<dyn Port>, address: Address, patience: Patience) -> Self {
        // Numbers of an earlier run may still be kept by the controller, which would take the same question
        // under the same number for a repeated one, and not act on it.
        let number = RandomState::new().hash_one(std::process::id()) as u32;
        let (receiver, traffic) = (Receiver::new(), Traffic::default());
        Self { port, address, patience, receiver, number, sequence: 0, traffic }
    }

    /// The controller's counters.
    ///
    /// # Errors
    /// Where it does not answer.
    pub fn status(&mut self) -> Result<Counters, LinkError> {
        match self.ask(&Request::Status)? {
            Reply::Status(counters) => Ok(counters),
            other => Err(self.unfit(&Request::Status, &other)),
        }
    }

    /// Asks who the embedding with this int8 code is; `space` is the tag of its embedding space.
    ///
    /// # Errors
    /// Where the code is too wide, or the controller does not answer or cannot compare it.
    pub fn identify(&mut self, space: [u8; 8], code: &[i8]) -> Result<Seen, LinkError> {
        if code.len() > MAX_DIM {
            return Err(LinkError::TooWide { dim: code.len() });
        }
        let bytes: Vec<u8> = code.iter().map(|c| c.cast_unsigned()).collect();
        let request = Request::Identify { space, code: &bytes };
        match self.ask(&request)? {
            Reply::Identified(seen) => Ok(seen),
            other => Err(self.unfit(&request, &other)),
        }
    }

    /// Asks for something that is answered by an outcome.
    pub(super) fn order(&mut self, request: &Request<'_>) -> Result<Outcome, LinkError> {
        match self.ask(request)? {
            Reply::Outcome(outcome) => Ok(outcome),
            other => Err(self.unfit(request, &other)),
        }
    }

    /// What this end counted since the line was opened.
    pub fn traffic(&self) -> Traffic {
        Traffic { heard: self.receiver.counters(), ..self.traffic }
    }

    /// Where the controller is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn refused(&self, request: &Request<'_>, outcome: Outcome) -> LinkError {
        LinkError::Refused { address: self.address.to_string(), asked: lines::name_of(request), outcome }
    }

    fn unfit(&self, request: &Request<'_>, reply: &Reply) -> LinkError {
        match reply {
            Reply::Outcome(outcome) => self.refused(request, *outcome),
            _ => LinkError::Unexpected { address: self.address.to_string(), asked: lines::name_of(request) },
        }
    }

    /// Sends `request` until it is answered. A repeated request keeps its number, so that the controller answers it
    /// again without acting again; the sequence counts transmissions.
    fn ask(&mut self, request: &Request<'_>) -> Result<Reply, LinkError> {
        self.number = self.number.wrapping_add(1);
        let number = self.number;
        let (mut scratch, mut coded) = ([0; SENT], [0; SENT]);
        let (began, before) = (Instant::now(), self.traffic());
        let attempts = self.patience.attempts.max(1);
        for attempt in 0..attempts {
            let frame = encode(&Message::Request(number, *request), self.sequence, &mut scratch, &mut coded)?;
            self.sequence = self.sequence.wrapping_add(1);
            self.traffic.sent += 1;
            self.traffic.repeated += u32::from(attempt > 0);
            self.traffic.bytes_sent += frame.len() as u64;
            match self.port.write_all(frame).and_then(|()| self.port.flush()) {
                // Nobody reads: to be waited for like an answer.
                Err(error) if passes(&error) => {}
                written => written.map_err(|source| self.broken(request, source))?,
            }
            let slow = matches!(request, Request::UpdateBegin { .. } | Request::UpdateCommit);
            let answer = self.patience.timeout * if slow { 4 } else { 1 };
            let deadline = Instant::now() + answer + self.address.time_of(frame.len() + HEARD / 4);
            if let Some(reply) = self.listen(request, number, deadline)? {
                return Ok(reply);
            }
        }
        let now = self.traffic();
        Err(LinkError::Silent {
            address: self.address.to_string(),
            asked: lines::name_of(request),
            number,
            attempts,
            waited: began.elapsed(),
            bytes: now.bytes_heard - before.bytes_heard,
            harmed: now.heard.harmed.wrapping_sub(before.heard.harmed),
        })
    }

    /// Reads until the answer to `number` or the deadline. Bytes after the answer are noise or a second answer to it
    /// and are given up with it.
    fn listen(&mut self, request: &Request<'_>, number: u32, deadline: Instant) -> Result<Option<Reply>, LinkError> {
        let mut bytes = [0; 256];
        while Instant::now() < deadline {
            let count = match self.port.read(&mut bytes) {
                Ok(0) => {
                    let closed = io::Error::new(io::ErrorKind::UnexpectedEof, "the other end closed it");
                    return Err(self.broken(request, closed));
                }
                Ok(count) => count,
                Err(error) if passes(&error) => continue,
                Err(source) => return Err(self.broken(request, source)),
            };
            self.traffic.bytes_heard += count as u64;
            for (at, byte) in bytes[..count].iter().enumerate() {
                let Some(Ok(Frame { message: Message::Answer(answered, answer), .. })) = self.receiver.push(*byte)
                else {
                    continue;
                };
                if answered != number {
                    continue; // A late answer to an earlier request.
                }
                let reply = Reply::of(answer);
                for rest in &bytes[at + 1..count] {
                    self.receiver.push(*rest);
                }
                let address = || self.address.to_string();
                return reply
                    .map(Some)
                    .ok_or_else(|| LinkError::Unexpected { address: address(), asked: lines::name_of(request) });
            }
        }
        Ok(None)
    }

    fn broken(&self, request: &Request<'_>, source: io::Error) -> LinkError {
        LinkError::Broken { address: self.address.to_string(), asked: lines::name_of(request), source }
    }
}

/// Whether an error only says that nothing has happened yet.
fn passes(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock | Interrupted)
}

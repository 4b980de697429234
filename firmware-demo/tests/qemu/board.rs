//! The gate controller at the end of a line, asked by this test's own few words: `dnc-edge link` is tested elsewhere.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use dnc_core::wire::{Answer, CRC, Frame, MAX_CHUNK, Message, Outcome, Receiver, Request, encode};

use crate::machine::{Image, Machine, Machines};

/// 4 ns of the board's time for each instruction: slower than the host runs them, so that no pause of a busy host is a
/// silence to the board.
const SHIFT: u32 = 2;

/// A connection from QEMU, which comes to us: no port to guess.
pub fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let from = Instant::now();
    let line = loop {
        match listener.accept() {
            Ok((line, _)) => break line,
            Err(e) if from.elapsed() > Duration::from_secs(120) => panic!("QEMU did not connect: {e}"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    line.set_nonblocking(false).unwrap();
    line
}

pub struct Board {
    _machine: Machine,
    line: TcpStream,
    receiver: Receiver<600>,
    number: u32,
    /// Whether every seventh frame is first sent cut, and every eleventh twice.
    pub harm: bool,
    /// Frames sent cut, and requests sent again.
    pub cut: u32,
    pub again: u32,
}

impl Board {
    /// Boots; the display's pictures go to the file `pictures`.
    pub fn boot(machines: &Machines, pictures: Option<&Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = format!("tcp:{}", listener.local_addr().unwrap());
        let pictures = pictures.map_or("null".to_owned(), |p| format!("file:{}", p.display()));
        let machine = machines.boot(Image::Gate, SHIFT, &[&line, &pictures]);
        let line = accept(&listener);
        line.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        Self { _machine: machine, line, receiver: Receiver::new(), number: 0, harm: false, cut: 0, again: 0 }
    }

    /// Asks until it is answered, as a host does, and gives the answer to `then`.
    pub fn ask<T>(&mut self, request: Request<'_>, then: impl Fn(Answer<'_>) -> T) -> T {
        self.number += 1;
        let (mut scratch, mut room) = ([0; 600], [0; 700]);
        for attempt in 0..20 {
            let message = Message::Request(self.number, request);
            let frame = encode(&message, self.number as u16, &mut scratch, &mut room).unwrap();
            self.again += u32::from(attempt > 0);
            if self.harm && attempt == 0 && self.number.is_multiple_of(7) {
                self.line.write_all(&frame[..frame.len() / 2]).unwrap();
                self.cut += 1;
            }
            self.line.write_all(frame).unwrap();
            if self.harm && attempt == 0 && self.number.is_multiple_of(11) {
                self.line.write_all(frame).unwrap();
                self.again += 1;
            }
            let mut bytes = [0; 256];
            while let Ok(count @ 1..) = self.line.read(&mut bytes) {
                for byte in &bytes[..count] {
                    if let Some(Ok(Frame { message: Message::Answer(number, answer), .. })) = self.receiver.push(*byte)
                        && number == self.number
                    {
                        return then(answer);
                    }
                }
            }
        }
        panic!("request {} was not answered twenty times", self.number)
    }

    /// Sends a gallery.
    pub fn send(&mut self, block: &[u8]) {
        self.done(Request::UpdateBegin { length: block.len() as u32, crc: CRC.checksum(block) });
        for (i, bytes) in block.chunks(MAX_CHUNK).enumerate() {
            self.done(Request::UpdateChunk { offset: (i * MAX_CHUNK) as u32, bytes });
        }
        self.done(Request::UpdateCommit);
    }

    fn done(&mut self, request: Request<'_>) {
        self.ask(request, |answer| assert_eq!(answer, Answer::Outcome(Outcome::Done)));
    }
}

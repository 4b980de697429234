//! A gate controller at the other end of a line: the firmware's own library in a thread.

use std::convert::Infallible;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dnc_firmware_demo::device::{Device, DeviceConfig};
use dnc_firmware_demo::ram_flash::RamFlash;
use dnc_firmware_demo::slots::Slots;
use embedded_hal::digital::{ErrorType, OutputPin};

type Flash = RamFlash<Vec<u8>, 4, 512>;

/// A pin that leads nowhere.
struct Pin;

impl ErrorType for Pin {
    type Error = Infallible;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What is wrong with a controller.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Of how many bytes one is changed or lost, in both directions; 0 for none.
    pub one_in: u64,
    /// How often its power fails, each time after this many reads of the line.
    pub cuts: u32,
    pub cut_after: u32,
    /// Bytes of its flash.
    pub flash: usize,
}

impl Default for Faults {
    fn default() -> Self {
        Self { one_in: 0, cuts: 0, cut_after: 0, flash: 64 * 1024 }
    }
}

/// A controller that runs until it is dropped.
pub struct Controller {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the controller panicked");
    }
}

impl Controller {
    /// Listens on a TCP port, which it returns as HOST:PORT; one connection after the other.
    pub fn tcp(faults: Faults) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        listener.set_nonblocking(true).unwrap();
        let accept = move || {
            let (line, _) = listener.accept().ok()?;
            line.set_nonblocking(false).unwrap();
            line.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            Some(line)
        };
        (Self::start(faults, accept), address)
    }

    /// Listens on a Unix socket at `path`.
    #[cfg(unix)]
    pub fn unix(path: &std::path::Path) -> Self {
        let listener = std::os::unix::net::UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self::start(Faults::default(), move || {
            let (line, _) = listener.accept().ok()?;
            line.set_nonblocking(false).unwrap();
            line.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            Some(line)
        })
    }

    /// Sits at the other end of a pseudo-terminal, whose path it returns.
    #[cfg(unix)]
    pub fn serial() -> (Self, String) {
        use serialport::SerialPort;
        // The program takes the other end for itself alone, so that it is closed here.
        let (mut master, slave) = serialport::TTYPort::pair().unwrap();
        master.set_timeout(Duration::from_millis(20)).unwrap();
        let path = slave.name().unwrap();
        let mut line = Some(Terminal(master));
        (Self::start(Faults::default(), move || line.take()), path)
    }

    fn start<L: Read + Write>(faults: Faults, mut next: impl FnMut() -> Option<L> + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut board = Board::new(faults);
            while !stopped.load(Ordering::SeqCst) {
                match next() {
                    Some(mut line) => board.serve(&mut line, &stopped),
                    None => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

#[cfg(unix)]
struct Terminal(serialport::TTYPort);

#[cfg(unix)]
impl Read for Terminal {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        // While nobody has the other end open, reading is an error.
        self.0.read(bytes).map_err(|_| {
            std::thread::sleep(Duration::from_millis(1));
            ErrorKind::WouldBlock.into()
        })
    }
}

#[cfg(unix)]
impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Board {
    device: Device<Pin, Pin, Flash, ()>,
    faults: Faults,
    start: Instant,
    reads: u32,
    state: u64,
}

impl Board {
    fn new(faults: Faults) -> Self {
        let flash = RamFlash(vec![0xff; faults.flash]);
        Self { device: boot(flash), faults, start: Instant::now(), reads: 0, state: 1 }
    }

    /// Answers until the line is closed.
    fn serve(&mut self, line: &mut (impl Read + Write), stopped: &AtomicBool) {
        let mut bytes = [0; 1024];
        while !stopped.load(Ordering::SeqCst) {
            let now = self.start.elapsed().as_millis() as u32;
            match line.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => {
                    self.reads += 1;
                    if self.faults.cuts > 0 && self.reads.is_multiple_of(self.faults.cut_after) {
                        self.faults.cuts -= 1;
                        self.cut();
                        continue;
                    }
                    let heard = self.harmed(&bytes[..count]);
                    let mut answers = Vec::new();
                    self.device.receive(&heard, now, &mut answers).unwrap();
                    let said = self.harmed(&answers);
                    if line.write_all(&said).is_err() {
                        return;
                    }
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return,
            }
            self.device.tick(now).unwrap();
        }
    }

    /// The power fails and comes back: what was not in the flash is gone.
    fn cut(&mut self) {
        let flash = RamFlash(vec![0xff; self.faults.flash]);
        let (.., slots) = std::mem::replace(&mut self.device, boot(flash)).release();
        self.device = boot(slots.flash().clone());
    }

    fn harmed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (drawn, kind) = (self.state >> 33, self.state >> 20 & 15);
            match self.faults.one_in {
                n if n > 0 && drawn % n == 0 && kind < 8 => {}
                n if n > 0 && drawn % n == 0 => out.push(byte ^ (1 << (kind - 8))),
                _ => out.push(*byte),
            }
        }
        out
    }
}

fn boot(flash: Flash) -> Device<Pin, Pin, Flash, ()> {
    let slots = Slots::open(flash).unwrap();
    Device::new(Pin, Pin, slots, (), DeviceConfig::default(), 0).unwrap()
}

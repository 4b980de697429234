//! Where the controller is, and opening the way to it.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LinkError;

/// Bits a second of a serial port where none are named.
pub const DEFAULT_BAUD: u32 = 115_200;

/// How long one read waits for a byte; a time-out is a number of these.
const POLL: Duration = Duration::from_millis(20);
/// How long a write may be held up, and a connection may take.
const HELD_UP: Duration = Duration::from_secs(5);

/// Bytes both ways. A read gives up after a short time with [`io::ErrorKind::TimedOut`] or `WouldBlock`.
pub trait Port: Read + Write + Send {}

impl<T: Read + Write + Send> Port for T {}

/// A way to the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A serial port: 8 data bits, no parity, one stop bit, no flow control.
    Serial {
        /// Its path, or name on Windows.
        path: String,
        /// Bits a second.
        baud: u32,
    },
    /// `host:port`, as of a serial server or QEMU.
    Tcp(String),
    /// A Unix socket, as of QEMU.
    Unix(PathBuf),
}

impl Address {
    /// Reads `PATH` or `PATH:BAUD`.
    ///
    /// # Errors
    /// Where there is no path, or a number after the last colon that is no baud rate; the text is for a person.
    pub fn serial(text: &str) -> Result<Self, String> {
        let (path, baud) = match text.rsplit_once(':') {
            // Paths of ports by their place in the machine hold colons too.
            Some((path, baud)) if !baud.is_empty() && baud.bytes().all(|b| b.is_ascii_digit()) => {
                let known = baud.parse().ok().filter(|b| (300..=4_000_000).contains(b));
                (path, known.ok_or_else(|| format!("{baud} baud; give 300 to 4000000, as /dev/ttyUSB0:115200"))?)
            }
            _ => (text, DEFAULT_BAUD),
        };
        if path.is_empty() {
            return Err("no path; give PATH or PATH:BAUD, as /dev/ttyUSB0:115200".into());
        }
        Ok(Self::Serial { path: path.to_owned(), baud })
    }

    /// Reads `HOST:PORT`.
    ///
    /// # Errors
    /// Where there is no host or no port number; the text is for a person.
    pub fn tcp(text: &str) -> Result<Self, String> {
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0) => {
                Ok(Self::Tcp(text.to_owned()))
            }
            _ => Err("expected HOST:PORT, as 127.0.0.1:4555".into()),
        }
    }

    /// Opens it. A serial port is taken for this program alone.
    ///
    /// # Errors
    /// Where it cannot be opened; the error says what to look at.
    pub fn open(&self) -> Result<Box<dyn Port>, LinkError> {
        self.connect().map_err(|source| LinkError::Open {
            address: self.to_string(),
            advice: self.advice(&source),
            source,
        })
    }

    fn connect(&self) -> io::Result<Box<dyn Port>> {
        Ok(match self {
            Self::Serial { path, baud } => Box::new(serialport::new(path, *baud).timeout(POLL).open_native()?),
            Self::Tcp(address) => {
                let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                let stream = address
                    .to_socket_addrs()?
                    .find_map(|address| TcpStream::connect_timeout(&address, HELD_UP).map_err(|e| last = e).ok());
                let stream = stream.ok_or(last)?;
                // A request is one small packet, and nothing follows it until it is answered.
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(POLL))?;
                stream.set_write_timeout(Some(HELD_UP))?;
                Box::new(stream)
            }
            #[cfg(unix)]
            Self::Unix(path) => {
                let stream = std::os::unix::net::UnixStream::connect(path)?;
                stream.set_read_timeout(Some(POLL))?;
                stream.set_write_timeout(Some(HELD_UP))?;
                Box::new(stream)
            }
            #[cfg(not(unix))]
            Self::Unix(_) => return Err(io::Error::new(io::ErrorKind::Unsupported, "no Unix sockets on this system")),
        })
    }

    fn advice(&self, error: &io::Error) -> &'static str {
        match (self, error.kind()) {
            // A port that another program holds is reported in the same way.
            (Self::Serial { path, .. }, io::ErrorKind::NotFound) if !Path::new(path).exists() => {
                "check that the adapter is plugged in and the path is its own (/dev/ttyUSB*, /dev/ttyACM*)"
            }
            (Self::Serial { .. }, io::ErrorKind::PermissionDenied) => {
                "the user needs the group that owns the port (dialout on Debian)"
            }
            (Self::Serial { .. }, _) => "close the program that has the port open, or check the baud rate",
            (Self::Tcp(_) | Self::Unix(_), _) => "start the other end first; QEMU needs server=on",
        }
    }

    /// How long `bytes` are on their way, where the line is slow.
    pub fn time_of(&self, bytes: usize) -> Duration {
        match self {
            // A start and a stop bit go with each byte.
            Self::Serial { baud, .. } => Duration::from_secs_f64(bytes as f64 * 10.0 / f64::from(*baud)),
            Self::Tcp(_) | Self::Unix(_) => Duration::ZERO,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, baud } => write!(f, "{path} at {baud} baud"),
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_port_is_a_path_with_or_without_a_rate() {
        let serial = |path: &str, baud| Ok(Address::Serial { path: path.into(), baud });
        assert_eq!(Address::serial("/dev/ttyUSB0"), serial("/dev/ttyUSB0", 115_200));
        assert_eq!(Address::serial("COM3:9600"), serial("COM3", 9600));
        let by_path = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0";
        assert_eq!(Address::serial(by_path), serial(by_path, 115_200));
        for wrong in ["", ":9600", "/dev/ttyUSB0:0", "/dev/ttyUSB0:99999999999"] {
            assert!(Address::serial(wrong).is_err(), "{wrong}");
        }
        let slow = Address::serial("p:9600").unwrap();
        assert_eq!(slow.time_of(960), Duration::from_secs(1));
    }

    #[test]
    fn a_tcp_address_has_a_host_and_a_port() {
        assert!(Address::tcp("localhost:4555").is_ok() && Address::tcp("[::1]:4555").is_ok());
        for wrong in ["", "localhost", ":4555", "h:", "h:0", "h:70000"] {
            assert!(Address::tcp(wrong).is_err(), "{wrong}");
        }
    }
}

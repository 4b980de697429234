//! Picture files one after the other, each after its length: 4 bytes, most significant first.

use std::io::{ErrorKind, Read};

use super::frame::{Frame, Key, Outlet, Picture, Source, WatchError};

/// A stream of length-prefixed files.
pub struct Framed<R> {
    from: R,
    next: u64,
}

impl<R: Read + Send> Framed<R> {
    /// Reads `from` to its end.
    pub fn new(from: R) -> Self {
        Self { from, next: 0 }
    }

    /// The next file; `None` at the end.
    fn read(&mut self, max_bytes: usize) -> std::io::Result<Option<Picture>> {
        let mut length = [0; 4];
        match fill(&mut self.from, &mut length)? {
            0 => return Ok(None),
            4 => {}
            n => return Ok(Some(Picture::Broken(format!("the stream ends after {n} bytes of a length of 4")))),
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > max_bytes {
            let skipped = std::io::copy(&mut (&mut self.from).take(length as u64), &mut std::io::sink())?;
            let reason = format!("{length} bytes, at most {max_bytes} are taken; {skipped} were skipped");
            return Ok(Some(Picture::Broken(reason)));
        }
        let mut bytes = Vec::new();
        (&mut self.from).take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Ok(Some(Picture::Broken(format!("the stream ends after {} bytes of {length}", bytes.len()))));
        }
        Ok(Some(Picture::File(bytes)))
    }
}

/// Reads until `buffer` is full or the stream ends; answers how many bytes came.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl<R: Read + Send> Source for Framed<R> {
    fn run(&mut self, out: &Outlet) -> Result<(), WatchError> {
        while !out.stopped() {
            let Some(picture) = self.read(out.max_bytes).map_err(WatchError::Stdin)? else { break };
            let key = Key::Number(self.next);
            out.frames.push(Frame { key, name: format!("frame {}", self.next), picture });
            self.next += 1;
        }
        Ok(())
    }

    fn stops(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(stream: &[u8]) -> Vec<String> {
        let mut framed = Framed::new(stream);
        let mut found = Vec::new();
        while let Some(picture) = framed.read(10).unwrap() {
            found.push(match picture {
                Picture::File(bytes) => String::from_utf8(bytes).unwrap(),
                Picture::Broken(reason) => format!("! {reason}"),
                Picture::Pixels(_) => unreachable!(),
            });
        }
        found
    }

    #[test]
    fn files_come_whole_and_what_is_wrong_does_not_end_the_stream() {
        assert_eq!(all(b""), Vec::<String>::new());
        assert_eq!(all(b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d"), ["abc", "", "d"]);
        let long = [&b"\0\0\0\x0b01234567890"[..], b"\0\0\0\x01x"].concat();
        let found = all(&long);
        assert!(found[0].contains("11 bytes, at most 10") && found[1] == "x", "{found:?}");
        assert_eq!(all(b"\0\0\0\x05abc"), ["! the stream ends after 3 bytes of 5"]);
        assert_eq!(all(b"\0\0"), ["! the stream ends after 2 bytes of a length of 4"]);
        assert!(all(b"\xff\xff\xff\xffabc")[0].contains("3 were skipped"));
    }
}

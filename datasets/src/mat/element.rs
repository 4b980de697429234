//! The data elements that a MAT-file is made of: a tag of type and length, and the data.

use super::MatError;

/// Types of data elements.
pub const INT8: u32 = 1;
pub const UINT8: u32 = 2;
pub const INT16: u32 = 3;
pub const UINT16: u32 = 4;
pub const INT32: u32 = 5;
pub const UINT32: u32 = 6;
pub const SINGLE: u32 = 7;
pub const DOUBLE: u32 = 9;
pub const INT64: u32 = 12;
pub const UINT64: u32 = 13;
pub const MATRIX: u32 = 14;
pub const COMPRESSED: u32 = 15;
pub const UTF8: u32 = 16;
pub const UTF16: u32 = 17;

/// Bytes of a tag, and what elements are aligned to.
pub const TAG: usize = 8;

/// One data element.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// Its type.
    pub kind: u32,
    /// Its bytes, without padding.
    pub data: &'a [u8],
}

/// Steps over the elements of a block, one behind the other.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

fn word(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |b| u32::from_le_bytes(*b))
}

impl<'a> Elements<'a> {
    pub fn new(block: &'a [u8]) -> Self {
        Self { rest: block }
    }

    /// Bytes not stepped over yet.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next element, or none at the end of the block.
    pub fn next(&mut self) -> Result<Option<Element<'a>>, MatError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let cut = |needed| MatError::Cut { needed, left: self.rest.len() };
        let (tag, behind) = self.rest.split_at_checked(TAG).ok_or_else(|| cut(TAG))?;
        let first = word(tag);
        // The small form: up to four bytes of data inside the tag, their number in the upper half of the type.
        let small = (first >> 16) as usize;
        if small > 0 {
            let data = tag[4..].get(..small).ok_or_else(|| cut(4 + small))?;
            self.rest = behind;
            return Ok(Some(Element { kind: first & 0xFFFF, data }));
        }
        let length = word(&tag[4..]) as usize;
        let data = behind.get(..length).ok_or_else(|| cut(TAG.saturating_add(length)))?;
        // Compressed elements are not padded, and the last one of a block need not be.
        let padded = if first == COMPRESSED { length } else { length.next_multiple_of(TAG) };
        self.rest = &behind[padded.min(behind.len())..];
        Ok(Some(Element { kind: first, data }))
    }

    /// The next element, which must be of type `kind`.
    pub fn expect(&mut self, kind: u32, what: &str) -> Result<&'a [u8], MatError> {
        match self.next()? {
            Some(element) if element.kind == kind => Ok(element.data),
            Some(element) => Err(MatError::Form(format!("{what} has type {}, not {kind}", element.kind))),
            None => Err(MatError::Form(format!("no {what}"))),
        }
    }
}

impl Element<'_> {
    /// The numbers in it, or none where it holds no numbers.
    pub fn number(&self) -> Option<f64> {
        let data = self.data;
        // One number exactly: an array has no single value.
        match self.kind {
            INT8 => data.try_into().ok().map(|b| f64::from(i8::from_le_bytes(b))),
            UINT8 => data.try_into().ok().map(|b| f64::from(u8::from_le_bytes(b))),
            INT16 => data.try_into().ok().map(|b| f64::from(i16::from_le_bytes(b))),
            UINT16 => data.try_into().ok().map(|b| f64::from(u16::from_le_bytes(b))),
            INT32 => data.try_into().ok().map(|b| f64::from(i32::from_le_bytes(b))),
            UINT32 => data.try_into().ok().map(|b| f64::from(u32::from_le_bytes(b))),
            SINGLE => data.try_into().ok().map(|b| f64::from(f32::from_le_bytes(b))),
            DOUBLE => data.try_into().ok().map(f64::from_le_bytes),
            INT64 => data.try_into().ok().map(|b| i64::from_le_bytes(b) as f64),
            UINT64 => data.try_into().ok().map(|b| u64::from_le_bytes(b) as f64),
            _ => None,
        }
    }

    /// The characters in it, or none where it holds no characters.
    pub fn text(&self) -> Option<String> {
        match self.kind {
            INT8 | UINT8 => Some(self.data.iter().map(|b| char::from(*b)).collect()),
            UTF8 => Some(String::from_utf8_lossy(self.data).into_owned()),
            UINT16 | UTF16 => {
                let units: Vec<u16> = self.data.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
                Some(String::from_utf16_lossy(&units))
            }
            _ => None,
        }
    }
}

//! Framing of event files (TFRecord): each record carries its length and masked CRC-32C checksums.
//!
//! ```text
//! length (u64), masked CRC of the length (u32), data, masked CRC of the data (u32); little endian
//! ```

/// A checksum as TFRecord stores it: rotated and shifted, so that a checksum of data that contain checksums is a
/// good one too.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A record that holds `data`.
pub fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked_crc(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked_crc(data).to_le_bytes());
    record
}

/// The first record of `bytes`: its data, and what comes after it. `None` at the end, or where it is torn or damaged.
pub fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    if masked_crc(length) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (data, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    (masked_crc(data) == u32::from_le_bytes(*checksum)).then_some((data, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        // CRC-32C of 32 zero bytes: RFC 3720, B.4.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        // Rotated by 15 bits, then the constant added: worked out by hand.
        assert_eq!(masked_crc(&[0; 32]), 0x6d55_1522_u32.wrapping_add(0xa282_ead8));
    }

    #[test]
    fn records_come_back_and_none_does_from_a_torn_or_changed_file() {
        let file = [frame(b"first"), frame(b""), frame(&[7; 300])].concat();
        let (data, rest) = first(&file).unwrap();
        assert_eq!((data, rest.len()), (&b"first"[..], file.len() - 21));
        let (data, rest) = first(rest).unwrap();
        assert_eq!((data, first(rest).unwrap()), (&b""[..], (&[7; 300][..], &b""[..])));
        let record = frame(b"first");
        assert!((0..record.len()).all(|cut| first(&record[..cut]).is_none()));
        for at in 0..record.len() {
            let mut changed = record.clone();
            changed[at] ^= 1;
            assert_eq!(first(&changed), None, "byte {at}");
        }
    }
}

//! Pictures from outside: what they would take is known before it is taken.

use std::io::Cursor;

use dnc_core::picture;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageError, ImageFormat, ImageReader, RgbImage};

/// What a picture may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeLimits {
    /// Longest file, bytes.
    pub max_bytes: usize,
    /// Most pixels, width × height. Decoding takes 3 bytes each, a progressive JPEG or a WebP about three times that.
    pub max_pixels: u64,
}

impl Default for IntakeLimits {
    /// 8 MiB and 25 million pixels: what a camera of 24 megapixels writes.
    fn default() -> Self {
        Self { max_bytes: 8 << 20, max_pixels: 25_000_000 }
    }
}

/// A picture that is not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// No bytes at all.
    #[error("the picture has 0 bytes; send a JPEG, PNG or WebP file")]
    Empty,
    /// Too long a file.
    #[error("the picture has {bytes} bytes, at most {limit} are taken; send a smaller one")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// No format that is read.
    #[error("not a JPEG, PNG or WebP file, going by its first bytes; convert it")]
    Format,
    /// More pixels than are decoded.
    #[error("the picture has {width} × {height} px, at most {limit} pixels are decoded; send a smaller one")]
    TooManyPixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The limit, pixels.
        limit: u64,
    },
    /// More memory than a decoder may take.
    #[error("the picture would take more memory to decode than is given; send a smaller one")]
    TooMuchMemory,
    /// An animation.
    #[error("the picture is an animation; send one frame of it")]
    Animated,
    /// Broken.
    #[error("the picture cannot be decoded: {}; send it whole", .0.to_string().trim_end())]
    Decode(ImageError),
}

impl From<ImageError> for IntakeError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooMuchMemory,
            error => Self::Decode(error),
        }
    }
}

impl IntakeError {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "picture_empty",
            Self::TooLong { .. } => "picture_too_long",
            Self::Format => "picture_format",
            Self::TooManyPixels { .. } | Self::TooMuchMemory => "picture_too_many_pixels",
            Self::Animated => "picture_animated",
            Self::Decode(_) => "picture_broken",
        }
    }
}

/// Decodes a picture as [`picture::decode`] does, once its header says that it is within `limits`.
///
/// # Errors
/// Where it is not, or is empty, of another format, an animation, or broken.
pub fn open_picture(bytes: &[u8], limits: &IntakeLimits) -> Result<RgbImage, IntakeError> {
    let mut picture = RgbImage::default();
    open_picture_into(bytes, limits, &mut picture)?;
    Ok(picture)
}

/// The same into the memory of `picture`, as [`picture::decode_into`] does.
///
/// # Errors
/// As [`open_picture`]; `picture` is what it was, or empty.
pub fn open_picture_into(bytes: &[u8], limits: &IntakeLimits, picture: &mut RgbImage) -> Result<(), IntakeError> {
    if bytes.is_empty() {
        return Err(IntakeError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(IntakeError::TooLong { bytes: bytes.len(), limit: limits.max_bytes });
    }
    let format = image::guess_format(bytes).map_err(|_| IntakeError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(IntakeError::Format);
    }
    let (animated, (width, height)) = picture::caught(bytes, || header(bytes, format))?;
    if animated {
        return Err(IntakeError::Animated);
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(IntakeError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    Ok(picture::decode_into(bytes, picture)?)
}

/// Whether it is an animation, its width and its height.
fn header(bytes: &[u8], format: ImageFormat) -> Result<(bool, (u32, u32)), ImageError> {
    let animated = match format {
        ImageFormat::Png => PngDecoder::new(Cursor::new(bytes))?.is_apng()?,
        ImageFormat::WebP => WebPDecoder::new(Cursor::new(bytes))?.has_animation(),
        _ => false,
    };
    Ok((animated, ImageReader::with_format(Cursor::new(bytes), format).into_dimensions()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        RgbImage::from_pixel(20, 10, image::Rgb([9, 99, 199])).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn whole_pictures_come_in_and_others_are_told_apart() {
        let limits = IntakeLimits { max_bytes: 4000, max_pixels: 200 };
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let bytes = encoded(format);
            assert_eq!(open_picture(&bytes, &limits).unwrap().dimensions(), (20, 10), "{format:?}");
            let cut = open_picture(&bytes[..bytes.len() / 2], &limits).unwrap_err();
            assert_eq!(cut.code(), "picture_broken", "{format:?}: {cut}");
            let small = IntakeLimits { max_pixels: 199, ..limits };
            assert_eq!(open_picture(&bytes, &small).unwrap_err().code(), "picture_too_many_pixels", "{format:?}");
        }
        assert_eq!(open_picture(b"", &limits).unwrap_err().code(), "picture_empty");
        assert_eq!(open_picture(&[7; 4001], &limits).unwrap_err().code(), "picture_too_long");
        for other in [&b"GIF89a\x01\0\x01\0\0\0\0;"[..], b"hello, I am a picture", b"\0", b"BM"] {
            assert_eq!(open_picture(other, &limits).unwrap_err().code(), "picture_format", "{other:?}");
        }
    }

    /// A PNG of one row whose header says that it is 60,000 px wide and high: nothing is taken for it.
    #[test]
    fn a_header_of_huge_dimensions_is_refused_before_its_memory_is_taken() {
        let mut png = encoded(ImageFormat::Png);
        png[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        png[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let mut crc = png_crc(&png[12..29]);
        png[29..33].swap_with_slice(&mut crc);
        let error = open_picture(&png, &IntakeLimits::default()).unwrap_err();
        assert_eq!(error.code(), "picture_too_many_pixels", "{error}");
    }

    /// CRC-32 of a PNG chunk, bit by bit.
    fn png_crc(bytes: &[u8]) -> [u8; 4] {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        (!crc).to_be_bytes()
    }

    #[test]
    fn animations_are_refused() {
        // The extended header of a WebP with the animation flag, and an empty ANIM chunk.
        let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x13\0\0\x09\0\0ANIM\x06\0\0\0\0\0\0\0\0\0".to_vec();
        let frame = encoded(ImageFormat::WebP)[12..].to_vec();
        let mut anmf = vec![0, 0, 0, 0, 0, 0, 0x13, 0, 0, 0x09, 0, 0, 1, 0, 0, 0];
        anmf.extend(&frame);
        webp.extend(b"ANMF");
        webp.extend((anmf.len() as u32).to_le_bytes());
        webp.extend(&anmf);
        let riff = (webp.len() as u32 - 8).to_le_bytes();
        webp[4..8].copy_from_slice(&riff);
        let error = open_picture(&webp, &IntakeLimits::default()).unwrap_err();
        assert_eq!(error.code(), "picture_animated", "{error}");
    }
}

//! Reading a picture file into RGB pixels, the same way everywhere.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use image::error::{DecodingError, ImageFormatHint};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use crate::quiet::quietly;

/// Longest side, in pixels, that is decoded. A larger one is refused before its memory is taken.
pub const MAX_SIDE: u32 = 16_384;

/// Memory, in bytes, that decoding one picture may take.
pub const MAX_DECODE_BYTES: u64 = 512 << 20;

/// A picture that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file cannot be read.
    #[error("cannot read picture {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no whole picture of a known format (JPEG, PNG, WebP).
    #[error(
        "cannot decode picture {}: {}; JPEG, PNG and WebP up to {MAX_SIDE} px a side are read",
        path.display(),
        // Some of the decoder's messages end with a line break.
        source.to_string().trim_end()
    )]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: ImageError,
    },
}

impl PictureError {
    /// The file it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. } | Self::Decode { path, .. } => path,
        }
    }
}

/// Reads a picture: format by content, EXIF orientation applied, transparency on white, 8-bit RGB. CMYK is read with
/// inverted values, as Adobe's programs write it, whether or not their marker is there: Pillow does the same.
///
/// # Errors
/// Where the file cannot be read or decoded; the error names it.
pub fn read(path: &Path) -> Result<RgbImage, PictureError> {
    let bytes = std::fs::read(path).map_err(|source| PictureError::Read { path: path.to_owned(), source })?;
    decode(&bytes).map_err(|source| PictureError::Decode { path: path.to_owned(), source })
}

/// Decodes the bytes of a picture as [`read`] does.
///
/// # Errors
/// What the decoder says of broken, unknown or oversized pictures.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, ImageError> {
    let mut picture = RgbImage::default();
    decode_into(bytes, &mut picture)?;
    Ok(picture)
}

/// Decodes the bytes of a picture as [`read`] does, into the memory of `picture`, which is used again where it is large
/// enough and the file holds upright RGB, as a camera's JPEG does. What the decoder takes for itself is its own.
///
/// # Errors
/// As [`decode`]; `picture` is empty then.
pub fn decode_into(bytes: &[u8], picture: &mut RgbImage) -> Result<(), ImageError> {
    let pixels = std::mem::take(picture).into_raw();
    *picture = caught(bytes, || decoded(bytes, pixels))?;
    Ok(())
}

/// Runs a decoder over the bytes of a picture; where it panics, that becomes an error. zune-jpeg 0.5.15 does on files
/// whose colours are sampled in odd ways, and a picture from outside must not end a program.
///
/// # Errors
/// Those of `decoder`, and [`ImageError::Decoding`] with what a panic said.
pub fn caught<T>(bytes: &[u8], decoder: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    quietly(decoder).unwrap_or_else(|panic| {
        let told = format!("the decoder panicked on it ({panic})");
        let format = image::guess_format(bytes).map_or(ImageFormatHint::Unknown, ImageFormatHint::Exact);
        Err(ImageError::Decoding(DecodingError::new(format, told)))
    })
}

/// The picture, in the memory of `pixels` where that is possible.
fn decoded(bytes: &[u8], mut pixels: Vec<u8>) -> Result<RgbImage, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    // The decoder fills what is missing of a JPEG with grey and says nothing.
    if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_has_end(bytes) {
        let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "the JPEG is cut off: it has no end marker");
        return Err(ImageError::IoError(cut));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let (width, height) = decoder.dimensions();
    if decoder.color_type() == ColorType::Rgb8 && orientation == Orientation::NoTransforms {
        let length = width as usize * height as usize * 3;
        if pixels.capacity() < length {
            // Zeroed by the system: of a file that claims a large picture and breaks off, little is ever taken.
            pixels = vec![0; length];
        } else {
            pixels.clear();
            pixels.resize(length, 0);
        }
        decoder.read_image(&mut pixels)?;
        return Ok(RgbImage::from_raw(width, height, pixels).unwrap_or_default());
    }
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(if picture.color().has_alpha() { on_white(&picture) } else { picture.into_rgb8() })
}

/// Whether the end marker of a JPEG is there. Segments are stepped over, since an embedded thumbnail has an end
/// marker of its own; in the coded data between them FF stands before 00 or a restart marker only.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(rest) = bytes.get(at..) {
        let Some(next) = rest.windows(2).position(|w| w[0] == 0xFF && !matches!(w[1], 0x00 | 0xFF)) else { break };
        at += next + 2;
        match rest[next + 1] {
            0xD9 => return true,
            0x01 | 0xD0..=0xD8 => {}
            _ => match bytes.get(at..at + 2) {
                Some(length) => at += usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => break,
            },
        }
    }
    false
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod kinds;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn png(picture: &DynamicImage) -> Vec<u8> {
        bytes(picture, ImageFormat::Png)
    }

    fn noise() -> DynamicImage {
        RgbImage::from_fn(40, 40, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8])).into()
    }

    #[test]
    fn a_picture_cut_anywhere_is_an_error() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = bytes(&noise(), format);
            assert!(decode(&whole).is_ok(), "{format:?}");
            // A PNG ends with a chunk that holds nothing of the picture, a WebP with padding.
            let last = whole.len() - if format == ImageFormat::Jpeg { 1 } else { 16 };
            for cut in [1, 20, whole.len() / 4, whole.len() / 2, whole.len() * 9 / 10, last] {
                assert!(decode(&whole[..cut]).is_err(), "{format:?} cut at {cut} of {}", whole.len());
            }
        }
    }

    #[test]
    fn a_decoder_that_panics_is_an_error() {
        let error = caught(b"\xff\xd8\xff", || -> Result<(), ImageError> { panic!("no block {}", 7) }).unwrap_err();
        assert!(error.to_string().contains("Jpeg") && error.to_string().contains("no block 7"), "{error}");
        assert_eq!(caught(b"", || Ok(7)).unwrap(), 7);
    }

    /// zune-jpeg 0.5.15 panics on hundreds of them.
    #[test]
    fn no_sampling_of_a_jpegs_colours_panics() {
        let whole = bytes(&noise(), ImageFormat::Jpeg);
        let find = |marker: u8| whole.windows(2).position(|two| two == [0xFF, marker]).unwrap();
        // Behind the marker: length (2 bytes), then of the frame bits, height (2), width (2), count and of each
        // component its number, sampling and table; of the scan count and of each component its number and tables.
        let (frame, scan) = (find(0xC0), find(0xDA));
        let samplings = [11, 14, 17].map(|behind| frame + behind);
        assert_eq!(samplings.map(|at| whole[at - 1]), [1, 2, 3]);
        assert_eq!(whole[scan + 2..scan + 5], [0, 12, 3]);
        // A scan of all, and one of a single component.
        let mut files = vec![whole.clone()];
        for (component, tables) in [(1, 0x00), (2, 0x11), (3, 0x11)] {
            let mut jpeg = whole.clone();
            jpeg.splice(scan + 3..scan + 11, [8, 1, component, tables]);
            files.push(jpeg);
        }
        let factors: Vec<u8> = (1..=4).flat_map(|across| (1..=4).map(move |down| across << 4 | down)).collect();
        let (mut read, mut refused) = (0, 0);
        for jpeg in &mut files {
            for (luma, (blue, red)) in pairs(&factors, &pairs(&factors, &factors)) {
                for (at, factor) in samplings.into_iter().zip([luma, blue, red]) {
                    jpeg[at] = factor;
                }
                *(if decode(jpeg).is_ok() { &mut read } else { &mut refused }) += 1;
            }
        }
        assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
    }

    fn pairs<A: Copy, B: Copy>(first: &[A], second: &[B]) -> Vec<(A, B)> {
        first.iter().flat_map(|a| second.iter().map(|b| (*a, *b))).collect()
    }

    #[test]
    fn a_picture_of_the_same_size_takes_the_memory_of_the_one_before() {
        let (first, second) = (noise(), RgbImage::from_fn(40, 40, |x, _| image::Rgb([x as u8 * 6; 3])).into());
        let mut picture = decode(&bytes(&first, ImageFormat::Jpeg)).unwrap();
        let memory = picture.as_ptr();
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let next = bytes(&second, format);
            decode_into(&next, &mut picture).unwrap();
            assert_eq!((picture.as_ptr(), &picture), (memory, &decode(&next).unwrap()), "{format:?}");
        }
        decode_into(b"nothing", &mut picture).unwrap_err();
        assert_eq!(picture.dimensions(), (0, 0), "nothing is left of the picture before");
    }

    #[test]
    fn the_end_of_a_thumbnail_is_not_the_end_of_a_jpeg() {
        let whole = bytes(&noise(), ImageFormat::Jpeg);
        // An APP1 segment with an end marker in it, and bytes behind the end, as cameras write them.
        let mut with_thumbnail = whole[..2].to_vec();
        with_thumbnail.extend([0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9]);
        with_thumbnail.extend(&whole[2..]);
        with_thumbnail.extend([0; 5]);
        assert_eq!(decode(&with_thumbnail).unwrap(), decode(&whole).unwrap());
        assert!(decode(&with_thumbnail[..with_thumbnail.len() / 2]).is_err());
    }

    #[test]
    fn transparency_is_set_on_white_and_grey_becomes_rgb() {
        let clear = image::RgbaImage::from_pixel(2, 2, image::Rgba([10, 20, 30, 0]));
        assert_eq!(decode(&png(&clear.into())).unwrap().get_pixel(0, 0).0, [255; 3]);
        let grey = image::GrayImage::from_pixel(1, 1, image::Luma([77]));
        assert_eq!(decode(&png(&grey.into())).unwrap().get_pixel(0, 0).0, [77; 3]);
    }

    #[test]
    fn a_truncated_picture_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = png(&noise());
        let path = dir.path().join("cut.png");
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("cut.png"), "{error}");
        assert!(read(&dir.path().join("absent.png")).unwrap_err().to_string().contains("absent.png"));
    }
}

//! Reading a picture file into RGB pixels, the same way everywhere.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

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
        source: std::io::Error,
    },
    /// The file is no whole picture of a known format (JPEG, PNG, WebP).
    #[error(
        "cannot decode picture {}: {source}; JPEG, PNG and WebP up to {MAX_SIDE} px a side are read",
        path.display()
    )]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: image::ImageError,
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

/// Reads a picture: format by content, EXIF orientation applied, transparency on white, 8-bit RGB.
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
pub fn decode(bytes: &[u8]) -> Result<RgbImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(if picture.color().has_alpha() { on_white(&picture) } else { picture.into_rgb8() })
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
mod tests {
    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes
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
        let noise = RgbImage::from_fn(40, 40, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]));
        let bytes = png(&noise.into());
        let path = dir.path().join("cut.png");
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = read(&path).unwrap_err();
        assert!(error.to_string().contains("cut.png"), "{error}");
        assert!(read(&dir.path().join("absent.png")).unwrap_err().to_string().contains("absent.png"));
    }
}

//! Pictures from outside, and the box that is cut out of them.
//!
//! Input: eight bytes for a box, then the file.

use std::io::Cursor;

use dnc_edge::live::{IntakeLimits, Region, open_picture};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, RgbImage, RgbaImage};

/// Small, so that one picture takes microseconds.
const LIMITS: IntakeLimits = IntakeLimits { max_bytes: 1 << 16, max_pixels: 1 << 14 };

/// What is let in is within the limits, and a box cuts exactly the pixels out of it that it touches.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Some((numbers, file)) = input.split_first_chunk::<8>() else { return false };
    match open_picture(file, &LIMITS) {
        Ok(picture) => {
            let (width, height) = picture.dimensions();
            assert!(u64::from(width) * u64::from(height) <= LIMITS.max_pixels, "{width} × {height} px were let in");
            check_box(&picture, region(numbers));
            true
        }
        Err(error) => {
            assert!(error.code().starts_with("picture_"), "{error}");
            super::check_words(&error.to_string(), "", file);
            false
        }
    }
}

/// Quarters of a pixel, since a fuzzer hardly finds f64 values near a picture; the extremes stand for what is no number.
fn region(numbers: &[u8; 8]) -> Region {
    let number = |at: usize| match i16::from_le_bytes([numbers[at], numbers[at + 1]]) {
        i16::MIN => f64::NAN,
        i16::MAX => f64::INFINITY,
        quarters => f64::from(quarters) / 4.0,
    };
    [number(0), number(2), number(4), number(6)].into()
}

fn check_box(picture: &RgbImage, region: Region) {
    // Counted pixel by pixel, where the code beneath rounds edges.
    let touched = |from: f64, length: f64, side: u32| {
        let touches = |at: &u32| f64::from(*at) < from + length && f64::from(*at + 1) > from;
        let pixels: Vec<u32> = (0..side).filter(touches).collect();
        pixels
    };
    let columns = touched(region.left, region.width, picture.width());
    let rows = touched(region.top, region.height, picture.height());
    let area = region.width > 0.0 && region.height > 0.0 && <[f64; 4]>::from(region).iter().all(|n| n.is_finite());
    match region.of(picture).map(|view| view.to_picture()) {
        Ok(cut) => {
            assert!(area, "{region} has no area");
            assert_eq!(cut.dimensions(), (columns.len() as u32, rows.len() as u32), "{region}");
            for (x, y, pixel) in cut.enumerate_pixels() {
                assert_eq!(pixel, picture.get_pixel(columns[x as usize], rows[y as usize]), "{region} at {x}, {y}");
            }
        }
        Err(error) => assert!(!area || columns.is_empty() || rows.is_empty(), "{error}"),
    }
}

/// Small pictures of every format and colour that our own encoders write.
///
/// # Panics
/// Where one cannot be encoded.
pub fn seeds() -> Vec<Vec<u8>> {
    let (width, height) = (9, 7);
    let rgb = RgbImage::from_fn(width, height, |x, y| image::Rgb([20 * x as u8, 30 * y as u8, 128]));
    let pictures: [DynamicImage; 5] = [
        rgb.clone().into(),
        GrayImage::from_fn(width, height, |x, y| image::Luma([(25 * x + y) as u8])).into(),
        GrayAlphaImage::from_fn(width, height, |x, y| image::LumaA([25 * x as u8, 36 * y as u8])).into(),
        RgbaImage::from_fn(width, height, |x, y| image::Rgba([25 * x as u8, 9, 30 * y as u8, 200])).into(),
        DynamicImage::from(rgb.clone()).into_rgb16().into(),
    ];
    let mut files = Vec::new();
    for picture in &pictures {
        files.push(encoded(picture, ImageFormat::Png));
    }
    files.push(encoded(&pictures[0], ImageFormat::WebP));
    files.push(encoded(&pictures[3], ImageFormat::WebP));
    for picture in &pictures[..2] {
        let mut jpeg = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, 50);
        picture.write_with_encoder(encoder).expect("a small picture can be encoded");
        files.push(turned(&jpeg));
        files.push(jpeg);
    }
    // Left, top, width, height: 1, 1, 3, 4.25.
    let numbers = [4i16, 4, 12, 17].map(i16::to_le_bytes).concat();
    files.into_iter().map(|file| [numbers.clone(), file].concat()).collect()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a small picture can be encoded");
    bytes.into_inner()
}

/// The JPEG with an EXIF note that it was taken with the camera turned (orientation 6).
fn turned(jpeg: &[u8]) -> Vec<u8> {
    // TIFF, little-endian, one entry: tag 0x0112 of one u16.
    let exif = b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, b"\xff\xe1", &length, exif, rest].concat()
}

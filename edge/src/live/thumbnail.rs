//! The small picture that is shown beside an event.

use dnc_core::preprocess::{Resampler, SourceBox};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

/// Longer side of a thumbnail, px.
pub const THUMBNAIL_SIDE: u32 = 96;

/// Quality of its JPEG.
const QUALITY: u8 = 80;

/// A JPEG of `picture` whose longer side has at most [`THUMBNAIL_SIDE`] px; nothing where the picture has no pixels.
pub fn thumbnail(picture: &RgbImage, resampler: &mut Resampler) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let scaled = |side: u32| match longer <= THUMBNAIL_SIDE {
        true => side,
        false => (u64::from(side) * u64::from(THUMBNAIL_SIDE)).div_ceil(u64::from(longer)) as u32,
    };
    let (w, h) = (scaled(width), scaled(height));
    let whole = SourceBox { left: 0.0, top: 0.0, width: f64::from(width), height: f64::from(height) };
    let pixels = resampler.resample(picture, whole, w, h);
    let mut jpeg = Vec::new();
    // Writing to memory fails for sizes beyond 65,535 px only, which these are not.
    match JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode(pixels, w, h, image::ExtendedColorType::Rgb8) {
        Ok(()) => jpeg,
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_side_is_bounded_and_no_side_vanishes() {
        for ((w, h), expected) in [((960, 480), (96, 48)), ((40, 30), (40, 30)), ((9000, 1), (96, 1)), ((0, 5), (0, 0))]
        {
            let jpeg = thumbnail(&RgbImage::new(w, h), &mut Resampler::default());
            let size = dnc_core::picture::decode(&jpeg).map_or((0, 0), |p| p.dimensions());
            assert_eq!(size, expected, "{w} × {h}");
        }
    }
}

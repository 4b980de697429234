//! The small picture that is shown beside an event.

use dnc_core::preprocess::{PictureView, Resampler, SourceBox};

use super::jpeg;

/// Longer side of a shown picture, px.
pub const SHOWN_SIDE: u32 = 96;

/// Quality of its JPEG.
const QUALITY: u8 = 80;

/// A JPEG of `picture` whose longer side has at most [`SHOWN_SIDE`] px; nothing where the picture has no pixels.
pub fn shown<'a>(picture: impl Into<PictureView<'a>>, resampler: &mut Resampler) -> Vec<u8> {
    let picture = picture.into();
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    let scaled = |side: u32| match longer <= SHOWN_SIDE {
        true => side,
        false => (u64::from(side) * u64::from(SHOWN_SIDE)).div_ceil(u64::from(longer)) as u32,
    };
    let whole = SourceBox { left: 0.0, top: 0.0, width: f64::from(width), height: f64::from(height) };
    // Writing to memory fails for no pixels and for sizes beyond 65,535 px only, which these are not.
    jpeg(picture, whole, (scaled(width), scaled(height)), &[QUALITY], resampler).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn the_longer_side_is_bounded_and_no_side_vanishes() {
        for ((w, h), expected) in [((960, 480), (96, 48)), ((40, 30), (40, 30)), ((9000, 1), (96, 1)), ((0, 5), (0, 0))]
        {
            let jpeg = shown(&RgbImage::new(w, h), &mut Resampler::default());
            let size = dnc_core::picture::decode(&jpeg).map_or((0, 0), |p| p.dimensions());
            assert_eq!(size, expected, "{w} × {h}");
        }
    }
}

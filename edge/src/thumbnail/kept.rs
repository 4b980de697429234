//! Small pictures that are kept beside embeddings, so that another model can embed them.

use dnc_core::preprocess::{PictureView, Preprocess, Resampler, SourceBox};
use image::ImageError;

use super::jpeg;

/// Longest shorter side that may be asked for, px.
pub const MAX_SIDE: u32 = 640;

/// How many times the shorter side the longer one may be: models see the centre, the rest is cut off.
const MAX_ASPECT: f64 = 4.0;

/// Qualities that are tried until the file is short enough to be kept; the first one does for all but noise.
const QUALITIES: [u8; 5] = [95, 80, 60, 30, 10];

/// The shorter side, in px, that serves a model and is at least `asked`.
pub fn side_for(preprocess: &Preprocess, asked: u32) -> u32 {
    preprocess.resize_shorter.max(preprocess.size).max(asked)
}

/// A JPEG of `picture` with a shorter side of `side` px; a smaller picture keeps its size.
///
/// # Errors
/// Where the picture has no pixels.
pub fn kept<'a>(picture: impl Into<PictureView<'a>>, side: u32) -> Result<Vec<u8>, ImageError> {
    let picture = picture.into();
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let shorter = w.min(h);
    let (width, height) = (w.min(shorter * MAX_ASPECT), h.min(shorter * MAX_ASPECT));
    let source = SourceBox { left: (w - width) / 2.0, top: (h - height) / 2.0, width, height };
    let scale = (f64::from(side) / shorter.max(1.0)).min(1.0);
    let (width, height) = ((width * scale).round().max(1.0) as u32, (height * scale).round().max(1.0) as u32);
    jpeg(picture, source, (width, height), &QUALITIES, &mut Resampler::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::MAX_THUMBNAIL_BYTES;
    use image::RgbImage;

    fn size(width: u32, height: u32, side: u32) -> (u32, u32) {
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 9]));
        dnc_core::picture::decode(&kept(&picture, side).unwrap()).unwrap().dimensions()
    }

    #[test]
    fn the_shorter_side_is_as_asked_and_nothing_is_enlarged() {
        assert_eq!((size(400, 300, 100), size(300, 400, 100)), ((133, 100), (100, 133)));
        assert_eq!((size(40, 30, 100), size(1, 1, 100)), ((40, 30), (1, 1)));
        assert_eq!(size(3000, 20, 10), (40, 10), "four times as long at most");
        let rule = Preprocess::imagenet(224);
        assert_eq!((side_for(&rule, 0), side_for(&rule, 300)), (256, 300));
    }

    #[test]
    fn noise_of_the_largest_size_can_be_kept() {
        let mut state = 1u64;
        let picture = RgbImage::from_fn(MAX_SIDE * 4, MAX_SIDE, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            image::Rgb([(state >> 40) as u8, (state >> 48) as u8, (state >> 56) as u8])
        });
        let bytes = kept(&picture, MAX_SIDE).unwrap().len();
        assert!(bytes <= MAX_THUMBNAIL_BYTES, "{bytes} bytes");
    }

    #[test]
    fn an_empty_picture_is_an_error() {
        assert!(kept(&RgbImage::new(0, 0), 100).is_err());
    }
}

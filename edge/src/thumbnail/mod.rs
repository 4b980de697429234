//! Small JPEGs of pictures: those that are kept beside embeddings, and those that are shown beside events.

mod kept;
mod shown;

use dnc_core::preprocess::{PictureView, Resampler, SourceBox};
use image::codecs::jpeg::JpegEncoder;
use image::error::{ParameterError, ParameterErrorKind};
use image::{ExtendedColorType, ImageError};

use crate::gallery::MAX_THUMBNAIL_BYTES;

pub use kept::{MAX_SIDE, kept, side_for};
pub use shown::{SHOWN_SIDE, shown};

/// The part `source` of `picture` as a JPEG of `size`, width and height; of the first of `qualities` whose file the gallery
/// keeps, or of the last one.
fn jpeg(
    picture: PictureView<'_>,
    source: SourceBox,
    (width, height): (u32, u32),
    qualities: &[u8],
    resampler: &mut Resampler,
) -> Result<Vec<u8>, ImageError> {
    let pixels = resampler.resample(picture, source, width, height);
    if pixels.is_empty() {
        let kind = ParameterErrorKind::DimensionMismatch;
        return Err(ImageError::Parameter(ParameterError::from_kind(kind)));
    }
    let mut bytes = Vec::new();
    for quality in qualities {
        bytes.clear();
        JpegEncoder::new_with_quality(&mut bytes, *quality).encode(pixels, width, height, ExtendedColorType::Rgb8)?;
        if bytes.len() <= MAX_THUMBNAIL_BYTES {
            break;
        }
    }
    Ok(bytes)
}

//! Resampling of RGB pixels by `fast_image_resize`, read where they lie and written into memory that is used again.

mod view;

pub use view::PictureView;

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// Smallest side of a rectangle that is resampled, px.
const SMALLEST: f64 = 1e-3;

/// A rectangle of a source picture, px, with fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceBox {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Reusable buffers of the resampler; one a thread. What is allocated for a picture of a size that was seen before are the
/// filter's weights, a few kilobytes, which the crate makes anew.
#[derive(Debug, Default)]
pub struct Resampler {
    resizer: Resizer,
    pixels: Vec<u8>,
}

impl Resampler {
    /// Resamples `source`'s rectangle to `width` × `height` RGB pixels, row by row: a triangle filter whose support grows
    /// with the reduction (as Pillow's bilinear). It looks past the rectangle's edge, not past the view's.
    ///
    /// The rectangle is clipped to the view; an empty view or size gives no pixels.
    pub fn resample<'a>(
        &mut self,
        picture: impl Into<PictureView<'a>>,
        source: SourceBox,
        width: u32,
        height: u32,
    ) -> &[u8] {
        self.resample_view(picture.into(), source, width, height)
    }

    /// Not generic, and of one pixel type: else every crate that resamples would compile the resampler for itself, for
    /// all thirteen.
    fn resample_view(&mut self, view: PictureView<'_>, source: SourceBox, width: u32, height: u32) -> &[u8] {
        self.pixels.clear();
        if view.is_empty() || width == 0 || height == 0 {
            return &self.pixels;
        }
        let (w, h) = (f64::from(view.width()), f64::from(view.height()));
        let (left, top) = (source.left.clamp(0.0, w - SMALLEST), source.top.clamp(0.0, h - SMALLEST));
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
            left,
            top,
            source.width.max(SMALLEST).min(w - left),
            source.height.max(SMALLEST).min(h - top),
        );
        self.pixels.resize(width as usize * height as usize * 3, 0);
        let (picture, (x, y)) = (view.picture(), view.corner());
        let whole = TypedImageRef::<U8x3>::from_buffer(picture.width(), picture.height(), picture.as_raw())
            .expect("an RgbImage holds width × height × 3 bytes");
        let from =
            TypedCroppedImage::from_ref(&whole, x, y, view.width(), view.height()).expect("a view lies in its picture");
        let mut to = TypedImage::<U8x3>::from_buffer(width, height, &mut self.pixels)
            .expect("the buffer was sized for the picture above");
        self.resizer.resize_typed(&from, &mut to, &options).expect("the crop box was clipped to the view");
        &self.pixels
    }
}

#[cfg(test)]
mod tests;

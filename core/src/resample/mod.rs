//! Resampling of RGB pixels, in memory that is used again: after the first picture of a size nothing is allocated.

mod passes;
mod view;
mod weights;

pub use view::PictureView;

use passes::{PADDING, mix_along, mix_rows};
use view::CHANNELS;
use weights::{Axis, Weights};

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

/// Reusable buffers of the resampler; one a thread.
#[derive(Debug, Default)]
pub struct Resampler {
    across: Weights,
    down: Weights,
    row: Vec<u8>,
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
        let picture = picture.into();
        self.pixels.clear();
        if picture.is_empty() || width == 0 || height == 0 {
            return &self.pixels;
        }
        self.across.set(axis(picture.width(), source.left, source.width, width));
        self.down.set(axis(picture.height(), source.top, source.height, height));
        let (first, end) = self.across.reach();
        let used = (end - first) * CHANNELS;
        self.row.clear();
        self.row.resize(used + PADDING, 0);
        let row_bytes = width as usize * CHANNELS;
        self.pixels.resize(row_bytes * height as usize, 0);
        for (span, out) in self.down.spans().iter().zip(self.pixels.chunks_exact_mut(row_bytes)) {
            let (bytes, stride) = picture.from(first, span.first);
            mix_rows(bytes, stride, self.down.of(span), self.down.precision(), &mut self.row[..used]);
            mix_along(&self.row, first, &self.across, out);
        }
        &self.pixels
    }
}

/// `length` pixels from `start` on, clipped to a side of `source` pixels.
fn axis(source: u32, start: f64, length: f64, result: u32) -> Axis {
    let side = f64::from(source);
    let from = start.clamp(0.0, side - SMALLEST);
    Axis { source, from, to: from + length.max(SMALLEST).min(side - from), result }
}

#[cfg(test)]
mod tests;

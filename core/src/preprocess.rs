//! From RGB pixels to a model's input values: one resize, one normalisation, for training evaluation,
//! export and device alike.

use serde::{Deserialize, Serialize};

pub use crate::resample::{PictureView, Resampler, SourceBox};

/// ImageNet's mean of each channel, RGB, for pixels in \[0, 1\] (torchvision).
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// ImageNet's standard deviation of each channel, RGB, for pixels in \[0, 1\] (torchvision).
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Resampling filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Triangle filter whose support grows with the reduction (as Pillow's bilinear).
    Bilinear,
}

/// Order of the colour channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
}

/// Order of the values of one picture in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelLayout {
    /// Channel planes, 3×H×W: the exported model's input.
    Chw,
    /// Channels of a pixel together, H×W×3: the training network's input.
    Hwc,
}

/// How a picture becomes input values: the shorter side resized to `resize_shorter`, the centre
/// `size` × `size` cut out, pixels scaled to \[0, 1\], mean subtracted, divided by std.
///
/// Resize and crop are done as one resampling of the source rectangle that the crop sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Length of the shorter side after resizing, px; at least `size`.
    pub resize_shorter: u32,
    /// Side of the square that the model sees, px.
    pub size: u32,
    /// Resampling filter.
    pub filter: Filter,
    /// Channel order of the model.
    pub channel_order: ChannelOrder,
    /// Subtracted from each channel, in units of full scale.
    pub mean: [f32; 3],
    /// Divides each channel after that.
    pub std: [f32; 3],
}

impl Preprocess {
    /// ImageNet's normalisation, the shorter side resized to `size` · 8/7 as 256 is to 224.
    pub fn imagenet(size: u32) -> Self {
        Self {
            resize_shorter: (size * 8).div_ceil(7),
            size,
            filter: Filter::Bilinear,
            channel_order: ChannelOrder::Rgb,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
        }
    }

    /// The rectangle of a `width` × `height` picture that the model sees.
    pub fn source_box(&self, width: u32, height: u32) -> SourceBox {
        let (w, h) = (f64::from(width), f64::from(height));
        let side = w.min(h) * f64::from(self.size) / f64::from(self.resize_shorter.max(self.size).max(1));
        SourceBox { left: (w - side) / 2.0, top: (h - side) / 2.0, width: side, height: side }
    }

    /// Number of input values of a picture: 3 · size².
    pub fn values(&self) -> usize {
        3 * (self.size as usize).pow(2)
    }

    /// Resizes, crops and normalises `picture` into `out`.
    ///
    /// # Panics
    /// Where `out` does not hold [`values`](Self::values) values.
    pub fn apply<'a>(
        &self,
        picture: impl Into<PictureView<'a>>,
        resampler: &mut Resampler,
        layout: PixelLayout,
        out: &mut [f32],
    ) {
        let picture = picture.into();
        let source = self.source_box(picture.width(), picture.height());
        self.apply_view(picture, source, resampler, layout, out);
    }

    /// The same for any rectangle of the picture (training's random crops).
    ///
    /// # Panics
    /// Where `out` does not hold [`values`](Self::values) values.
    pub fn apply_box<'a>(
        &self,
        picture: impl Into<PictureView<'a>>,
        source: SourceBox,
        resampler: &mut Resampler,
        layout: PixelLayout,
        out: &mut [f32],
    ) {
        self.apply_view(picture.into(), source, resampler, layout, out);
    }

    fn apply_view(
        &self,
        picture: PictureView<'_>,
        source: SourceBox,
        resampler: &mut Resampler,
        layout: PixelLayout,
        out: &mut [f32],
    ) {
        assert_eq!(out.len(), self.values(), "the buffer holds one picture of {0} × {0} px", self.size);
        let pixels = resampler.resample(picture, source, self.size, self.size);
        let plane = (self.size as usize).pow(2);
        let scale = self.std.map(|s| 1.0 / (255.0 * s));
        let shift = [0, 1, 2].map(|c| self.mean[c] / self.std[c]);
        for (i, pixel) in pixels.as_chunks::<3>().0.iter().enumerate() {
            for c in 0..3 {
                let value = f32::from(pixel[c]) * scale[c] - shift[c];
                match layout {
                    PixelLayout::Chw => out[c * plane + i] = value,
                    PixelLayout::Hwc => out[i * 3 + c] = value,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    #[test]
    fn values_are_normalised_pixels_in_either_layout() {
        let picture = RgbImage::from_pixel(30, 20, image::Rgb([255, 0, 51]));
        let rule = Preprocess::imagenet(8);
        let mut chw = vec![0.0; rule.values()];
        let mut hwc = vec![0.0; rule.values()];
        let mut resampler = Resampler::default();
        rule.apply(&picture, &mut resampler, PixelLayout::Chw, &mut chw);
        rule.apply(&picture, &mut resampler, PixelLayout::Hwc, &mut hwc);
        let expected = [(1.0 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225];
        for c in 0..3 {
            for i in 0..64 {
                assert!((chw[c * 64 + i] - expected[c]).abs() < 1e-5);
                assert_eq!(chw[c * 64 + i], hwc[i * 3 + c]);
            }
        }
    }

    #[test]
    fn the_centre_is_seen() {
        // Left third red, the rest blue: the centre square of a wide picture holds no red.
        let picture = RgbImage::from_fn(90, 30, |x, _| image::Rgb(if x < 30 { [255, 0, 0] } else { [0, 0, 255] }));
        let rule = Preprocess { resize_shorter: 10, size: 10, ..Preprocess::imagenet(10) };
        assert_eq!(rule.source_box(90, 30), SourceBox { left: 30.0, top: 0.0, width: 30.0, height: 30.0 });
        let mut out = vec![0.0; rule.values()];
        rule.apply(&picture, &mut Resampler::default(), PixelLayout::Chw, &mut out);
        let black = -IMAGENET_MEAN[0] / IMAGENET_STD[0];
        // The filter looks past the rectangle's edge, as Pillow's does: the outermost column may see red.
        let inner = (0..100).filter(|i| (1..9).contains(&(i % 10))).map(|i| out[i]);
        assert!(inner.into_iter().all(|v| (v - black).abs() < 1e-5), "no red in the centre");
    }

    #[test]
    fn tiny_pictures_are_enlarged() {
        let picture = RgbImage::from_pixel(1, 1, image::Rgb([9, 9, 9]));
        let rule = Preprocess::imagenet(16);
        let mut out = vec![f32::NAN; rule.values()];
        rule.apply(&picture, &mut Resampler::default(), PixelLayout::Chw, &mut out);
        assert!(out.iter().all(|v| v.is_finite()));
    }
}

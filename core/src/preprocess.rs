//! From RGB pixels to a model's input values: one resize, one normalisation, for training evaluation,
//! export and device alike.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};

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
    resizer: Resizer,
    pixels: Vec<u8>,
}

impl Resampler {
    /// Resamples `source`'s rectangle to `width` × `height` RGB pixels, row by row.
    ///
    /// The rectangle is clipped to the picture; an empty picture or size gives no pixels.
    pub fn resample(&mut self, picture: &RgbImage, source: SourceBox, width: u32, height: u32) -> &[u8] {
        self.pixels.clear();
        let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
        if w == 0.0 || h == 0.0 || width == 0 || height == 0 {
            return &self.pixels;
        }
        let left = source.left.clamp(0.0, w - SMALLEST);
        let top = source.top.clamp(0.0, h - SMALLEST);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
            left,
            top,
            source.width.max(SMALLEST).min(w - left),
            source.height.max(SMALLEST).min(h - top),
        );
        self.pixels.resize(width as usize * height as usize * 3, 0);
        let from = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3)
            .expect("an RgbImage holds width × height × 3 bytes");
        let mut to = Image::from_slice_u8(width, height, &mut self.pixels, PixelType::U8x3)
            .expect("the buffer was sized for the picture above");
        self.resizer
            .resize(&from, &mut to, &options)
            .expect("the crop box was clipped to the picture and the pixel types agree");
        &self.pixels
    }
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
    pub fn apply(&self, picture: &RgbImage, resampler: &mut Resampler, layout: PixelLayout, out: &mut [f32]) {
        let source = self.source_box(picture.width(), picture.height());
        self.apply_box(picture, source, resampler, layout, out);
    }

    /// The same for any rectangle of the picture (training's random crops).
    ///
    /// # Panics
    /// Where `out` does not hold [`values`](Self::values) values.
    pub fn apply_box(
        &self,
        picture: &RgbImage,
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
    #[test]
    fn rectangles_beyond_the_picture_are_clipped() {
        let mut resampler = Resampler::default();
        for (w, h) in [(1, 1), (1, 70), (70, 1), (64, 48)] {
            let picture = RgbImage::from_pixel(w, h, image::Rgb([10, 20, 30]));
            for left in [-5.0, 0.0, 0.5, f64::from(w) - 1e-9, f64::from(w), 1e9] {
                for side in [-1.0, 0.0, 1e-9, 0.3, 1e9] {
                    let source = SourceBox { left, top: left, width: side, height: side };
                    let pixels = resampler.resample(&picture, source, 3, 2);
                    assert_eq!(pixels, [10, 20, 30].repeat(6), "{source:?} of {w} × {h}");
                }
            }
        }
    }
}

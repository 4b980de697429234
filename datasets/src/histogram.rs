//! A colour histogram as an embedding: the baseline a network has to beat.

use image::RgbImage;

/// Bins per channel.
const BINS: usize = 8;

/// A joint RGB histogram of 8 × 8 × 8 bins, as a 512-value embedding of length 1.
///
/// Each pixel is shared between the bins around it (trilinear), so that a small change of exposure moves weight
/// between neighbours instead of out of a bin. Pixels near the middle count more than those at the border
/// (weight 1 falling to 0.1 in the corners), since a detector's crop has its vehicle there. Square roots of the
/// shares make the Euclidean distance the Hellinger distance, the usual one for histograms.
///
/// Index: (red bin · 8 + green bin) · 8 + blue bin. Every value is in [0, 1]; all are 0 for a picture without
/// pixels.
pub fn colour_histogram(image: &RgbImage) -> Vec<f32> {
    let mut bins = vec![0.0f32; BINS * BINS * BINS];
    let (width, height) = (image.width() as f32, image.height() as f32);
    for (x, y, pixel) in image.enumerate_pixels() {
        let (dx, dy) = ((x as f32 + 0.5) / width - 0.5, (y as f32 + 0.5) / height - 0.5);
        let weight = 1.0 - 1.8 * (dx * dx + dy * dy);
        let shares = pixel.0.map(neighbours);
        for (red, r) in shares[0] {
            for (green, g) in shares[1] {
                for (blue, b) in shares[2] {
                    bins[(red * BINS + green) * BINS + blue] += weight * r * g * b;
                }
            }
        }
    }
    let total: f32 = bins.iter().sum();
    if total > 0.0 {
        // The square roots of shares that sum to 1 have length 1.
        bins.iter_mut().for_each(|bin| *bin = (*bin / total).sqrt());
    }
    bins
}

/// The two bins whose centres are around `value`, with their shares.
fn neighbours(value: u8) -> [(usize, f32); 2] {
    let place = (f32::from(value) + 0.5) / 256.0 * BINS as f32 - 0.5;
    let low = place.floor();
    let share = place - low;
    let bin = |index: f32| index.clamp(0.0, (BINS - 1) as f32) as usize;
    [(bin(low), 1.0 - share), (bin(low + 1.0), share)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn has_length_one_and_ignores_where_equal_colours_lie() {
        let left = RgbImage::from_fn(8, 8, |x, _| if x < 4 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) });
        let right = RgbImage::from_fn(8, 8, |x, _| if x >= 4 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) });
        let (a, b) = (colour_histogram(&left), colour_histogram(&right));
        assert_eq!(a.len(), 512);
        let squares: f32 = a.iter().map(|v| v * v).sum();
        assert!((squares - 1.0).abs() < 1e-4, "squared length {squares}");
        assert!(a.iter().zip(&b).all(|(p, q)| (p - q).abs() < 1e-3));
    }

    #[test]
    fn other_colours_are_far_and_no_pixels_give_zeros() {
        let [red, blue] = [[250, 10, 10], [10, 10, 250]].map(|c| colour_histogram(&RgbImage::from_pixel(4, 4, Rgb(c))));
        let dot: f32 = red.iter().zip(&blue).map(|(p, q)| p * q).sum();
        assert!(dot < 0.01, "similarity {dot}");
        assert!(colour_histogram(&RgbImage::new(0, 0)).iter().all(|&v| v == 0.0));
    }
}

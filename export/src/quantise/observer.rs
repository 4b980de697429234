//! Which range of an activation the 256 steps of an 8-bit integer cover, told from its histogram.

use super::affine::{Affine, Integers};
use super::histogram::Histogram;

/// Rule that chooses the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Observer {
    /// All that was seen.
    MinMax,
    /// All but one value in a hundred thousand at each end.
    Percentile,
    /// The range whose rounding and saturation together have the least mean square error.
    Mse,
    /// The range after which the distribution differs least, by Kullback–Leibler divergence (Migacz, "8-bit inference
    /// with TensorRT", 2017). How often a value is exactly 0 is left out of it, as NVIDIA's pytorch-quantization does.
    Entropy,
}

/// Share of values left out at each end by [`Observer::Percentile`].
const LEFT_OUT: f64 = 1e-5;
/// Ranges tried by [`Observer::Mse`] and [`Observer::Entropy`]: both ends times i / TRIES.
const TRIES: usize = 64;
/// The narrowest of them, as a part of what was seen.
const NARROWEST: usize = TRIES / 4;

impl Observer {
    /// Name for files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::MinMax => "min-max",
            Self::Percentile => "percentile",
            Self::Mse => "mse",
            Self::Entropy => "entropy",
        }
    }

    /// The form of values that are distributed as `histogram` says.
    pub fn affine(self, histogram: &Histogram, integers: Integers) -> Affine {
        let (low, high) = histogram.ends();
        match self {
            Self::MinMax => Affine::covering(low, high, integers),
            Self::Percentile => {
                let (low, high) = percentiles(histogram, LEFT_OUT);
                Affine::covering(low, high, integers)
            }
            Self::Mse => narrowed(histogram, integers, |affine| square_error(histogram, affine)),
            Self::Entropy => narrowed(histogram, integers, |affine| divergence(histogram, affine)),
        }
    }
}

/// The ends after leaving out `share` of the values at each.
fn percentiles(histogram: &Histogram, share: f64) -> (f32, f32) {
    let out = (histogram.total() as f64 * share) as u64;
    let bins: Vec<_> = histogram.filled().collect();
    let end = |mut bins: Box<dyn Iterator<Item = &(f32, u64)> + '_>| {
        let mut seen = 0;
        let first_kept = bins.find(|(_, n)| {
            seen += n;
            seen > out
        });
        first_kept.map_or(0.0, |bin| bin.0)
    };
    (end(Box::new(bins.iter())), end(Box::new(bins.iter().rev())))
}

/// Of ranges that shrink towards 0 the one of the least `loss`; of equal ones the widest.
fn narrowed(histogram: &Histogram, integers: Integers, loss: impl Fn(&Affine) -> f64) -> Affine {
    let (low, high) = histogram.ends();
    let tries = (NARROWEST..=TRIES).rev().map(|i| {
        let part = i as f32 / TRIES as f32;
        let affine = Affine::covering(low * part, high * part, integers);
        (loss(&affine), affine)
    });
    tries.reduce(|best, next| if next.0 < best.0 { next } else { best }).expect("at least one try").1
}

fn square_error(histogram: &Histogram, affine: &Affine) -> f64 {
    histogram.filled().map(|(value, n)| f64::from(affine.round_trip(value) - value).powi(2) * n as f64).sum()
}

/// KL(P ‖ Q): P the distribution with what saturates counted at the ends, Q the same from the integers alone, each
/// integer's count spread evenly over the bins that it stands for.
///
/// 0 is an integer of its own, and nothing of it is lost; but half of a rectified layer's values are 0, and Q would spread
/// them over the bins of that integer: a range of one bin for each would seem the best, whatever it cut off. The bin of 0
/// therefore counts as its neighbours do.
fn divergence(histogram: &Histogram, affine: &Affine) -> f64 {
    let histogram = &histogram.without_zeros();
    let (least, most) = affine.integers.limits();
    let inside = |value: f32| {
        let (low, high) = ((least - affine.zero_point) as f32, (most - affine.zero_point) as f32);
        value.clamp((low - 0.5) * affine.scale, (high + 0.5) * affine.scale)
    };
    let mut counts = vec![(0u64, 0u64); (most - least + 1) as usize];
    let at = |value: f32| (affine.quantise(value) - least) as usize;
    // Saturated bins belong to the outermost integers in P, but Q is made from what lies inside alone: a narrow range
    // pays for what it cuts off.
    for (value, n) in histogram.filled() {
        if inside(value) == value {
            let (sum, bins) = &mut counts[at(value)];
            *sum += n;
            *bins += 1;
        }
    }
    let (total, kept) = (histogram.total() as f64, counts.iter().map(|c| c.0).sum::<u64>() as f64);
    if kept == 0.0 {
        return f64::INFINITY;
    }
    let mut saturated = [0u64; 2];
    let mut divergence = 0.0;
    let mut outermost: [Option<(u64, usize)>; 2] = [None; 2];
    for (value, n) in histogram.filled() {
        if inside(value) == value {
            let (sum, bins) = counts[at(value)];
            let q = sum as f64 / bins as f64 / kept;
            let p = n as f64 / total;
            divergence += p * (p / q).ln();
            outermost[0].get_or_insert((n, at(value)));
            outermost[1] = Some((n, at(value)));
        } else {
            saturated[usize::from(value > 0.0)] += n;
        }
    }
    // The outermost bins take what is cut off at their side.
    for (cut, bin) in saturated.into_iter().zip(outermost) {
        if let (true, Some((n, at))) = (cut > 0, bin) {
            let q = counts[at].0 as f64 / counts[at].1 as f64 / kept;
            let (before, after) = (n as f64 / total, (n + cut) as f64 / total);
            divergence += after * (after / q).ln() - before * (before / q).ln();
        }
    }
    divergence
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    const ALL: [Observer; 4] = [Observer::MinMax, Observer::Percentile, Observer::Mse, Observer::Entropy];

    /// Values around 0 with one far outlier.
    fn long_tail() -> (Vec<f32>, Histogram) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut values: Vec<f32> =
            (0..400_000).map(|_| (0..6).map(|_| rng.random_range(-0.5f32..0.5)).sum::<f32>()).collect();
        values.push(40.0);
        let mut histogram = Histogram::new((-3.0, 40.0));
        histogram.add(&values);
        (values, histogram)
    }

    fn error(values: &[f32], affine: &Affine) -> f64 {
        values.iter().map(|v| f64::from(affine.round_trip(*v) - v).powi(2)).sum()
    }

    #[test]
    fn an_outlier_widens_min_max_alone() {
        let (values, histogram) = long_tail();
        for integers in [Integers::Unsigned, Integers::Symmetric] {
            let [all, percentile, mse, entropy] = ALL.map(|o| o.affine(&histogram, integers));
            assert!(all.scale > 4.0 * percentile.scale, "{all:?} {percentile:?}");
            assert!(mse.scale < all.scale && entropy.scale < all.scale, "{mse:?} {entropy:?}");
            assert!(error(&values, &mse) < error(&values, &all));
        }
    }

    #[test]
    fn values_spread_evenly_keep_their_whole_range() {
        let values: Vec<f32> = (0..200_000).map(|i| i as f32 / 200_000.0 * 6.0).collect();
        let mut histogram = Histogram::new((0.0, 6.0));
        histogram.add(&values);
        for observer in ALL {
            let affine = observer.affine(&histogram, Integers::Unsigned);
            assert!(affine.scale > 5.8 / 255.0, "{observer:?} {affine:?}");
        }
    }

    /// ReLU6 leaves half of the values at 0 and many at 6, and every layer behind it needs those between to the end.
    #[test]
    fn rectified_values_keep_their_range() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (middle, ceiling) in [(0.0, 6.0), (1.5, 6.0), (0.0, f32::INFINITY)] {
            let normal = |rng: &mut ChaCha8Rng| (0..12).map(|_| rng.random_range(-0.5f32..0.5)).sum::<f32>();
            let values: Vec<f32> =
                (0..400_000).map(|_| (middle + 2.5 * normal(&mut rng)).clamp(0.0, ceiling)).collect();
            let most = values.iter().copied().fold(0.0, f32::max);
            let mut histogram = Histogram::new((0.0, most));
            histogram.add(&values);
            let spread = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
            for integers in [Integers::Unsigned, Integers::Signed] {
                let affine = Observer::Entropy.affine(&histogram, integers);
                let lost = error(&values, &affine) / spread;
                assert!(lost < 1e-3, "{lost} of the values of {middle} to {ceiling} are lost: {affine:?}");
            }
        }
    }

    #[test]
    fn the_mse_range_is_the_best_of_all_tried_on_the_values_themselves() {
        let (values, histogram) = long_tail();
        let chosen = Observer::Mse.affine(&histogram, Integers::Unsigned);
        let best = (NARROWEST..=TRIES)
            .map(|i| {
                let part = i as f32 / TRIES as f32;
                error(&values, &Affine::covering(-3.0 * part, 40.0 * part, Integers::Unsigned))
            })
            .fold(f64::INFINITY, f64::min);
        assert!(error(&values, &chosen) <= best * 1.02);
    }
}

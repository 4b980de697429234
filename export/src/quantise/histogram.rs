//! How often values occur.

/// Bins of a histogram (as many as TensorRT's calibration has; Migacz, "8-bit inference with TensorRT", 2017).
pub const BINS: usize = 2048;

/// Counts of values in equal bins between two ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    low: f32,
    width: f32,
    counts: Vec<u64>,
}

impl Histogram {
    /// Empty, from `low` to `high`.
    pub fn new((low, high): (f32, f32)) -> Self {
        let width = ((high - low) / BINS as f32).max(f32::MIN_POSITIVE);
        Self { low, width, counts: vec![0; BINS] }
    }

    /// Counts `values`; what lies outside falls into the outermost bins.
    pub fn add(&mut self, values: &[f32]) {
        for value in values {
            // `as` saturates, and makes 0 of what is no number.
            let bin = ((value - self.low) / self.width) as usize;
            self.counts[bin.min(BINS - 1)] += 1;
        }
    }

    /// Adds another's counts, of the same ends.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!((self.low, self.width), (other.low, other.width));
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// Both ends.
    pub fn ends(&self) -> (f32, f32) {
        (self.low, self.low + self.width * BINS as f32)
    }

    /// Values counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The same with the bin of 0 as full as its neighbours are on average, of which there is one at an end. Without 0
    /// between the ends nothing changes.
    pub fn without_zeros(&self) -> Self {
        let mut other = self.clone();
        // The last bin holds its upper end too.
        let zero = (-self.low / self.width) as usize;
        if self.low <= 0.0 && self.ends().1 >= 0.0 {
            let zero = zero.min(BINS - 1);
            let neighbours = [zero.checked_sub(1), Some(zero + 1)].into_iter().flatten();
            let counts: Vec<u64> = neighbours.filter_map(|at| self.counts.get(at).copied()).collect();
            other.counts[zero] = counts.iter().sum::<u64>() / counts.len() as u64;
        }
        other
    }

    /// Middle and count of each bin that is not empty.
    pub fn filled(&self) -> impl Iterator<Item = (f32, u64)> {
        let middle = |i: usize| self.low + self.width * (i as f32 + 0.5);
        self.counts.iter().enumerate().filter(|(_, n)| **n > 0).map(move |(i, n)| (middle(i), *n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_their_bins_and_strangers_into_the_last() {
        let mut histogram = Histogram::new((-1.0, 1.0));
        histogram.add(&[-1.0, 0.9999, 5.0, -7.0]);
        let mut more = Histogram::new((-1.0, 1.0));
        more.add(&[0.0001]);
        histogram.merge(&more);
        let filled: Vec<_> = histogram.filled().collect();
        assert_eq!(filled.iter().map(|f| f.1).collect::<Vec<_>>(), [2, 1, 2]);
        assert!(filled[0].0 < -0.99 && filled[1].0.abs() < 0.001 && filled[2].0 > 0.99);
        assert_eq!(histogram.total(), 5);
    }

    #[test]
    fn zeros_are_left_out_wherever_they_lie() {
        let width = 1.0 / 1024.0;
        for (low, at) in [(0.0, 0), (-1.0, 1024), (-2.0, BINS - 1)] {
            let mut histogram = Histogram::new((low, low + 2.0));
            let zero = low + (at as f32 + 0.5) * width;
            histogram.add(&[zero; 90]);
            histogram.add(&[zero + width; 4]);
            histogram.add(&[zero - width; 6]);
            let count = |h: &Histogram, at: usize| h.counts[at];
            let expected = match at {
                // What lies outside falls into the bin of 0.
                0 => 4,
                1024 => 5,
                _ => 6,
            };
            let without = histogram.without_zeros();
            assert_eq!((count(&without, at), without.total() < 101), (expected, true), "{low}");
        }
        let mut above = Histogram::new((1.0, 2.0));
        above.add(&[1.0, 1.5]);
        assert_eq!(above.without_zeros(), above);
    }

    #[test]
    fn one_value_alone_is_counted() {
        let mut histogram = Histogram::new((0.0, 0.0));
        histogram.add(&[0.0, 0.0]);
        assert_eq!(histogram.total(), 2);
    }
}

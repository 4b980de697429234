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
    fn one_value_alone_is_counted() {
        let mut histogram = Histogram::new((0.0, 0.0));
        histogram.add(&[0.0, 0.0]);
        assert_eq!(histogram.total(), 2);
    }
}

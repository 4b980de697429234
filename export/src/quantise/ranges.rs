//! What calibration pictures show of a value, channel by channel.

/// Range, mean and variance of each channel of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelRanges {
    /// Smallest value seen.
    pub low: Vec<f32>,
    /// Largest value seen.
    pub high: Vec<f32>,
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// Values summed up for each channel.
    count: u64,
}

impl ChannelRanges {
    /// Nothing seen yet.
    pub fn new(channels: usize) -> Self {
        Self {
            low: vec![f32::INFINITY; channels],
            high: vec![f32::NEG_INFINITY; channels],
            sum: vec![0.0; channels],
            squares: vec![0.0; channels],
            count: 0,
        }
    }

    /// Adds one picture's value: channel planes, one after the other.
    pub fn add(&mut self, planes: &[f32]) {
        let area = planes.len() / self.low.len();
        for (c, plane) in planes.chunks_exact(area.max(1)).enumerate() {
            let (mut low, mut high, mut sum, mut squares) = (self.low[c], self.high[c], 0.0f64, 0.0f64);
            for value in plane {
                low = low.min(*value);
                high = high.max(*value);
                sum += f64::from(*value);
                squares += f64::from(*value).powi(2);
            }
            (self.low[c], self.high[c]) = (low, high);
            self.sum[c] += sum;
            self.squares[c] += squares;
        }
        self.count += area as u64;
    }

    /// Adds what another has seen.
    pub fn merge(&mut self, other: &Self) {
        for c in 0..self.low.len() {
            self.low[c] = self.low[c].min(other.low[c]);
            self.high[c] = self.high[c].max(other.high[c]);
            self.sum[c] += other.sum[c];
            self.squares[c] += other.squares[c];
        }
        self.count += other.count;
    }

    /// Mean of a channel.
    pub fn mean(&self, channel: usize) -> f32 {
        (self.sum[channel] / self.count.max(1) as f64) as f32
    }

    /// Variance of a channel.
    pub fn variance(&self, channel: usize) -> f32 {
        let count = self.count.max(1) as f64;
        (self.squares[channel] / count - (self.sum[channel] / count).powi(2)).max(0.0) as f32
    }

    /// Largest absolute value of a channel.
    pub fn largest(&self, channel: usize) -> f32 {
        self.high[channel].abs().max(self.low[channel].abs())
    }

    /// Range over all channels.
    pub fn whole(&self) -> (f32, f32) {
        let low = self.low.iter().copied().fold(f32::INFINITY, f32::min);
        (low, self.high.iter().copied().fold(f32::NEG_INFINITY, f32::max))
    }

    /// What would be seen were a channel's values multiplied by `factor` (above 0).
    pub fn scale(&mut self, channel: usize, factor: f32) {
        self.low[channel] *= factor;
        self.high[channel] *= factor;
        self.sum[channel] *= f64::from(factor);
        self.squares[channel] *= f64::from(factor).powi(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merged_are_the_whole() {
        let pictures = [[1.0, 2.0, -3.0, 0.5], [4.0, 0.0, 0.0, -1.0]];
        let mut whole = ChannelRanges::new(2);
        let mut parts = [ChannelRanges::new(2), ChannelRanges::new(2)];
        for (picture, part) in pictures.iter().zip(&mut parts) {
            whole.add(picture);
            part.add(picture);
        }
        let [mut merged, other] = parts;
        merged.merge(&other);
        assert_eq!(merged, whole);
        assert_eq!((whole.low.as_slice(), whole.high.as_slice()), (&[0.0, -3.0][..], &[4.0, 0.5][..]));
        assert_eq!((whole.mean(0), whole.mean(1), whole.whole()), (1.75, -0.875, (-3.0, 4.0)));
        assert_eq!(whole.largest(1), 3.0);
        // 1, 2, 4, 0 around 1.75.
        assert!((whole.variance(0) - 2.1875).abs() < 1e-6);
    }
}

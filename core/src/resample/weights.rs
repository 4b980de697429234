//! What each pixel of the source adds to a pixel of the result, along one axis.

/// Bits that a sum of weighted bytes may have: 8 of the byte, 2 more for weights below 0 and above 1.
const MOST_PRECISION: u32 = 32 - 8 - 2;

/// One axis of a resampling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Pixels of the source.
    pub source: u32,
    /// Where the part that is looked at begins, in pixels of the source.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Pixels of the result.
    pub result: u32,
}

/// The pixels of the source that one pixel of the result is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first of them.
    pub first: usize,
    /// How many they are.
    pub count: usize,
    /// Where their weights stand.
    weights: usize,
}

/// Weights of every pixel of the result: a triangle whose support grows with the reduction, as 16-bit fixed-point numbers
/// (the scheme of Pillow and of `fast_image_resize`, whose results these are to the bit).
#[derive(Debug, Default)]
pub(super) struct Weights {
    axis: Option<Axis>,
    spans: Vec<Span>,
    exact: Vec<f64>,
    fixed: Vec<i16>,
    precision: u32,
}

impl Weights {
    /// Makes them for `axis`. Those of the axis before are kept where it is the same: a camera's pictures are.
    pub fn set(&mut self, axis: Axis) {
        if self.axis == Some(axis) {
            return;
        }
        self.axis = Some(axis);
        self.spans.clear();
        self.exact.clear();
        let scale = (axis.to - axis.from) / f64::from(axis.result);
        let radius = scale.max(1.0);
        for place in 0..axis.result {
            self.add(axis, axis.from + (f64::from(place) + 0.5) * scale, radius);
        }
        self.fix();
    }

    /// Pixels of the source that each pixel of the result is made of.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Weights of a span, in units of 1 / 2^[`precision`](Self::precision).
    pub fn of(&self, span: &Span) -> &[i16] {
        &self.fixed[span.weights..span.weights + span.count]
    }

    /// Fraction bits of the weights.
    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// The pixels of the source that are looked at: the first, and the one behind the last.
    pub fn reach(&self) -> (usize, usize) {
        match (self.spans.first(), self.spans.last()) {
            (Some(first), Some(last)) => (first.first, last.first + last.count),
            _ => (0, 0),
        }
    }

    /// A pixel of the result whose middle lies at `centre` of the source.
    fn add(&mut self, axis: Axis, centre: f64, radius: f64) {
        let first = (centre - radius).floor().max(0.0) as u32;
        let end = (centre + radius).ceil().min(f64::from(axis.source)) as u32;
        let weights = self.exact.len();
        // Not divided by: whoever made the scheme multiplies, and the last bit depends on it.
        let nearness = 1.0 / radius;
        let triangle = |pixel: u32| (1.0 - ((f64::from(pixel) - (centre - 0.5)) * nearness).abs()).max(0.0);
        // Pixels at the rim that add nothing are left out.
        let outside = (first..end).take_while(|pixel| triangle(*pixel) == 0.0).count();
        self.exact.extend((first..end).skip(outside).map(triangle));
        while self.exact.len() > weights && self.exact.last() == Some(&0.0) {
            self.exact.pop();
        }
        let own = &mut self.exact[weights..];
        let sum: f64 = own.iter().sum();
        if sum != 0.0 {
            own.iter_mut().for_each(|weight| *weight /= sum);
        }
        self.spans.push(Span { first: first as usize + outside, count: self.exact.len() - weights, weights });
    }

    /// Takes as many fraction bits as the largest weight leaves of 16.
    fn fix(&mut self) {
        let largest = self.exact.iter().copied().fold(0.0, f64::max);
        let fits = |bits: u32| (largest * f64::from(1u32 << bits)).round() < f64::from(1u32 << 15);
        self.precision = (0..MOST_PRECISION - 1).find(|bits| !fits(bits + 1)).unwrap_or(MOST_PRECISION - 1);
        let unit = f64::from(1u32 << self.precision);
        self.fixed.clear();
        self.fixed.extend(self.exact.iter().map(|weight| (weight * unit).round() as i16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(source: u32, from: f64, to: f64, result: u32) -> Weights {
        let mut weights = Weights::default();
        weights.set(Axis { source, from, to, result });
        weights
    }

    #[test]
    fn an_axis_that_is_not_scaled_takes_each_pixel_as_it_is() {
        let kept = weights(9, 2.0, 6.0, 4);
        for (place, span) in kept.spans().iter().enumerate() {
            assert_eq!((span.first, kept.of(span)), (place + 2, &[1 << kept.precision()][..]));
        }
        assert_eq!(kept.reach(), (2, 6));
    }

    #[test]
    fn weights_lie_within_the_source_and_add_up_to_one() {
        for (source, from, to, result) in
            [(1, 0.0, 1.0, 5), (640, 80.0, 560.0, 224), (7, 0.25, 6.5, 3), (50, 49.0, 50.0, 7), (3000, 0.0, 3000.0, 1)]
        {
            let made = weights(source, from, to, result);
            assert_eq!(made.spans().len(), result as usize);
            for span in made.spans() {
                assert!(span.count > 0 && span.first + span.count <= source as usize, "{span:?} of {source}");
                let sum: i32 = made.of(span).iter().map(|w| i32::from(*w)).sum();
                assert!((sum - (1 << made.precision())).abs() <= span.count as i32, "{sum} of {span:?}");
            }
        }
    }
}

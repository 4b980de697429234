//! Real values as 8-bit integers.

/// `real = scale · (integer − zero_point)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Real value of one step; above 0.
    pub scale: f32,
    /// Integer that stands for 0.
    pub zero_point: i32,
    /// Integers that are used.
    pub integers: Integers,
}

/// Which 8-bit integers a tensor's values take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integers {
    /// 0 to 255, with any zero point: ONNX Runtime's activations.
    Unsigned,
    /// −128 to 127 with zero point 0: TensorRT's activations. The range is that of −127 to 127, but a runtime's
    /// QuantizeLinear saturates at −128.
    Signed,
    /// −127 to 127 with zero point 0: all weights. −128 is left out, so that a value and its opposite are equally well
    /// told.
    Symmetric,
}

impl Integers {
    /// Smallest and largest integer.
    pub fn limits(self) -> (i32, i32) {
        match self {
            Self::Unsigned => (0, 255),
            Self::Signed => (-128, 127),
            Self::Symmetric => (-127, 127),
        }
    }
}

/// Smallest scale: below it the quotient of two f32 values is no longer safe.
const MIN_SCALE: f32 = 1e-12;

impl Affine {
    /// The form that covers `low` to `high`, and 0, with equal steps.
    pub fn covering(low: f32, high: f32, integers: Integers) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        match integers {
            Integers::Unsigned => {
                let scale = ((high - low) / 255.0).max(MIN_SCALE);
                Self { scale, zero_point: (-low / scale).round().clamp(0.0, 255.0) as i32, integers }
            }
            Integers::Signed | Integers::Symmetric => {
                let scale = (high.max(-low) / 127.0).max(MIN_SCALE);
                Self { scale, zero_point: 0, integers }
            }
        }
    }

    /// The integer nearest to `value`, ties to even as ONNX's QuantizeLinear rounds.
    pub fn quantise(&self, value: f32) -> i32 {
        let (least, most) = self.integers.limits();
        // In f32 first: the sum may be far outside of i32.
        let integer = (value / self.scale).round_ties_even() + self.zero_point as f32;
        integer.clamp(least as f32, most as f32) as i32
    }

    /// What is left of `value`.
    pub fn round_trip(&self, value: f32) -> f32 {
        (self.quantise(value) - self.zero_point) as f32 * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_and_zero_survive() {
        for (low, high) in [(0.0, 6.0), (-2.5, 4.0), (-3.0, -1.0), (0.5, 2.0)] {
            for integers in [Integers::Unsigned, Integers::Signed, Integers::Symmetric] {
                let affine = Affine::covering(low, high, integers);
                assert_eq!(affine.round_trip(0.0), 0.0, "padding is exact");
                for value in [low, high] {
                    let error = (affine.round_trip(value) - value).abs();
                    assert!(error <= affine.scale * 0.51, "{value} in {affine:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn what_lies_outside_saturates() {
        let affine = Affine::covering(-1.0, 1.0, Integers::Symmetric);
        assert_eq!([1e9, -1e9, f32::INFINITY].map(|v| affine.quantise(v)), [127, -127, 127]);
        let constant = Affine::covering(0.0, 0.0, Integers::Unsigned);
        assert_eq!(constant.round_trip(0.0), 0.0);
    }
}

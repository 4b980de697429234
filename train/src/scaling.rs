//! Dynamic loss scaling for f16.

use serde::{Deserialize, Serialize};

/// Keeps the gradients of an f16 backbone inside f16's range (6e-8 to 65,504): the loss is multiplied by a scale
/// before the backward pass and the gradients divided by it after. A step whose gradients are not finite is left out
/// and halves the scale; so many good steps in a row double it (Micikevicius et al., Mixed Precision Training, ICLR
/// 2018, section 3.2; PyTorch's `GradScaler`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossScaler {
    /// What the loss is multiplied by.
    scale: f32,
    /// Good steps since the scale last changed.
    good: usize,
}

/// What a step with gradients that are not finite means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The scale was too large: the step is left out.
    Skip,
    /// There is no scale left to blame.
    NotTheScale,
}

impl LossScaler {
    /// Starts at `scale`, at least 1.
    pub fn new(scale: f32) -> Self {
        Self { scale: scale.max(1.0), good: 0 }
    }

    /// What the loss is multiplied by.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// A step was made; `every` good ones in a row double the scale.
    pub fn good_step(&mut self, every: usize) {
        self.good += 1;
        if self.good >= every {
            // A larger scale than f32 holds would make every later loss infinite.
            self.scale = if self.scale < f32::MAX / 2.0 { self.scale * 2.0 } else { self.scale };
            self.good = 0;
        }
    }

    /// Loss or gradients were not finite.
    pub fn overflow(&mut self) -> Overflow {
        if self.scale <= 1.0 {
            return Overflow::NotTheScale;
        }
        self.scale = (self.scale / 2.0).max(1.0);
        self.good = 0;
        Overflow::Skip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_steps_double_and_an_overflow_halves() {
        let mut scaler = LossScaler::new(8.0);
        let mut scales = Vec::new();
        for overflow in [false, false, false, true, false, false, true, false, false, false] {
            if overflow {
                assert_eq!(scaler.overflow(), Overflow::Skip);
            } else {
                scaler.good_step(3);
            }
            scales.push(scaler.scale());
        }
        assert_eq!(scales, [8.0, 8.0, 16.0, 8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 8.0]);
    }

    #[test]
    fn without_a_scale_to_blame_it_is_the_training() {
        let mut scaler = LossScaler::new(3.0);
        assert_eq!([(); 3].map(|()| scaler.overflow()), [Overflow::Skip, Overflow::Skip, Overflow::NotTheScale]);
        assert_eq!(scaler.scale(), 1.0);
    }

    #[test]
    fn the_scale_stays_finite() {
        let mut scaler = LossScaler::new(1.0);
        (0..1000).for_each(|_| scaler.good_step(1));
        assert!(scaler.scale().is_finite());
    }

    #[test]
    fn it_goes_on_from_its_stored_state() {
        let mut scaler = LossScaler::new(4.0);
        scaler.good_step(2);
        let mut again: LossScaler = serde_json::from_str(&serde_json::to_string(&scaler).unwrap()).unwrap();
        again.good_step(2);
        assert_eq!(again.scale(), 8.0);
    }
}

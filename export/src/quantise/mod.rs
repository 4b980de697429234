//! 8-bit quantisation after training: calibrate on training pictures, equalise, quantise, correct.

pub mod affine;
pub mod bias_correction;
mod calibration;
pub mod emulation;
mod equalise;
mod histogram;
pub mod observer;
pub mod plan;
mod ranges;
mod recipe;
pub mod sensitivity;
mod weights;

#[cfg(test)]
pub(crate) use calibration::tests::pictures as calibration_tests_pictures;
pub use calibration::{CalibrationError, Pictures};
pub use observer::Observer;
pub use recipe::{Progress, Quantised, Recipe, quantise};

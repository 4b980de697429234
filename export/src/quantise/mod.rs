//! 8-bit quantisation after training: calibrate on training pictures, equalise, quantise, correct.

pub mod affine;
pub mod bias_correction;
pub(crate) mod calibration;
pub mod emulation;
mod equalise;
mod histogram;
pub mod observer;
pub mod plan;
mod ranges;
mod recipe;
pub mod sensitivity;
mod weights;

pub use calibration::{CalibrationError, Pictures};
pub use observer::Observer;
pub use recipe::{Calibrated, Progress, Quantised, Recipe};

//! What a picture from outside may cost.

use dnc_edge::live::IntakeLimits;

/// What a picture may cost.
#[derive(Debug, clap::Args)]
pub struct IntakeArgs {
    /// Longest picture file, bytes.
    #[arg(long, value_name = "BYTES", default_value_t = IntakeLimits::default().max_bytes)]
    max_bytes: usize,
    /// Most pixels of a picture, width times height.
    #[arg(long, value_name = "N", default_value_t = IntakeLimits::default().max_pixels)]
    max_pixels: u64,
}

impl IntakeArgs {
    /// What was asked for.
    pub fn limits(&self) -> IntakeLimits {
        IntakeLimits { max_bytes: self.max_bytes, max_pixels: self.max_pixels }
    }
}

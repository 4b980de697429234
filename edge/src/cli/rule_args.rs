//! What every command that answers who somebody is may be asked about how it decides.

use std::path::PathBuf;

use dnc_edge::calibration::Calibration;
use dnc_edge::live::RuleSource;

/// How the answer is decided.
#[derive(Debug, clap::Args)]
pub struct RuleArgs {
    /// Share of strangers that may be taken for somebody, in place of the bundle's balanced rule: takes the threshold
    /// measured for it at the gallery's size. `dnc-edge info` lists the rates that the bundle supports.
    #[arg(long, value_name = "RATE", conflicts_with_all = ["threshold", "margin"])]
    fpir: Option<f64>,
    /// Thresholds measured on this site by `dnc-edge calibrate --out`, in place of the bundle's; goes with --fpir.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["threshold", "margin"])]
    calibration: Option<PathBuf>,
    /// Similarity at which an identity is accepted, in place of the bundle's.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Lead over the runner-up that is needed, in similarity, in place of the bundle's.
    #[arg(long, value_name = "S")]
    margin: Option<f32>,
}

impl RuleArgs {
    /// Where the thresholds come from; a calibration's file is read.
    pub fn source(&self) -> anyhow::Result<RuleSource> {
        let read = |path: &PathBuf| Calibration::read(path).map(|c| (path.clone(), c));
        let calibration = self.calibration.as_ref().map(read).transpose()?;
        Ok(RuleSource { fpir: self.fpir, calibration, threshold: self.threshold, margin: self.margin })
    }
}

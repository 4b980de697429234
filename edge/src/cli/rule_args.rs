//! What every command that answers who somebody is may be asked about how it decides.

use dnc_core::scan::Scan;
use dnc_edge::live::RuleSource;

/// How the gallery is searched and the answer decided.
#[derive(Debug, clap::Args)]
pub struct RuleArgs {
    /// Share of strangers that may be taken for somebody, in place of the bundle's balanced rule: takes the threshold
    /// measured for it at the gallery's size. `dnc-edge info` lists the rates that the bundle supports.
    #[arg(long, value_name = "RATE", conflicts_with_all = ["threshold", "margin"])]
    fpir: Option<f64>,
    /// Similarity at which an identity is accepted, in place of the bundle's.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Lead over the runner-up that is needed, in similarity, in place of the bundle's.
    #[arg(long, value_name = "S")]
    margin: Option<f32>,
    /// How the gallery is read: f32 is exact; int8 takes about a third of the time from 100,000 views on, and finds the
    /// same but for fewer than one in a hundred of ten.
    #[arg(long, value_enum, default_value_t)]
    scan: ScanArg,
}

/// [`Scan`] on the command line.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum ScanArg {
    /// Every view in f32.
    #[default]
    F32,
    /// Every view as an int8 code, the best again in f32.
    Int8,
}

impl RuleArgs {
    /// Where the thresholds come from.
    pub fn source(&self) -> RuleSource {
        RuleSource { fpir: self.fpir, threshold: self.threshold, margin: self.margin }
    }

    /// How the gallery is read.
    pub fn scan(&self) -> Scan {
        match self.scan {
            ScanArg::F32 => Scan::F32,
            ScanArg::Int8 => Scan::Int8,
        }
    }
}

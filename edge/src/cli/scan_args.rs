//! How a command searches the gallery.

use dnc_core::scan::Scan;

/// How the gallery is searched.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
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

impl ScanArgs {
    /// What was asked for.
    pub fn scan(&self) -> Scan {
        match self.scan {
            ScanArg::F32 => Scan::F32,
            ScanArg::Int8 => Scan::Int8,
        }
    }
}

//! How a command searches the gallery.

use dnc_core::scan::Scan;
use dnc_edge::GalleryError;
use dnc_edge::gallery::Search;

/// How the gallery is searched.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// How the gallery is read: f32 is exact; int8 takes about half of the time from 100,000 views on, and finds the
    /// same but for fewer than one in a hundred of ten; hnsw walks an index (where it is built in), for galleries above a
    /// million views that change rarely.
    #[arg(long, value_enum, default_value_t)]
    scan: ScanArg,
}

/// [`Search`] on the command line.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub enum ScanArg {
    /// Every view in f32.
    #[default]
    F32,
    /// Every view as an int8 code, the best again in f32.
    Int8,
    /// Those that an approximate index leads to, again in f32.
    Hnsw,
}

impl ScanArgs {
    /// What was asked for.
    ///
    /// # Errors
    /// Where this build cannot search so.
    pub fn search(&self) -> Result<Search, GalleryError> {
        let search = Search::from(self.scan);
        search.check().map(|()| search)
    }
}

impl From<ScanArg> for Search {
    fn from(scan: ScanArg) -> Self {
        match scan {
            ScanArg::F32 => Scan::F32.into(),
            ScanArg::Int8 => Scan::Int8.into(),
            ScanArg::Hnsw => Self::Hnsw,
        }
    }
}

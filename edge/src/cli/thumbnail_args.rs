//! Whether small pictures are kept beside the embeddings.

use dnc_core::preprocess::Preprocess;
use dnc_edge::thumbnail::{MAX_SIDE, side_for};

/// What is kept of the pictures themselves.
#[derive(Debug, clap::Args)]
pub struct ThumbnailArgs {
    /// Keep a small JPEG of each picture, from which `dnc-edge gallery re-embed` makes a gallery for another model; its
    /// shorter side is SIDE px, or what this model needs where that is more.
    #[arg(long, value_name = "SIDE", num_args = 0..=1, require_equals = true, default_missing_value = "0",
          value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_SIDE)))]
    keep_thumbnails: Option<u32>,
}

impl ThumbnailArgs {
    /// The shorter side, px, of what is kept for a model of this preprocessing.
    pub fn side(&self, preprocess: &Preprocess) -> Option<u32> {
        self.keep_thumbnails.map(|asked| side_for(preprocess, asked))
    }
}

//! What can go wrong while rendering.

use std::io;
use std::path::PathBuf;

/// Why pictures could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A configuration value outside its range.
    #[error("{name} = {value}, but must lie in {low}..={high}: change it and render again")]
    OutOfRange {
        /// The field of [`super::RenderConfig`], or the product of fields.
        name: &'static str,
        /// What it was.
        value: usize,
        /// Smallest allowed value.
        low: usize,
        /// Largest allowed value.
        high: usize,
    },
    /// The output folder holds pictures that another configuration, or something else, put there.
    #[error(
        "{} already holds pictures that this configuration did not make: choose an empty folder, or delete it first",
        .folder.display()
    )]
    Occupied {
        /// The output folder.
        folder: PathBuf,
    },
    /// A file or folder could not be read, made or written (a full disk ends here).
    #[error("{}: {source}: check free space and permissions, then run again; finished pictures are rewritten alike", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

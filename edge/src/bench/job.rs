//! What one process measures.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::live::Region;
use crate::runtime::{Engine, RuntimeOptions};
use crate::words::counted;

/// One configuration, and how long it is measured. Handed to the measuring process as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The bundle.
    pub bundle: PathBuf,
    /// Library and variant.
    pub runtime: RuntimeOptions,
    /// Picture files; the built-in ones where there is none.
    pub pictures: Vec<PathBuf>,
    /// The box that is cut out of each picture; the whole picture where there is none.
    pub region: Option<Region>,
    /// The gallery's file, where it is not made up.
    pub gallery: Option<PathBuf>,
    /// Identities, of one view each, of the made-up gallery.
    pub gallery_size: usize,
    /// Whether the gallery is read as int8 codes first.
    pub int8_search: bool,
    /// Workers, each with pictures of its own.
    pub threads: usize,
    /// Pictures of one run of the model.
    pub batch: usize,
    /// Batches of each worker before the clock counts.
    pub warm_up: usize,
    /// Batches of each worker that are measured.
    pub runs: usize,
}

impl Job {
    /// Variant, library, threads and batch, for a message.
    pub fn name(&self) -> String {
        let variant = self.runtime.variant.as_deref().unwrap_or("the first variant");
        let library = self.runtime.engine.map_or("the bundle's library", Engine::name);
        format!("{variant} with {library}, {}, batch {}", counted(self.threads, "thread"), self.batch)
    }
}

//! What one process measures.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::live::Region;
use crate::runtime::{Engine, OrtOptions, Provider, RuntimeOptions};

/// One configuration, and how long it is measured. Handed to the measuring process as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The bundle.
    pub bundle: PathBuf,
    /// File of the variant.
    pub variant: String,
    /// Library: `tract` or `ort`.
    pub library: Library,
    /// ONNX Runtime's library file.
    pub ort_library: Option<PathBuf>,
    /// Execution providers of ONNX Runtime, the most wanted first: `tensorrt`, `cuda`, `cpu`.
    pub providers: Vec<String>,
    /// Folder in which TensorRT keeps its engines.
    pub engine_cache: Option<PathBuf>,
    /// Whether TensorRT may compute in 16-bit floats.
    pub fp16: bool,
    /// Whether TensorRT may compute in 8-bit integers.
    pub int8: bool,
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

/// [`Engine`] by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Library {
    /// tract.
    Tract,
    /// ONNX Runtime.
    Ort,
}

impl From<Engine> for Library {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Tract => Self::Tract,
            Engine::Ort => Self::Ort,
        }
    }
}

impl Library {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tract => "tract",
            Self::Ort => "ort",
        }
    }
}

impl Job {
    /// How the model is opened.
    pub fn options(&self) -> RuntimeOptions {
        let known = [Provider::Tensorrt, Provider::Cuda, Provider::Cpu];
        let providers = self.providers.iter().filter_map(|name| known.into_iter().find(|p| p.name() == name)).collect();
        RuntimeOptions {
            engine: Some(match self.library {
                Library::Tract => Engine::Tract,
                Library::Ort => Engine::Ort,
            }),
            variant: Some(self.variant.clone()),
            ort: OrtOptions {
                library: self.ort_library.clone(),
                threads: 1,
                providers,
                engine_cache: self.engine_cache.clone(),
                fp16: self.fp16,
                int8: self.int8,
            },
        }
    }
}

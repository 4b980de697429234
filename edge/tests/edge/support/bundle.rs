//! Bundles of the tiny network.

use std::io::Write;
use std::path::{Path, PathBuf};

use dnc_core::EmbeddingLayout;
use dnc_core::decision::DecisionRule;
use dnc_core::manifest::{
    DecisionFacts, FORMAT, InputSpec, Manifest, OutputSpec, Precision, Target, TrainingFacts, Variant, Verification,
    sha256_hex, space_id,
};
use dnc_core::open_set::OpenSetRates;
use dnc_core::preprocess::Preprocess;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::onnx::{DIM, LEARNERS, Network, SIZE};

/// File of the one variant.
pub const MODEL: &str = "model.f32.onnx";

/// Manifest and model file of a network, before they are written: a test changes what it likes.
pub struct Parts {
    pub manifest: Manifest,
    pub onnx: Vec<u8>,
}

/// The parts of a sound bundle with thresholds measured for ten identities of two views.
pub fn parts(seed: u64) -> Parts {
    let preprocess = Preprocess { resize_shorter: SIZE as u32, ..Preprocess::imagenet(SIZE as u32) };
    let layout = EmbeddingLayout::new(DIM, LEARNERS).unwrap();
    let space_id = space_id(&format!("weights {seed}"), &preprocess, &layout);
    let onnx = Network::new(seed).onnx(Some(&space_id));
    let rates = OpenSetRates { known: 10, strangers: 10, known_accept_rate: 1.0, stranger_reject_rate: 1.0 };
    let decision = DecisionFacts {
        rule: DecisionRule { threshold: 0.98, margin: 0.001 },
        rates,
        gallery_identities: 10,
        views_per_identity: 2,
        set: "made for the tests".into(),
        by_gallery: Vec::new(),
    };
    let variant = Variant {
        targets: vec![Target::Tract],
        precision: Precision::F32,
        file: MODEL.into(),
        sha256: sha256_hex(&onnx),
        bytes: onnx.len() as u64,
        opset: None,
        calibration: None,
        verification: Verification { runtime: "tract".into(), pictures: 1, min_cosine: 1.0, mean_cosine: None },
        accuracy: None,
        against_f32: None,
        decision: Some(decision),
    };
    let manifest = Manifest {
        format: FORMAT,
        space_id,
        input: InputSpec { name: "picture".into(), shape: [3, SIZE, SIZE], batch: None, preprocess },
        output: OutputSpec { name: "embedding".into(), dim: DIM, learners: LEARNERS, features: None },
        variants: vec![variant],
        training: TrainingFacts {
            set: "none".into(),
            backbone: "one convolution".into(),
            learners: LEARNERS,
            epochs: 0,
            seed,
            tool: "dnc-edge tests".into(),
        },
    };
    Parts { manifest, onnx }
}

impl Parts {
    /// For both runtimes, in the place of tract alone.
    pub fn for_both(mut self) -> Self {
        self.manifest.variants[0].targets = vec![Target::Tract, Target::Ort];
        self
    }

    /// Puts other bytes in the place of the model and sets length and hash to fit.
    pub fn with_model(mut self, onnx: Vec<u8>) -> Self {
        self.manifest.variants[0].bytes = onnx.len() as u64;
        self.manifest.variants[0].sha256 = sha256_hex(&onnx);
        self.onnx = onnx;
        self
    }

    /// Writes a folder.
    pub fn folder(&self, dir: &Path) -> PathBuf {
        std::fs::create_dir_all(dir).unwrap();
        std::fs::write(dir.join("manifest.json"), self.manifest.to_json()).unwrap();
        std::fs::write(dir.join(MODEL), &self.onnx).unwrap();
        dir.to_owned()
    }

    /// Writes a `.dnc` file.
    pub fn packed(&self, file: &Path) -> PathBuf {
        let mut zip = ZipWriter::new(std::fs::File::create(file).unwrap());
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, bytes) in [("manifest.json", self.manifest.to_json().as_bytes()), (MODEL, &self.onnx)] {
            zip.start_file(name, stored).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        file.to_owned()
    }
}

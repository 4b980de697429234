//! The manifest, but for what is measured.

use dnc_core::manifest::{
    FORMAT, FeaturesSpec, InputSpec, Manifest, OutputSpec, Target, TrainingFacts, Variant, Verification, sha256_hex,
    space_id,
};
use dnc_datasets::Dataset;
use dnc_edge::embedder::SPACE_ID_KEY;
use dnc_train::checkpoint::Run;
use dnc_train::config::Config;

use crate::folded::FoldedNetwork;
use crate::onnx::{FEATURES_NAME, INPUT_NAME, OUTPUT_NAME};
use crate::request::Request;
use crate::shipped::Shipped;

/// Where the facts come from.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its settings.
    pub config: &'a Config,
    /// Its pictures.
    pub dataset: &'a Dataset,
    /// The network that is shipped.
    pub network: &'a FoldedNetwork,
    /// What was asked for.
    pub request: &'a Request,
}

/// The manifest without variants.
///
/// # Errors
/// Where the run's state or weights cannot be read.
pub fn describe(facts: Facts<'_>) -> anyhow::Result<Manifest> {
    let Facts { run, config, dataset, network, request } = facts;
    let (state, _) = run.state()?;
    let layout = network.head.layout;
    let preprocess = config.preprocess();
    let size = config.size as usize;
    let features = request.features.then(|| FeaturesSpec { name: FEATURES_NAME.into(), dim: network.graph.features });
    Ok(Manifest {
        format: FORMAT,
        space_id: space_id(&run.weights_sha256()?, &preprocess, &layout),
        input: InputSpec { name: INPUT_NAME.into(), shape: [3, size, size], preprocess, batch: request.batch },
        output: OutputSpec { name: OUTPUT_NAME.into(), dim: layout.dim(), learners: layout.learners(), features },
        variants: Vec::new(),
        training: TrainingFacts {
            set: dataset.name.clone(),
            backbone: network.graph.name.clone(),
            learners: config.learners,
            epochs: state.epochs,
            seed: config.seed,
            tool: state.tool,
        },
    })
}

/// A variant's entry, not measured yet; for ONNX Runtime only where it is verified with it.
pub fn variant(shipped: &Shipped, ort_is_there: bool, opset: i64) -> Variant {
    let mut targets = shipped.kind.targets();
    targets.retain(|target| *target != Target::Ort || ort_is_there);
    Variant {
        targets,
        precision: shipped.kind.precision(),
        file: shipped.kind.file(),
        sha256: sha256_hex(&shipped.onnx),
        bytes: shipped.onnx.len() as u64,
        opset: Some(opset),
        verification: Verification { runtime: String::new(), pictures: 0, min_cosine: 0.0, mean_cosine: None },
        accuracy: None,
        calibration: shipped.calibration.clone(),
        against_f32: shipped.against_f32.clone(),
        decision: None,
    }
}

/// A model file names its space, its preprocessing and its slices, and nothing else. Slices are told by K
/// alone: their widths follow from it and d.
///
/// # Errors
/// Never, as the preprocessing is numbers and names.
pub fn metadata(manifest: &Manifest) -> anyhow::Result<[(&'static str, String); 3]> {
    let preprocess = serde_json::to_string(&manifest.input.preprocess)?;
    let slices = manifest.output.learners.to_string();
    Ok([(SPACE_ID_KEY, manifest.space_id.clone()), ("preprocess", preprocess), ("slices", slices)])
}

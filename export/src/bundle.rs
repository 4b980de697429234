//! From a run to a bundle folder: written aside, verified, and only then given its name.

use std::path::{Path, PathBuf};

use anyhow::Context;
use burn_flex::{Flex, FlexDevice};
use dnc_core::manifest::{
    Accuracy, DecisionFacts, FORMAT, InputSpec, MANIFEST_FILE, Manifest, OutputSpec, Precision, Target, TrainingFacts,
    Variant, Verification, sha256_hex, space_id,
};
use dnc_core::metrics::{Labelled, leave_one_out};
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample, pictures, validation};
use dnc_edge::embedder::SPACE_ID_KEY;
use dnc_edge::{Bundle, Embedder};
use dnc_train::checkpoint::{Run, Which};
use dnc_train::config::Config;
use dnc_train::embed::{Vector, embed_samples};
use dnc_train::evaluate::trained_network;
use dnc_train::network::Network;
use dnc_train::trainer::RECALL_AT;
use prost::Message;

use crate::folded::FoldedNetwork;
use crate::onnx::{Form, INPUT_NAME, OUTPUT_NAME, model};
use crate::place::{only_a_bundle, put_in_place, temporary};
use crate::thresholds::{Draws, measure_by_gallery, measure_rule};
use crate::verify::compare;

/// File of the f32 variant.
const F32_FILE: &str = "model.f32.onnx";

/// What an export is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Folder of the run.
    pub run: PathBuf,
    /// Which of its checkpoints.
    pub checkpoint: Which,
    /// Folder, or `.dnc` file, that the bundle becomes.
    pub out: PathBuf,
    /// Pictures, where they are not where the run found them.
    pub data: Option<PathBuf>,
    /// Replace a bundle that is there.
    pub force: bool,
    /// Pictures compared with the training network.
    pub verify_pictures: usize,
    /// How the decision thresholds are measured.
    pub draws: Draws,
}

/// What an export gave.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The manifest written.
    pub manifest: Manifest,
    /// Notes for the user.
    pub notes: Vec<String>,
}

/// Exports a run. `progress` is told of each picture embedded by the device's runtime, and of how many there
/// will be.
///
/// # Errors
/// Where the run is incomplete, its pictures cannot be read, the device's runtime disagrees with the training
/// network, or the bundle cannot be written; an existing bundle is left as it is then.
pub fn export(request: &Request, progress: &(dyn Fn(usize, usize) + Sync)) -> anyhow::Result<Exported> {
    if request.out.exists() {
        let force = request.force;
        anyhow::ensure!(force, "{} exists; give another --out, or --force to replace it", request.out.display());
        only_a_bundle(&request.out)?;
    }
    let run = Run::at(&request.run).choosing(request.checkpoint);
    let mut config = run.config()?;
    if let Some(data) = &request.data {
        config.data.clone_from(data);
    }
    // A GPU is not needed to write a file, and the comparison is with the CPU's arithmetic.
    let device = FlexDevice;
    let network = trained_network::<Flex>(&run, &config, &device)?;
    let dataset = dnc_datasets::open(&config.data, config.test_size)
        .context("an export is verified on the run's pictures; where they moved, give --data PATH")?;
    let split = validation::split(&dataset, config.validation_share, config.seed);
    let mut notes = Vec::new();
    if split.validation.is_empty() {
        notes.push("the run held out no validation identities: no accuracy and no decision threshold".to_owned());
    }
    // Validation pictures first; training pictures fill up. Test pictures never.
    let checked: Vec<&Sample> = split.validation.iter().chain(&split.train).copied().collect();
    let checked = &checked[..checked.len().min(request.verify_pictures.max(split.validation.len()))];

    let mut manifest = describe(&run, &config, &dataset, &network)?;
    let folded = FoldedNetwork::of(&network);
    let onnx = model(&folded, Form::plain(config.size), &metadata(&manifest)?).encode_to_vec();
    let variant = &mut manifest.variants[0];
    (variant.sha256, variant.bytes) = (sha256_hex(&onnx), onnx.len() as u64);

    let parent = request.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let aside = temporary(0o777).tempdir_in(parent).with_context(|| format!("cannot write to {}", parent.display()))?;
    write(aside.path(), &manifest, &onnx)?;

    let (trained, samples, broken) =
        embed_samples(&network, checked, &config.preprocess(), Vector::Embedding, &device, |_| ());
    let skipped = pictures::refuse_broken(broken, checked.len(), config.skip_broken)?;
    if skipped > 0 {
        notes.push(format!("{skipped} broken pictures were left out"));
    }
    let on_device = embed_on_device(aside.path(), &samples, progress)?;
    let dim = network.layout().dim();
    let runtime = on_device.runtime.as_str();
    manifest.variants[0].verification =
        compare(&trained, &on_device.rows, dim, runtime, |i| samples[i].path.display().to_string())?;
    add_measurements(&mut manifest, &split.validation, &samples, &on_device.rows, request.draws, &dataset, &mut notes);
    write(aside.path(), &manifest, &onnx)?;
    // The reader's own checks, on the very files that will be shipped.
    Bundle::open(aside.path())?;
    put_in_place(aside, &request.out)?;
    Ok(Exported { manifest, notes })
}

fn describe(run: &Run, config: &Config, dataset: &Dataset, network: &Network<Flex>) -> anyhow::Result<Manifest> {
    let (state, _) = run.state()?;
    let layout = network.layout();
    let preprocess = config.preprocess();
    let size = config.size as usize;
    Ok(Manifest {
        format: FORMAT,
        space_id: space_id(&run.weights_sha256()?, &preprocess, &layout),
        input: InputSpec { name: INPUT_NAME.into(), shape: [3, size, size], batch: None, preprocess },
        output: OutputSpec { name: OUTPUT_NAME.into(), dim: layout.dim(), learners: layout.learners(), features: None },
        variants: vec![Variant {
            targets: vec![Target::Tract],
            precision: Precision::F32,
            file: F32_FILE.into(),
            sha256: String::new(),
            bytes: 0,
            opset: None,
            calibration: None,
            verification: Verification { runtime: String::new(), pictures: 0, min_cosine: 0.0, mean_cosine: None },
            accuracy: None,
            against_f32: None,
            decision: None,
        }],
        training: TrainingFacts {
            set: dataset.name.clone(),
            backbone: network.graph().name.clone(),
            learners: config.learners,
            epochs: state.epochs,
            seed: config.seed,
            tool: state.tool,
        },
    })
}

/// A model file names its space, its preprocessing and its slices, and nothing else. Slices are told by K
/// alone: their widths follow from it and d.
fn metadata(manifest: &Manifest) -> anyhow::Result<[(&'static str, String); 3]> {
    let preprocess = serde_json::to_string(&manifest.input.preprocess)?;
    let slices = manifest.output.learners.to_string();
    Ok([(SPACE_ID_KEY, manifest.space_id.clone()), ("preprocess", preprocess), ("slices", slices)])
}

fn write(folder: &Path, manifest: &Manifest, onnx: &[u8]) -> anyhow::Result<()> {
    for (name, bytes) in [(F32_FILE, onnx), (MANIFEST_FILE, manifest.to_json().as_bytes())] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| {
            format!("cannot write {}; no bundle was written: make room, or give another --out", path.display())
        })?;
    }
    Ok(())
}

struct OnDevice {
    rows: Vec<f32>,
    runtime: String,
}

/// Embeddings by the device's own code: its bundle reader, its decoder, its preprocessing, its runtime.
fn embed_on_device(
    bundle: &Path,
    samples: &[&Sample],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> anyhow::Result<OnDevice> {
    let mut embedder = Embedder::new(&Bundle::open(bundle)?)?;
    let mut rows = Vec::new();
    for (i, sample) in samples.iter().enumerate() {
        rows.extend(embedder.embed_picture(&dnc_core::picture::read(&sample.path)?)?);
        progress(i + 1, samples.len());
    }
    Ok(OnDevice { rows, runtime: embedder.runtime().to_owned() })
}

fn add_measurements(
    manifest: &mut Manifest,
    validation: &[&Sample],
    samples: &[&Sample],
    rows: &[f32],
    draws: Draws,
    dataset: &Dataset,
    notes: &mut Vec<String>,
) {
    let dim = manifest.output.dim;
    let held_out: std::collections::HashSet<u32> = validation.iter().map(|s| s.identity).collect();
    let (mut kept, mut kept_rows) = (Vec::new(), Vec::new());
    for (sample, row) in samples.iter().zip(rows.chunks_exact(dim)) {
        if held_out.contains(&sample.identity) {
            kept.push(*sample);
            kept_rows.extend_from_slice(row);
        }
    }
    if kept.is_empty() {
        return;
    }
    let set = format!("{}, validation part ({} identities)", dataset.name, held_out.len());
    let labels: Vec<u32> = kept.iter().map(|s| s.identity).collect();
    let scores = leave_one_out(Labelled::new(&kept_rows, dim, &labels), &RECALL_AT);
    let variant = &mut manifest.variants[0];
    variant.accuracy = Some(Accuracy {
        set: set.clone(),
        protocol: Protocol::LeaveOneOut.name().into(),
        queries: scores.queries,
        recall: scores.recall,
        map: scores.map,
    });
    match measure_rule(Labelled::new(&kept_rows, dim, &labels), manifest.output.learners, draws) {
        Some(m) => {
            let table =
                measure_by_gallery(Labelled::new(&kept_rows, dim, &labels), manifest.output.learners, draws);
            notes.extend(table.note());
            variant.decision = Some(DecisionFacts {
                rule: m.rule,
                rates: m.rates,
                gallery_identities: m.gallery_identities,
                views_per_identity: m.views_per_identity,
                set,
                by_gallery: table.rows,
            });
        }
        None => notes.push(format!(
            "{} validation identities are too few for a decision threshold (four with two views are needed); train with a \
             larger validation_share, or give dnc-edge --threshold and --margin",
            held_out.len()
        )),
    }
}

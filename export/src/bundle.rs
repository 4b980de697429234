//! From a run to a bundle folder: written aside, verified, gated, and only then given its name.

use std::path::Path;

use anyhow::Context;
use burn_flex::{Flex, FlexDevice};
use dnc_core::manifest::{MANIFEST_FILE, Target};
use dnc_datasets::{Sample, pictures, validation};
use dnc_edge::Bundle;
use dnc_edge::runtime::{Engine, library};
use dnc_train::checkpoint::Run;
use dnc_train::embed::{Vector, embed_samples};
use dnc_train::evaluate::trained_network;
use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::ChaCha8Rng};

use crate::describe::{Facts, describe, metadata, variant};
use crate::folded::FoldedNetwork;
use crate::gate::FEWEST_QUERIES;
use crate::kind::Kind;
use crate::measure::{HeldOut, measure};
use crate::on_device::embed_on_device;
use crate::onnx::{Form, Numbers};
use crate::place::{only_a_bundle, put_in_place, temporary};
use crate::quantise::Pictures;
use crate::report::{self, VariantReport};
pub use crate::request::{Exported, Request};
use crate::runner::{Runner, reader};
use crate::shipped::{Shipment, Shipped};
use crate::verify::{MIN_COSINE, MIN_COSINE_F16, compare};

/// Exports a run. `progress` is told what is done, how far it is, and how far it goes.
///
/// # Errors
/// Where the run is incomplete, its pictures cannot be read, the device's runtime disagrees with the training
/// network, a variant loses more than the gate allows, or the bundle cannot be written; an existing bundle is left as
/// it is then, and the gate's report is written all the same.
pub fn export(request: &Request, progress: &(dyn Fn(&str, usize, usize) + Sync)) -> anyhow::Result<Exported> {
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
    let folded = FoldedNetwork::of(&network);
    let folded = match request.learners {
        Some(learners) => folded.keep_learners(learners)?,
        None => folded,
    };
    let dim = folded.head.layout.dim();
    let dataset = dnc_datasets::open(&config.data, config.test_size)
        .context("an export is verified on the run's pictures; where they moved, give --data PATH")?;
    let split = validation::split(&dataset, config.validation_share, config.seed);
    run.check_held_out(&dataset, &split.validation)?;
    let mut notes = Vec::new();
    if split.validation.is_empty() {
        notes.push(
            "the run held out no validation identities: no accuracy, no gate and no decision threshold".to_owned(),
        );
    }
    let enough = request.allow_small || split.validation.len() >= FEWEST_QUERIES;
    anyhow::ensure!(
        request.variants.is_empty() || enough,
        "the gate would judge by {} validation queries and needs {FEWEST_QUERIES}: with fewer, half a point of recall@1 \
         cannot be told; train with a larger validation_share, or say --allow-small",
        split.validation.len()
    );
    // Validation pictures first; training pictures fill up. Test pictures never.
    let checked: Vec<&Sample> = split.validation.iter().chain(&split.train).copied().collect();
    let checked = &checked[..checked.len().min(request.verify_pictures.max(split.validation.len()))];
    let (trained, samples, broken) =
        embed_samples(&network, checked, &config.preprocess(), Vector::Embedding, &device, |_| ());
    let skipped = pictures::refuse_broken(broken, checked.len(), config.skip_broken)?;
    if skipped > 0 {
        notes.push(format!("{skipped} broken pictures were left out"));
    }
    // The learners that are kept are the first values of the whole embedding.
    let trained: Vec<f32> = trained.chunks_exact(network.layout().dim()).flat_map(|row| &row[..dim]).copied().collect();
    let held_out = HeldOut::of(&split.validation, &samples, &dataset);

    let preprocess = config.preprocess();
    let drawn = calibration_samples(&split.train, request.calibration);
    let (read_drawn, read_held) = (reader(&drawn, &preprocess), reader(&held_out.samples, &preprocess));
    let facts = Facts { run: &run, config: &config, dataset: &dataset, network: &folded, request };
    let mut manifest = describe(facts)?;
    let (batch, features) = (request.batch, request.features);
    let shipment = Shipment {
        network: &folded,
        form: Form { size: config.size, opset: request.opset, batch, features, numbers: Numbers::F32 },
        metadata: &metadata(&manifest)?,
        runner: Runner { size: config.size, dim, ort: request.ort.clone() },
        calibration: Pictures { len: drawn.len(), read: &read_drawn },
        calibration_set: (format!("{}, training part", dataset.name), request.calibration.1),
        validation: Pictures { len: held_out.samples.len(), read: &read_held },
        labels: &held_out.labels,
        limits: request.limits,
        recipe: request.recipe,
        progress,
    };
    let shipped = shipment.make(&request.variants)?;
    let parent = request.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let gate: Vec<VariantReport> = shipped[1..].iter().map(VariantReport::of).collect();
    if !gate.is_empty() {
        let path = report::write(&request.out, &gate)?;
        notes.push(format!("the gate's report is {}", path.display()));
        let failed: String = gate.iter().filter(|v| !v.passed()).map(VariantReport::text).collect();
        anyhow::ensure!(
            failed.is_empty(),
            "the gate was not passed, no bundle was written:\n{failed}allow more with --max-drop and --min-cosine, leave \
             the variant out, or calibrate on more pictures (--calibration); all figures are in {}",
            path.display()
        );
    }
    // tract runs what is made for it anyway; ONNX Runtime is verified where its library is there.
    let ort_is_there = library::find(request.ort.library.as_deref()).is_some();
    if !ort_is_there && !request.variants.contains(&Kind::Int8Ort) {
        notes.push(
            "ONNX Runtime is not on this machine: the variants were verified with tract alone \
                    (dnc-edge runtime fetch)"
                .to_owned(),
        );
    }
    let aside = temporary(0o777).tempdir_in(parent).with_context(|| format!("cannot write to {}", parent.display()))?;
    manifest.variants = shipped.iter().map(|s| variant(s, ort_is_there, request.opset)).collect();
    for shipped in &shipped {
        write(aside.path(), &shipped.kind.file(), &shipped.onnx)?;
    }
    write(aside.path(), MANIFEST_FILE, manifest.to_json().as_bytes())?;
    let bundle = Bundle::open(aside.path())?;
    for (at, shipped) in shipped.iter().enumerate() {
        for engine in engines(shipped, ort_is_there) {
            let name = shipped.kind.name();
            let told = |done, total| progress(&format!("verify {name}"), done, total);
            let on_device = embed_on_device(&bundle, shipped.kind, engine, &request.ort, &samples, &told)
                .with_context(|| format!("variant {name}"))?;
            let picture = |i: usize| samples[i].path.display().to_string();
            let found =
                compare(&trained, &on_device.rows, dim, &on_device.runtime, least_cosine(shipped.kind), picture)?;
            // The figures are those of the variant's own engine.
            if engine == shipped.kind.engine() {
                let variant = &mut manifest.variants[at];
                variant.verification = found;
                let rows = (on_device.rows.as_slice(), dim, manifest.output.learners);
                measure(variant, &held_out, rows, request.draws, &mut notes);
            }
        }
    }
    write(aside.path(), MANIFEST_FILE, manifest.to_json().as_bytes())?;
    // The reader's own checks, on the very files that will be shipped.
    Bundle::open(aside.path())?;
    put_in_place(aside, &request.out)?;
    Ok(Exported { manifest, gate, notes })
}

/// Cosine to the training network below which a variant is a fault, on any picture. One in integers has its own gate.
fn least_cosine(kind: Kind) -> f64 {
    match kind {
        Kind::F32 => MIN_COSINE,
        Kind::F16 => MIN_COSINE_F16,
        Kind::Int8Ort | Kind::Int8Tensorrt | Kind::Int8Tract => -1.0,
    }
}

/// Libraries that a variant is verified with here.
fn engines(shipped: &Shipped, ort_is_there: bool) -> Vec<Engine> {
    let mut engines = vec![shipped.kind.engine()];
    if ort_is_there && shipped.kind.targets().contains(&Target::Ort) && !engines.contains(&Engine::Ort) {
        engines.push(Engine::Ort);
    }
    engines
}

/// Pictures of the training part, drawn by the seed.
fn calibration_samples<'a>(train: &[&'a Sample], (most, seed): (usize, u64)) -> Vec<&'a Sample> {
    let mut drawn = train.to_vec();
    drawn.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    drawn.truncate(most);
    drawn
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| {
        format!("cannot write {}; no bundle was written: make room, or give another --out", path.display())
    })
}

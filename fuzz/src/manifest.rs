//! The text of a manifest.

use std::collections::BTreeMap;
use std::path::Path;

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::{
    Accuracy, AgainstF32, CalibrationFacts, DecisionFacts, FORMAT, FeaturesSpec, IdentificationThreshold, InputSpec,
    Manifest, OutputSpec, Precision, Target, TrainingFacts, Variant, Verification, sha256_hex,
};
use dnc_core::open_set::OpenSetRates;
use dnc_core::preprocess::Preprocess;

const PATH: &str = "dir/manifest.json";

/// A manifest that is read can be used: its slices can be cut, and written again it says the same. One that is refused
/// is refused by an error that names the file.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    match Manifest::parse(text, Path::new(PATH)) {
        Ok(manifest) => {
            manifest.layout().expect("the slices of a manifest that was read can be cut");
            let again = Manifest::parse(&manifest.to_json(), Path::new(PATH));
            assert_eq!(again.expect("what was read and written is read again"), manifest);
            true
        }
        Err(error) => {
            super::check_words(&error.to_string(), PATH, input);
            false
        }
    }
}

/// A manifest with what it must have, and one with everything that it can have.
pub fn seeds() -> Vec<Vec<u8>> {
    [small(), whole()].map(|manifest| manifest.to_json().into_bytes()).into()
}

/// A manifest with what it must have: one variant of five bytes.
pub fn small() -> Manifest {
    let variant = Variant {
        targets: vec![Target::Tract],
        precision: Precision::F32,
        file: "m.onnx".into(),
        sha256: sha256_hex(b"model"),
        bytes: 5,
        opset: None,
        calibration: None,
        verification: Verification { runtime: "tract".into(), pictures: 1, min_cosine: 1.0, mean_cosine: None },
        accuracy: None,
        against_f32: None,
        decision: None,
    };
    Manifest {
        format: FORMAT,
        space_id: "s".into(),
        input: InputSpec { name: "p".into(), shape: [3, 32, 32], batch: None, preprocess: Preprocess::imagenet(32) },
        output: OutputSpec { name: "e".into(), dim: 8, learners: 2, features: None },
        variants: vec![variant],
        training: TrainingFacts {
            set: "set".into(),
            backbone: "small".into(),
            learners: 2,
            epochs: 1,
            seed: 1,
            tool: "t".into(),
        },
    }
}

fn whole() -> Manifest {
    let mut manifest = small();
    manifest.input.batch = Some(4);
    manifest.output.features = Some(FeaturesSpec { name: "f".into(), dim: 1280 });
    let variant = &mut manifest.variants[0];
    variant.precision = Precision::Int8;
    variant.opset = Some(17);
    variant.calibration = Some(CalibrationFacts {
        set: "set".into(),
        pictures: 512,
        seed: u64::MAX,
        observer: "min-max".into(),
        equalised: true,
        bias_corrected: false,
        float_layers: vec!["embedding".into()],
    });
    variant.verification.min_cosine = 0.99;
    variant.verification.mean_cosine = Some(0.995);
    let recall = BTreeMap::from([(1, 0.7), (4, 0.9)]);
    let (set, protocol) = ("set".to_owned(), "leave-one-out".to_owned());
    variant.accuracy = Some(Accuracy { set: set.clone(), protocol, queries: 1000, recall, map: 0.6 });
    variant.against_f32 = Some(AgainstF32 {
        runtime: "onnxruntime".into(),
        queries: 1000,
        recall_at_1: 0.7,
        f32_recall_at_1: 0.703,
        map: 0.6,
        f32_map: 0.61,
        drop: 100.0 * (0.703 - 0.7),
        interval: [-0.1, 0.7],
        resamples: 10_000,
        seed: 1,
        mean_cosine: 0.997,
        max_drop: 0.5,
        min_cosine: 0.995,
        passed: true,
    });
    let rule = DecisionRule { threshold: 0.5, margin: 0.02 };
    let by_gallery = IdentificationThreshold {
        gallery_identities: 10,
        views_per_identity: 2,
        target: 0.1,
        rule: DecisionRule { margin: 0.0, ..rule },
        fpir: 0.095,
        known_accept_rate: 0.75,
        known_probes: 60,
        stranger_probes: 120,
        draws: 20,
    };
    variant.decision = Some(DecisionFacts {
        rule,
        rates: OpenSetRates { known: 10, strangers: 20, known_accept_rate: 0.8, stranger_reject_rate: 0.9 },
        gallery_identities: 10,
        views_per_identity: 2,
        set,
        by_gallery: vec![by_gallery],
    });
    manifest
}

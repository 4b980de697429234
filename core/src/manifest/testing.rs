//! Manifests of the tests.

// The fuzz targets include this file too: it names this crate as they do.
use std::collections::BTreeMap;

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::{
    Accuracy, AgainstF32, CalibrationFacts, DecisionFacts, FORMAT, FeaturesSpec, IdentificationThreshold, InputSpec,
    Manifest, OutputSpec, Precision, Target, TrainingFacts, Variant, Verification, sha256_hex,
};
use dnc_core::open_set::OpenSetRates;
use dnc_core::preprocess::Preprocess;

/// A small sound manifest: only what format 1.0 has.
pub fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        space_id: "s".into(),
        input: InputSpec {
            name: "picture".into(),
            shape: [3, 32, 32],
            batch: None,
            preprocess: Preprocess::imagenet(32),
        },
        output: OutputSpec { name: "embedding".into(), dim: 8, learners: 2, features: None },
        variants: vec![Variant {
            targets: vec![Target::Tract],
            precision: Precision::F32,
            file: "model.f32.onnx".into(),
            sha256: sha256_hex(b"model"),
            bytes: 5,
            opset: None,
            calibration: None,
            verification: Verification { runtime: "tract".into(), pictures: 1, min_cosine: 1.0, mean_cosine: None },
            accuracy: None,
            against_f32: None,
            decision: None,
        }],
        training: TrainingFacts {
            set: "set".into(),
            backbone: "mobilenet_v2 width 1".into(),
            learners: 2,
            epochs: 1,
            seed: 1,
            tool: "dnc-train 0.1.0".into(),
        },
    }
}

/// A sound manifest in which every optional field is there.
pub fn manifest_with_everything() -> Manifest {
    let mut m = manifest();
    m.input.batch = Some(4);
    m.output.features = Some(FeaturesSpec { name: "features".into(), dim: 1280 });
    let v = &mut m.variants[0];
    v.precision = Precision::Int8;
    v.opset = Some(17);
    v.calibration = Some(CalibrationFacts {
        set: "set, training part".into(),
        pictures: 512,
        seed: u64::MAX,
        observer: "min-max".into(),
        equalised: true,
        bias_corrected: false,
        float_layers: vec!["embedding".into()],
    });
    v.verification.min_cosine = 0.99;
    v.verification.mean_cosine = Some(0.995);
    v.accuracy = Some(Accuracy {
        set: "set".into(),
        protocol: "leave-one-out".into(),
        queries: 1000,
        recall: BTreeMap::from([(1, 0.7), (4, 0.9)]),
        map: 0.6,
    });
    v.against_f32 = Some(AgainstF32 {
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
    v.decision = Some(DecisionFacts {
        rule,
        rates: OpenSetRates { known: 10, strangers: 20, known_accept_rate: 0.8, stranger_reject_rate: 0.9 },
        gallery_identities: 10,
        views_per_identity: 2,
        set: "set".into(),
        by_gallery: vec![IdentificationThreshold {
            gallery_identities: 10,
            views_per_identity: 2,
            target: 0.1,
            rule: DecisionRule { margin: 0.0, ..rule },
            fpir: 0.095,
            known_accept_rate: 0.75,
            known_probes: 60,
            stranger_probes: 120,
            draws: 20,
        }],
    });
    m
}

/// A manifest as dnc-export wrote it when the format was 1.0.
pub const FORMAT_1_0: &str = r#"{
  "format": {
    "major": 1,
    "minor": 0
  },
  "space_id": "54aa0e0081ba020e4dbf0a099580051796be1cddad37accd55078215423a992e",
  "input": {
    "name": "picture",
    "shape": [
      3,
      64,
      64
    ],
    "preprocess": {
      "resize_shorter": 74,
      "size": 64,
      "filter": "bilinear",
      "channel_order": "rgb",
      "mean": [
        0.485,
        0.456,
        0.406
      ],
      "std": [
        0.229,
        0.224,
        0.225
      ]
    }
  },
  "output": {
    "name": "embedding",
    "dim": 128,
    "learners": 4
  },
  "variants": [
    {
      "targets": [
        "tract"
      ],
      "precision": "f32",
      "file": "model.f32.onnx",
      "sha256": "bdce442e5c8012395841cf2e8b217de366ded355883ef241dbedb7172fc958c4",
      "bytes": 9506357,
      "verification": {
        "runtime": "tract",
        "pictures": 160,
        "min_cosine": 0.9999998211860781
      },
      "accuracy": {
        "set": "emoji-dev, validation part (40 identities)",
        "protocol": "leave-one-out",
        "queries": 160,
        "recall": {
          "1": 0.65625,
          "2": 0.76875,
          "4": 0.89375,
          "8": 0.9625
        },
        "map": 0.609917754350674
      },
      "decision": {
        "rule": {
          "threshold": 0.4172482,
          "margin": 0.0
        },
        "rates": {
          "known": 400,
          "strangers": 1600,
          "known_accept_rate": 0.6975,
          "stranger_reject_rate": 0.7275
        },
        "gallery_identities": 20,
        "views_per_identity": 3,
        "set": "emoji-dev, validation part (40 identities)"
      }
    }
  ],
  "training": {
    "set": "emoji-dev",
    "backbone": "mobilenet_v2 width 1",
    "learners": 4,
    "epochs": 20,
    "seed": 1,
    "tool": "dnc-train 0.1.0"
  }
}
"#;

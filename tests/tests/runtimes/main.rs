//! One suite, every runtime: the same pictures through Burn and through every variant of a bundle with every library that
//! runs it, with trained weights, each at a tolerance that has a name.

mod line;
mod tolerance;

use dnc_edge::runtime::Engine;
use dnc_export::kind::Kind;

use line::Line;
use tolerance::{HALF, INTEGERS, SAME, Tolerance};

/// A variant and a library that runs it.
struct Case {
    kind: Kind,
    engine: Engine,
    tolerance: Tolerance,
}

const fn case(kind: Kind, engine: Engine, tolerance: Tolerance) -> Case {
    Case { kind, engine, tolerance }
}

/// Everything that a device may run. TensorRT's form runs with ONNX Runtime in its place.
const SUITE: [Case; 7] = [
    case(Kind::F32, Engine::Tract, SAME),
    case(Kind::F32, Engine::Ort, SAME),
    case(Kind::F16, Engine::Tract, HALF),
    case(Kind::F16, Engine::Ort, HALF),
    case(Kind::Int8Ort, Engine::Ort, INTEGERS),
    case(Kind::Int8Tract, Engine::Tract, INTEGERS),
    case(Kind::Int8Tensorrt, Engine::Ort, INTEGERS),
];

#[test]
fn every_runtime_gives_the_training_networks_embeddings() {
    let Some(line) = Line::trained() else { return };
    let expected = line.by_training();
    let mut faults = Vec::new();
    for Case { kind, engine, tolerance } in SUITE {
        let found = tolerance.look(&expected, &line.by_device(kind, engine), line.dim());
        println!("{:<14} {engine:?}: {found}, tolerance {tolerance}", kind.name());
        if !tolerance.allows(&found) {
            faults.push(format!("{} with {engine:?}: {found}, tolerance {tolerance}", kind.name()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

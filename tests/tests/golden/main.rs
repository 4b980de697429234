//! Reference numbers of the method, made by the published code's equations in PyTorch and scikit-learn; each
//! file's `about` field says how. `DNC_GOLDEN_DIR` points the same tests at another folder of the same files.

mod divide;
mod embedding;
mod loss;
mod metrics;
mod trace;

use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// Backend of the tests that need gradients.
pub type B = burn::backend::Autodiff<burn_flex::Flex>;

/// The contents of one golden file.
pub fn golden<T: DeserializeOwned>(file: &str) -> T {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let folder = std::env::var_os("DNC_GOLDEN_DIR").map_or(here, PathBuf::from);
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A file that is a list of cases.
#[derive(serde::Deserialize)]
pub struct Cases<T> {
    /// Its cases.
    pub cases: Vec<T>,
}

/// The cases of a file; a file without one would test nothing.
pub fn cases<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let all: Cases<T> = golden(file);
    assert!(!all.cases.is_empty(), "{file} holds no case");
    all.cases
}

/// Checks that two rows of numbers differ by no more than `tolerance` anywhere.
#[track_caller]
pub fn close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance, "{what}, value {i}: {f}, expected {e}");
    }
}

/// `rows` × `cols` values in row-major order, transposed.
pub fn transposed(values: &[f32], rows: usize, cols: usize) -> Vec<f32> {
    assert_eq!(values.len(), rows * cols);
    (0..rows * cols).map(|i| values[(i % rows) * cols + i / rows]).collect()
}

//! Files that PyTorch wrote, cut short and scrambled: an error each time, and never other weights in silence.

use crate::Inner;
use dnc_core::EmbeddingLayout;
use dnc_train::architecture::mobilenet_v2;
use dnc_train::network::Network;
use dnc_train::weights;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::reference::Reference;

/// Loads `bytes` as weights.
fn load(bytes: &[u8]) -> Result<Network<Inner>, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let network = Network::<Inner>::new(mobilenet_v2(1.0), EmbeddingLayout::new(8, 1).unwrap(), 1, &Default::default());
    weights::load(network, file.path(), &Default::default()).map_err(|e| e.to_string())
}

#[test]
fn cut_files_are_errors() {
    let Some(reference) = Reference::make("mobilenet-v2") else { return };
    for form in ["weights.pth", "legacy.pt", "weights.safetensors"] {
        let whole = std::fs::read(reference.path(form)).unwrap();
        // The order of the legacy form's tensors changes from run to run: whatever is missing must be missed.
        let shares = [0.001, 0.3, 0.9, 0.9999].map(|share| (whole.len() as f64 * share) as usize);
        for kept in shares.into_iter().chain([1, 8, 9, 100, 700].map(|missing| whole.len() - missing)) {
            let error = load(&whole[..kept]).err().unwrap_or_else(|| panic!("{form}: {kept} of {} bytes", whole.len()));
            let said = error.contains("cannot read weights") || error.contains("cut short");
            assert!(said, "{form} {kept}: {error}");
        }
    }
    // Names and shapes come first in the legacy form: what becomes of them is an error or a file, never a panic.
    let whole = std::fs::read(reference.path("legacy.pt")).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..30 {
        let mut scrambled = whole.clone();
        for _ in 0..3 {
            scrambled[rng.random_range(0..40_000)] = rng.random();
        }
        let _ = load(&scrambled);
    }
}

//! Networks with random weights, pictures of noise, and ONNX Runtime by package name.

use std::path::PathBuf;

use burn_flex::{Flex, FlexDevice};
use dnc_core::EmbeddingLayout;
use dnc_edge::runtime::{Engine, OrtOptions, library};
use dnc_export::folded::FoldedNetwork;
use dnc_export::quantise::{Calibrated, Pictures, Quantised, Recipe};
use dnc_export::runner::Runner;
use dnc_train::architecture::Backbone;
use dnc_train::embed::{Vector, embed_values};
use dnc_train::network::Network;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

pub const SIZE: u32 = 32;
pub const DIM: usize = 10;
pub const PICTURES: usize = 6;

/// ONNX Runtime's library, the user's or fetched once; `None`, with the reason printed, where it cannot be had.
///
/// # Panics
/// Where it cannot be had and `CI` is set.
pub fn ort_library() -> Option<PathBuf> {
    match library::find_or_fetch() {
        Ok(path) => Some(path),
        Err(error) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A network with random weights, as it is trained.
pub fn network(backbone: Backbone, learners: usize) -> Network<Flex> {
    let layout = EmbeddingLayout::new(DIM, learners).unwrap();
    Network::new(backbone.graph(0.25), layout, 5, &FlexDevice)
}

/// The values of one picture of noise with a colour of its own, 3×H×W.
pub fn picture(at: usize) -> Vec<f32> {
    let (mut rng, area) = (ChaCha8Rng::seed_from_u64(at as u64), (SIZE * SIZE) as usize);
    let colour: [f32; 3] = rng.random();
    (0..3 * area).map(|i| colour[i / area] * 2.0 - 1.0 + rng.random_range(-0.5..0.5)).collect()
}

/// What reads them.
pub fn pictures(len: usize) -> Pictures<'static> {
    Pictures { len, read: &|at| Ok(picture(at)) }
}

/// The values of the first `len` pictures as the training network takes them, N×H×W×3.
pub fn channels_last(len: usize) -> Vec<f32> {
    (0..len).flat_map(|at| dnc_export::quantise::emulation::channels_last(&picture(at), 3)).collect()
}

/// Embeddings by the training network.
pub fn trained(network: &Network<Flex>, len: usize) -> Vec<f32> {
    embed_values(network, channels_last(len), SIZE, Vector::Embedding, &FlexDevice)
}

/// The libraries that are there.
pub fn engines() -> Vec<Engine> {
    if ort_library().is_some() { vec![Engine::Tract, Engine::Ort] } else { vec![Engine::Tract] }
}

/// `network` quantised by `recipe`, calibrated on `len` pictures.
pub fn quantised_by(network: FoldedNetwork, recipe: Recipe, len: usize) -> Quantised {
    let read = pictures(len);
    let calibrated = Calibrated::of(network, SIZE, recipe.equalise, &read, &|_| ()).unwrap();
    calibrated.quantise(recipe).unwrap()
}

/// Runs models of [`SIZE`] and of `dim` values.
pub fn runner(dim: usize) -> Runner {
    Runner { size: SIZE, dim, ort: OrtOptions { library: ort_library(), ..OrtOptions::default() } }
}

/// A network with both its forms.
pub fn both(backbone: Backbone, learners: usize) -> (Network<Flex>, FoldedNetwork) {
    let network = network(backbone, learners);
    let folded = FoldedNetwork::of(&network);
    (network, folded)
}

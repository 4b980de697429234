//! Features and embeddings of many pictures, as evaluation sees them.

use burn::tensor::{Tensor, TensorData};
use dnc_core::normalize::{group_normalize, l2_normalize};
use dnc_core::picture::PictureError;
use dnc_core::preprocess::{PixelLayout, Preprocess};
use dnc_datasets::Sample;
use rayon::prelude::*;

use crate::batch::{PictureCache, read_plain};
use crate::network::Network;
use crate::ops::NetOps;

/// Pictures run at once.
const AT_ONCE: usize = 64;

/// Which vector of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vector {
    /// Pooled backbone features, L2-normalised: what the data are divided by.
    Features,
    /// The group-normalised embedding.
    Embedding,
}

impl Vector {
    /// Its number of values.
    pub fn dim<B: NetOps>(self, network: &Network<B>) -> usize {
        match self {
            Self::Features => network.graph().features,
            Self::Embedding => network.layout().dim(),
        }
    }
}

/// Vectors of N×H×W×3 input values, row by row.
pub fn embed_values<B: NetOps>(
    network: &Network<B>,
    values: Vec<f32>,
    size: u32,
    vector: Vector,
    device: &B::Device,
) -> Vec<f32> {
    let side = size as usize;
    let n = values.len() / (side * side * 3);
    let x = Tensor::<B, 4>::from_data(TensorData::new(values, [n, side, side, 3]), device);
    let features = network.features(x);
    let rows = match vector {
        Vector::Features => features,
        Vector::Embedding => network.head.forward(features),
    };
    let mut rows: Vec<f32> = rows.into_data().convert::<f32>().into_vec().expect("converted to f32 above");
    for row in rows.chunks_exact_mut(vector.dim(network)) {
        match vector {
            Vector::Features => l2_normalize(row),
            Vector::Embedding => group_normalize(row, &network.layout()),
        }
    }
    rows
}

/// Hands what `make` gives for 0 to `parts` − 1 to `take`, in order; the next is made while the last is taken, so that a
/// GPU does not wait for pictures. Ends with the first error of `take`.
fn one_ahead<T: Send, E>(
    parts: usize,
    make: impl Fn(usize) -> T + Send,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        // Without room: the maker has one in its hands and makes no other until that is taken.
        let (give, taken) = std::sync::mpsc::sync_channel(0);
        scope.spawn(move || (0..parts).map(make).all(|part| give.send(part).is_ok()));
        taken.into_iter().try_for_each(&mut take)
    })
}

/// Vectors of cached pictures, row by row.
///
/// # Errors
/// Where a picture that is not in memory cannot be had any more.
pub fn embed_cache<B: NetOps>(
    network: &Network<B>,
    cache: &PictureCache,
    preprocess: &Preprocess,
    vector: Vector,
    device: &B::Device,
) -> Result<Vec<f32>, PictureError> {
    let mut rows = Vec::with_capacity(cache.len() * vector.dim(network));
    let part = |i: usize| i * AT_ONCE..((i + 1) * AT_ONCE).min(cache.len());
    one_ahead(
        cache.len().div_ceil(AT_ONCE),
        |i| cache.plain(part(i), preprocess),
        |values| {
            rows.extend(embed_values(network, values?, preprocess.size, vector, device));
            Ok(())
        },
    )?;
    Ok(rows)
}

/// Vectors of pictures read from disk, beside the samples that could be read; and what is broken.
pub fn embed_samples<'a, B: NetOps>(
    network: &Network<B>,
    samples: &[&'a Sample],
    preprocess: &Preprocess,
    vector: Vector,
    device: &B::Device,
    progress: impl Fn(usize),
) -> (Vec<f32>, Vec<&'a Sample>, Vec<PictureError>) {
    let (mut rows, mut whole, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    let parts: Vec<&[&Sample]> = samples.chunks(AT_ONCE).collect();
    let read = |i: usize| -> (&[&'a Sample], Vec<Result<Vec<f32>, PictureError>>) {
        let pictures = parts[i].par_iter().map(|sample| read_plain(sample, preprocess, PixelLayout::Hwc));
        (parts[i], pictures.collect())
    };
    let embed = |(part, read): (&[&'a Sample], Vec<Result<Vec<f32>, PictureError>>)| {
        let mut values = Vec::with_capacity(part.len() * preprocess.values());
        for (sample, result) in part.iter().zip(read) {
            match result {
                Ok(picture) => {
                    values.extend(picture);
                    whole.push(*sample);
                }
                Err(error) => broken.push(error),
            }
        }
        if !values.is_empty() {
            rows.extend(embed_values(network, values, preprocess.size, vector, device));
        }
        progress(part.len());
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = one_ahead(parts.len(), read, embed);
    (rows, whole, broken)
}

//! Batches prepared ahead of the step that learns from them, by several threads, in their order.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use dnc_core::picture::PictureError;
use dnc_core::preprocess::Preprocess;

use super::{Augment, PictureCache};
use crate::sampler::Batch;

/// A batch ready to learn from.
pub struct Prepared {
    /// Its samples and cluster.
    pub batch: Batch,
    /// Input values, N×H×W×3.
    pub values: Vec<f32>,
}

/// Batches as they become ready, in order. Dropping it stops the threads that prepare them.
pub struct Prefetch {
    workers: Vec<Receiver<Result<Prepared, PictureError>>>,
    next: usize,
}

impl Iterator for Prefetch {
    type Item = Result<Prepared, PictureError>;

    /// Waits for the next batch; `None` after the last.
    fn next(&mut self) -> Option<Self::Item> {
        let worker = self.next % self.workers.len();
        self.next += 1;
        self.workers[worker].recv().ok()
    }
}

/// Prepares `batches` on `workers` threads: worker w takes batches w, w + workers, …, so that their order needs no
/// sorting, and each holds one ready batch beside the one it works on.
pub fn prepare<'scope>(
    scope: &'scope Scope<'scope, '_>,
    cache: &'scope PictureCache,
    batches: Vec<Batch>,
    preprocess: &'scope Preprocess,
    augment: Augment,
    seed: u64,
    workers: usize,
) -> Prefetch {
    let workers = workers.clamp(1, batches.len().max(1));
    let mut shares: Vec<Vec<(u64, Batch)>> = (0..workers).map(|_| Vec::new()).collect();
    for (i, batch) in batches.into_iter().enumerate() {
        shares[i % workers].push((i as u64, batch));
    }
    let start = |share: Vec<(u64, Batch)>| {
        let (sender, receiver) = sync_channel(1);
        scope.spawn(move || {
            for (i, batch) in share {
                let values = cache.augmented(&batch, preprocess, &augment, seed.wrapping_add(i));
                if sender.send(values.map(|values| Prepared { batch, values })).is_err() {
                    break;
                }
            }
        });
        receiver
    };
    Prefetch { workers: shares.into_iter().map(start).collect(), next: 0 }
}

//! How much of what an exact search finds another one finds, measured on the gallery's own views.

use dnc_core::normalize::group_normalize;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::{Gallery, GalleryError, Search};

/// Views that are looked for by each probe.
const NEAREST: usize = 10;

/// Length of what is added to a view to make a probe of it, as a share of the view's: their similarity is 0.96 then.
const JITTER: f32 = 0.3;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recall {
    /// Probes that were looked for.
    pub probes: usize,
    /// Views that the exact search finds, ten a probe.
    pub wanted: usize,
    /// Of these, views that the other search finds.
    pub found: usize,
    /// Memory of the index beside the embeddings, bytes; 0 where there is none.
    pub index_bytes: usize,
}

impl Recall {
    /// Recall at 10; 1 for an empty gallery.
    pub fn share(&self) -> f64 {
        if self.wanted == 0 { 1.0 } else { self.found as f64 / self.wanted as f64 }
    }
}

impl Gallery {
    /// Compares `search` with the exact one, on `probes` views spread over the gallery, each with a little noise. The two are
    /// never in memory at a time.
    ///
    /// # Errors
    /// Where the file cannot be read, or the index not be made.
    pub fn recall(&self, search: Search, probes: usize) -> Result<Recall, GalleryError> {
        search.check()?;
        let committed = self.committed()?;
        let (layout, mut rng) = (self.space().layout, ChaCha8Rng::seed_from_u64(1));
        let exact = committed.snapshot(Search::default())?;
        // Each value is of length 1/√(d/K); noise drawn from ±a has a standard deviation of a/√3.
        let amplitude = JITTER * (3.0 * layout.learners() as f32 / layout.dim() as f32).sqrt();
        let mut asked = Vec::new();
        for view in (0..exact.views()).step_by(exact.views().div_ceil(probes.max(1)).max(1)) {
            let mut probe = exact.row(view).to_vec();
            probe.iter_mut().for_each(|value| *value += rng.random_range(-amplitude..=amplitude));
            group_normalize(&mut probe, &layout);
            let nearest = exact.nearest_views(&probe, NEAREST);
            asked.push((probe, nearest));
        }
        drop(exact);
        let searched = committed.snapshot(search)?;
        let mut recall = Recall { probes: asked.len(), wanted: 0, found: 0, index_bytes: searched.index_bytes() };
        for (probe, wanted) in asked {
            let found = searched.nearest_views(&probe, NEAREST);
            recall.wanted += wanted.len();
            recall.found += wanted.iter().filter(|view| found.contains(view)).count();
        }
        Ok(recall)
    }
}

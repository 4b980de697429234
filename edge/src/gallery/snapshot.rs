//! The committed state of a gallery in memory, ready to be searched.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dnc_core::distance::similarity;
use dnc_core::scan::{Rows, Scan};

use super::{GalleryError, Index, Search, Space};
use crate::answer::{Answer, IdentificationRule, Match};

/// All views of a gallery at one moment, one contiguous row each.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) path: PathBuf,
    pub(super) space: Space,
    /// Rows of d values, in the order of the view ids, with the position of each one's identity in `names`.
    pub(super) rows: Rows,
    /// Names of the identities that have a view.
    pub(super) names: Vec<String>,
    /// Embeddings barred from an identity, by its position, one after another; most have none.
    pub(super) barred: HashMap<u32, Vec<f32>>,
    /// Where the search is to be approximate.
    pub(super) index: Option<Index>,
}

impl Snapshot {
    /// A gallery that is in no file: `values` has a row of d values for each of `names`.
    ///
    /// # Panics
    /// Where there is not a row for each name.
    pub fn in_memory(space: Space, values: Vec<f32>, names: Vec<String>, scan: Scan) -> Self {
        let identity_of = (0..names.len() as u32).collect();
        let rows = Rows::new(space.layout.dim(), values, identity_of, scan);
        Self { path: PathBuf::from("(in memory)"), space, rows, names, barred: HashMap::new(), index: None }
    }

    /// Adds what `search` needs beside the rows.
    pub(super) fn prepared(mut self, search: Search) -> Result<Self, GalleryError> {
        if search == Search::Hnsw {
            let index = Index::of(&self.rows, self.space.layout.dim());
            let failed = |reason| GalleryError::Index { path: self.path.clone(), views: self.rows.len(), reason };
            self.index = Some(index.map_err(failed)?);
        }
        Ok(self)
    }

    /// Memory of the approximate index beside the embeddings, bytes; 0 where there is none.
    pub fn index_bytes(&self) -> usize {
        self.index.as_ref().map_or(0, Index::bytes)
    }

    /// Places of the `k` views nearest to `probe`, best first.
    ///
    /// # Panics
    /// Where `probe` has not d values.
    pub fn nearest_views(&self, probe: &[f32], k: usize) -> Vec<usize> {
        let hits = match &self.index {
            Some(index) => index.nearest(&self.rows, probe, k),
            None => self.rows.nearest(probe, k),
        };
        hits.into_iter().map(|hit| hit.row).collect()
    }

    /// The embedding of a view, by its place.
    ///
    /// # Panics
    /// Where there is no such view.
    pub fn row(&self, view: usize) -> &[f32] {
        self.rows.row(view)
    }

    /// The gallery's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The space of its embeddings.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Place of a view's identity among the gallery's, from 0.
    ///
    /// # Panics
    /// Where there is no such view.
    pub fn identity_of(&self, view: usize) -> u32 {
        self.rows.identities()[view]
    }

    /// Number of views.
    pub fn views(&self) -> usize {
        self.rows.len()
    }

    /// Number of identities with a view.
    pub fn identities(&self) -> usize {
        self.names.len()
    }

    /// Whether an identity of this name is enrolled.
    pub fn has_identity(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name)
    }

    /// The `n` nearest identities, best first; each counts by its best view. Equal similarities stand in the
    /// order of enrolment. An identity is left out where a view that is barred from it is at least as near to the probe
    /// as the nearest of its own.
    ///
    /// # Panics
    /// Where `probe` has not d values.
    pub fn nearest(&self, probe: &[f32], n: usize) -> Vec<Match> {
        let learners = self.space.layout.learners();
        let mut asked = n;
        loop {
            let hits = match &self.index {
                Some(index) => index.nearest_identities(&self.rows, self.names.len(), probe, asked),
                None => self.rows.nearest_identities(probe, asked),
            };
            let all = hits.len() < asked;
            let mut found = Vec::with_capacity(hits.len());
            for hit in hits {
                let similarity = similarity(self.rows.row(hit.best.row), probe, learners);
                if !self.is_struck(hit.identity, similarity, probe) {
                    found.push(Match { identity: self.names[hit.identity as usize].clone(), similarity });
                }
            }
            // Only where one was left out is there another round.
            if found.len() >= n || all {
                found.truncate(n);
                return found;
            }
            asked = asked.saturating_mul(2);
        }
    }

    fn is_struck(&self, identity: u32, best: f32, probe: &[f32]) -> bool {
        let learners = self.space.layout.learners();
        self.barred
            .get(&identity)
            .is_some_and(|rows| rows.chunks_exact(probe.len()).any(|row| similarity(row, probe, learners) >= best))
    }

    /// Answers who is on the picture with embedding `probe`, and lists the `top` nearest identities.
    ///
    /// # Errors
    /// Where `probe` has not the gallery's width.
    pub fn identify(&self, probe: &[f32], rule: &IdentificationRule, top: usize) -> Result<Answer, GalleryError> {
        let expected = self.space.layout.dim();
        if probe.len() != expected {
            let of = format!("the probe for {}", self.path.display());
            return Err(GalleryError::Width { of, found: probe.len(), expected });
        }
        // The runner-up is needed also where only the best is to be listed.
        let mut ranked = self.nearest(probe, top.max(2));
        let (best, runner_up) = (ranked.first().cloned(), ranked.get(1).cloned());
        ranked.truncate(top);
        Ok(Answer {
            decision: rule.rule.decide(best.as_ref().map(|m| m.similarity), runner_up.as_ref().map(|m| m.similarity)),
            best,
            runner_up,
            ranked,
            threshold: rule.rule.threshold,
            margin: rule.rule.margin,
            extrapolated: rule.measured.is_some_and(|m| m.exceeded_by(self.identities(), self.views())),
        })
    }
}

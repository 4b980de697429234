//! Queries, their gallery, and what each query does not look at.

use std::borrow::Cow;

use dnc_core::metrics::{Euclidean, Labelled, QueryScores, Scorer, Verification, score_queries, verification};

use crate::Sample;

/// One run of queries against a gallery. Pictures are named by their place among the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    queries: Vec<u32>,
    gallery: Vec<u32>,
    /// Identity of each sample.
    identities: Vec<u32>,
    /// Camera of each sample, where the query's own is left out.
    cameras: Option<Vec<u32>>,
}

impl Comparison {
    pub(super) fn new(samples: &[&Sample], queries: Vec<u32>, gallery: Vec<u32>, by_camera: bool) -> Self {
        let identities = samples.iter().map(|s| s.identity).collect();
        let cameras = by_camera.then(|| samples.iter().map(|s| s.camera.unwrap_or(u32::MAX)).collect());
        Self { queries, gallery, identities, cameras }
    }

    /// The queries.
    pub fn queries(&self) -> &[u32] {
        &self.queries
    }

    /// The gallery.
    pub fn gallery(&self) -> &[u32] {
        &self.gallery
    }

    /// Whether gallery picture `row` takes no part in the ranking and the truth of `query`: it is the query, or,
    /// where cameras count, of the same identity by the same camera. Both are places in their own lists.
    pub fn ignores(&self, query: usize, row: usize) -> bool {
        let (q, g) = (self.queries[query] as usize, self.gallery[row] as usize);
        let same_view = |cameras: &Vec<u32>| cameras[q] == cameras[g] && self.identities[q] == self.identities[g];
        q == g || self.cameras.as_ref().is_some_and(same_view)
    }

    /// Whether `query` and gallery picture `row` are the same picture; all that may be known of the truth where
    /// the gallery serves to change the query.
    pub fn is_itself(&self, query: usize, row: usize) -> bool {
        self.queries[query] == self.gallery[row]
    }

    /// Rows of the queries among row-major `embeddings` of all samples.
    pub fn query_rows<'a>(&self, embeddings: &'a [f32], dim: usize) -> Cow<'a, [f32]> {
        rows_of(&self.queries, self.identities.len(), embeddings, dim)
    }

    /// Rows of the gallery among row-major `embeddings` of all samples.
    pub fn gallery_rows<'a>(&self, embeddings: &'a [f32], dim: usize) -> Cow<'a, [f32]> {
        rows_of(&self.gallery, self.identities.len(), embeddings, dim)
    }

    /// Scores of each query by Euclidean distance of the `embeddings` of all samples.
    ///
    /// # Panics
    /// Where there is not a row of `dim` values for each sample.
    pub fn rank(&self, embeddings: &[f32], dim: usize) -> Vec<QueryScores> {
        let (queries, gallery) = (self.query_rows(embeddings, dim), self.gallery_rows(embeddings, dim));
        self.rank_by(&Euclidean::new(&queries, &gallery, dim))
    }

    /// Scores of each query in the order that `scorer` gives the gallery.
    ///
    /// # Panics
    /// Where the scorer has other numbers of queries or gallery rows.
    pub fn rank_by(&self, scorer: &impl Scorer) -> Vec<QueryScores> {
        score_queries(scorer, &self.labels(&self.queries), &self.labels(&self.gallery), |q, row| self.ignores(q, row))
    }

    /// True-accept rates at the false-accept rates `targets` over all pairs of a query and a gallery picture
    /// that are not ignored, each pair of pictures once.
    ///
    /// # Panics
    /// As [`rank`](Self::rank).
    pub fn verify(&self, embeddings: &[f32], dim: usize, targets: &[f64]) -> Verification {
        let (queries, gallery) = (self.query_rows(embeddings, dim), self.gallery_rows(embeddings, dim));
        let (query_labels, gallery_labels) = (self.labels(&self.queries), self.labels(&self.gallery));
        let queries = Labelled::new(&queries, dim, &query_labels);
        let gallery = Labelled::new(&gallery, dim, &gallery_labels);
        // A pair seen from both sides is counted from its later picture.
        let (mut is_query, mut is_row) = (vec![false; self.identities.len()], vec![false; self.identities.len()]);
        self.queries.iter().for_each(|i| is_query[*i as usize] = true);
        self.gallery.iter().for_each(|i| is_row[*i as usize] = true);
        let twice = |q: u32, g: u32| q < g && is_query[g as usize] && is_row[q as usize];
        verification(queries, gallery, targets, |q, row| {
            twice(self.queries[q], self.gallery[row]) || self.ignores(q, row)
        })
    }

    fn labels(&self, of: &[u32]) -> Vec<u32> {
        of.iter().map(|i| self.identities[*i as usize]).collect()
    }
}

/// The rows named by `of`; nothing is copied where that is all of them.
fn rows_of<'a>(of: &[u32], samples: usize, embeddings: &'a [f32], dim: usize) -> Cow<'a, [f32]> {
    assert_eq!(embeddings.len(), samples * dim, "a row of {dim} values for each sample");
    // Lists are ascending where they are not one picture of each identity, so as many as all means all in order.
    if of.len() == samples && of.is_sorted() {
        return Cow::Borrowed(embeddings);
    }
    of.iter().flat_map(|i| &embeddings[*i as usize * dim..][..dim]).copied().collect()
}

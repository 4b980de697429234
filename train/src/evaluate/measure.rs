//! All metrics of one part.

use dnc_core::metrics::{Euclidean, Labelled, QueryScores, RankingScores, nmi};
use dnc_core::normalize::l2_normalize;
use dnc_core::rerank::ReciprocalSets;
use dnc_datasets::protocol::{Comparison, Protocol};

use super::report::{ClusterAgreement, Evaluation, LearnerScores};
use super::{Embedded, EvaluationOptions, Metric, Scope, open_set};
use crate::divide::KMeans;

/// Ranks of the CMC curve, as re-ID papers draw it.
const CMC_RANKS: usize = 50;
/// False-accept rates that are reported where the pairs support them.
const FALSE_ACCEPT_RATES: [f64; 4] = [1e-1, 1e-2, 1e-3, 1e-4];
/// Rounds of the one k-means start behind NMI, as in faiss, which papers take: with a cluster for each of
/// thousands of identities more starts cost minutes and change little.
const NMI_ROUNDS: usize = 25;

impl Embedded<'_> {
    /// Scores the vectors.
    ///
    /// # Errors
    /// Where the pictures lack what the protocol needs.
    pub fn evaluate(&self, scope: Scope<'_>, options: &EvaluationOptions) -> anyhow::Result<Evaluation> {
        let protocol = options.protocol.unwrap_or_else(|| scope.protocol());
        let comparisons = protocol.comparisons(&self.samples)?;
        let dim = self.layout.dim();
        let sets = options.rerank.map(|rerank| rerank.sets(&self.rows, dim));
        let draws: Vec<RankingScores> = comparisons
            .iter()
            .map(|comparison| scores(&self.ranked(comparison, options, sets.as_ref()), options))
            .collect();
        let mean = RankingScores::mean(&draws);
        let labels: Vec<u32> = self.samples.iter().map(|s| s.identity).collect();
        let measured = |metric| options.metrics.contains(&metric);
        let set = Labelled::new(&self.rows, dim, &labels);
        Ok(Evaluation {
            model: self.model.clone(),
            set: scope.dataset.name.clone(),
            part: scope.part.name(),
            protocol: protocol.name(),
            draws: matches!(protocol, Protocol::GalleryDraws { .. }).then_some(draws.len()),
            ranking: ranking_name(options),
            skipped: self.skipped,
            minp: mean.minp,
            cmc: mean.cmc,
            nmi: measured(Metric::Nmi).then(|| agreement(set, scope.config.seed)).transpose()?,
            verification: measured(Metric::Verification)
                .then(|| comparisons[0].verify(&self.rows, dim, &FALSE_ACCEPT_RATES)),
            open_set: measured(Metric::OpenSet).then(|| open_set::measure(set, self.layout.learners())).flatten(),
            per_learner: if options.per_learner { self.per_learner(&comparisons, options) } else { Vec::new() },
            std: (draws.len() > 1).then(|| RankingScores::deviation(&draws).into()),
            scores: mean.retrieval,
        })
    }

    fn ranked(
        &self,
        comparison: &Comparison,
        options: &EvaluationOptions,
        sets: Option<&ReciprocalSets<'_>>,
    ) -> Vec<QueryScores> {
        let dim = self.layout.dim();
        if let Some(sets) = sets {
            return comparison.rank_by(&sets.scorer(comparison.queries(), comparison.gallery()));
        }
        let Some(expansion) = options.expansion else { return comparison.rank(&self.rows, dim) };
        let queries = comparison.query_rows(&self.rows, dim);
        let gallery = comparison.gallery_rows(&self.rows, dim);
        let itself = |query: usize, row: usize| comparison.is_itself(query, row);
        let expanded = expansion.expand(&queries, &gallery, &self.layout, itself);
        comparison.rank_by(&Euclidean::new(&expanded, &gallery, dim))
    }

    /// What each learner has of the embedding alone, by plain distance.
    fn per_learner(&self, comparisons: &[Comparison], options: &EvaluationOptions) -> Vec<LearnerScores> {
        let whole = self.layout.dim();
        let score = |learner, rows: Vec<f32>, dim, masked| {
            let draws: Vec<_> = comparisons.iter().map(|c| scores(&c.rank(&rows, dim), options)).collect();
            let mean = RankingScores::mean(&draws).retrieval;
            LearnerScores { learner, dim, masked, recall: mean.recall, map: mean.map }
        };
        if !self.masks.is_empty() {
            let masks = self.masks.iter().enumerate();
            return masks.map(|(learner, mask)| score(learner, masked(&self.rows, mask), whole, true)).collect();
        }
        let slices = self.layout.slices().enumerate();
        slices
            .map(|(learner, slice)| {
                let (rows, dim) = (self.rows.chunks_exact(whole), slice.len());
                score(learner, rows.flat_map(|row| &row[slice.clone()]).copied().collect(), dim, false)
            })
            .collect()
    }
}

/// Rows times a mask, each of unit length again: what the mask's learner compares in training.
fn masked(rows: &[f32], mask: &[f32]) -> Vec<f32> {
    let mut rows = rows.to_vec();
    for row in rows.chunks_exact_mut(mask.len()) {
        row.iter_mut().zip(mask).for_each(|(value, weight)| *value *= weight);
        l2_normalize(row);
    }
    rows
}

fn scores(ranked: &[QueryScores], options: &EvaluationOptions) -> RankingScores {
    RankingScores::of(ranked, &options.recall_at, CMC_RANKS)
}

fn agreement(set: Labelled<'_>, seed: u64) -> anyhow::Result<ClusterAgreement> {
    let clusters = dnc_core::metrics::label_counts(set.labels).len();
    let found = KMeans { clusters, restarts: 1, rounds: NMI_ROUNDS, seed }.fit(set.embeddings, set.dim)?;
    let nmi = nmi(&found.of_point, set.labels);
    Ok(ClusterAgreement { clusters, arithmetic: nmi.arithmetic, geometric: nmi.geometric })
}

fn ranking_name(options: &EvaluationOptions) -> Option<String> {
    let reranked = options.rerank.map(|r| format!("k-reciprocal, k1 {}, k2 {}, lambda {}", r.k1, r.k2, r.lambda));
    let expanded =
        options.expansion.map(|e| format!("query expansion, {} neighbours, alpha {}", e.neighbours, e.alpha));
    reranked.or(expanded)
}

//! What a report finds out about a trained embedding.

use std::collections::{BTreeMap, BTreeSet};

use dnc_core::distance::similarity;
use dnc_core::metrics::{Labelled, RetrievalScores};
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample};

use super::divisions::Cluster;
use super::map::Point;
use super::projection;
use super::rank_list::{Found, RankList, Ranked, average_precisions, even_steps, first_right, nearest, worst};
use super::shown::Shown;
use crate::divide::Division;
use crate::evaluate::{Embedded, EvaluationOptions, LearnerScores, Metric, Scope};

/// Queries shown.
const WORST: usize = 10;
/// Nearest pictures shown for each.
const NEAREST: usize = 5;
/// Rows on the map: t-SNE's time grows with their square.
const ON_MAP: usize = 1000;
/// Identities whose pictures are drawn on the map, and pictures of each.
const DRAWN: (usize, usize) = (30, 8);
/// Pictures shown of each cluster.
const OF_CLUSTER: usize = 12;

/// What was found on one part of a set.
#[derive(Debug, Clone)]
pub struct Findings {
    /// Name of the part.
    pub part: &'static str,
    /// Broken pictures left out.
    pub skipped: usize,
    /// Scores of the whole embedding, leave-one-out.
    pub scores: RetrievalScores,
    /// Scores of each learner's share of the embedding alone.
    pub learners: Vec<LearnerScores>,
    /// The map; empty where there are too few pictures.
    pub map: Vec<Point>,
    /// The worst queries.
    pub worst: Vec<RankList>,
}

impl Findings {
    /// Looks at the embeddings of one part of a set.
    ///
    /// # Errors
    /// Where they cannot be scored.
    ///
    /// # Panics
    /// Where there is not a row for each sample, or a sample is of another set.
    pub fn of(embedded: &Embedded<'_>, scope: Scope<'_>) -> anyhow::Result<Self> {
        let options = EvaluationOptions {
            // Whatever the set's own protocol: the lists below are of every picture against all others.
            protocol: Some(Protocol::LeaveOneOut),
            metrics: vec![Metric::Retrieval],
            per_learner: true,
            ..EvaluationOptions::default()
        };
        let evaluation = embedded.evaluate(scope, &options)?;
        Ok(Self {
            part: evaluation.part,
            skipped: evaluation.skipped,
            scores: evaluation.scores,
            learners: evaluation.per_learner,
            map: map(embedded, scope),
            worst: worst_queries(embedded, scope.dataset),
        })
    }
}

fn worst_queries(embedded: &Embedded<'_>, dataset: &Dataset) -> Vec<RankList> {
    let Embedded { samples, rows, layout, .. } = embedded;
    let labels: Vec<u32> = samples.iter().map(|s| s.identity).collect();
    let all = Labelled::new(rows, layout.dim(), &labels);
    let counts = dnc_core::metrics::label_counts(&labels);
    let precision = average_precisions(all);
    // Nothing could be found for a picture that is its identity's only one.
    let lone = |query: usize| counts[&labels[query]] < 2;
    let list = |query: usize| {
        let mut ranked = nearest(all, query, NEAREST);
        ranked.extend(first_right(all, query).filter(|first| first.rank > NEAREST));
        let found = ranked.iter().map(|Ranked { row, rank }| Found {
            shown: Shown::of(dataset, samples[*row]),
            similarity: similarity(all.row(query), all.row(*row), layout.learners()),
            right: labels[*row] == labels[query],
            rank: *rank,
        });
        let found = found.collect();
        RankList { query: Shown::of(dataset, samples[query]), average_precision: precision[query], found }
    };
    worst(&precision, &labels, WORST, lone).into_iter().map(list).collect()
}

fn map(embedded: &Embedded<'_>, scope: Scope<'_>) -> Vec<Point> {
    let Embedded { samples, rows, layout, .. } = embedded;
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, sample) in samples.iter().enumerate() {
        of.entry(sample.identity).or_default().push(i);
    }
    // Identities with more pictures than one: a tie needs two ends.
    let several: Vec<&Vec<usize>> = of.values().filter(|rows| rows.len() > 1).collect();
    let drawn: BTreeSet<usize> = even_steps(several.len(), DRAWN.0)
        .flat_map(|i| even_steps(several[i].len(), DRAWN.1).map(move |j| (i, j)))
        .map(|(i, j)| several[i][j])
        .collect();
    let others: Vec<usize> = (0..samples.len()).filter(|i| !drawn.contains(i)).collect();
    let mut chosen: Vec<usize> = even_steps(others.len(), ON_MAP - drawn.len()).map(|i| others[i]).collect();
    chosen.extend(&drawn);
    let part: Vec<f32> = chosen.iter().flat_map(|i| &rows[i * layout.dim()..][..layout.dim()]).copied().collect();
    let places = projection::plane(&part, layout.dim(), scope.config.seed).unwrap_or_default();
    let point = |(at, i): ([f32; 2], &usize)| Point {
        at,
        identity: samples[*i].identity,
        shown: drawn.contains(i).then(|| Shown::of(scope.dataset, samples[*i])),
    };
    places.into_iter().zip(&chosen).map(point).collect()
}

/// The clusters of a division of `samples`, which are in the order that they were divided in; none where all are
/// in one.
///
/// # Panics
/// Where the division is of another number of samples.
pub fn clusters(division: &Division, samples: &[&Sample], dataset: &Dataset) -> Vec<Cluster> {
    assert_eq!(division.of_sample.len(), samples.len(), "a cluster for each sample");
    if division.clusters < 2 {
        return Vec::new();
    }
    let cluster = |k: usize| {
        let members = division.of_sample.iter().zip(samples).filter(|(of, _)| **of as usize == k);
        let members: Vec<&Sample> = members.map(|(_, sample)| *sample).collect();
        Cluster {
            pictures: members.len(),
            identities: members.iter().map(|s| s.identity).collect::<BTreeSet<_>>().len(),
            samples: even_steps(members.len(), OF_CLUSTER).map(|i| Shown::of(dataset, members[i])).collect(),
        }
    };
    (0..division.clusters).map(cluster).collect()
}

//! Rank lists: what the exported model finds for a test picture among all others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dnc_core::distance;
use dnc_core::metrics::{Labelled, RetrievalScores, retrieval};
use dnc_core::search::top_k;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample};
use dnc_edge::pipeline::Pipeline;
use dnc_edge::{Bundle, Embedder};

/// Queries taken at even steps through the test part.
const EVEN: usize = 7;
/// Queries with the lowest average precision, each of another identity.
const WORST: usize = 3;
/// Matches shown for a query.
const SHOWN: usize = 6;

/// A picture of a rank list.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The file.
    pub path: PathBuf,
    /// Name of its identity.
    pub identity: String,
    /// Name of its camera, where the set names cameras.
    pub camera: Option<String>,
}

/// A picture found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The picture.
    pub shown: Shown,
    /// Similarity to the query, in \[−1, 1\].
    pub similarity: f32,
    /// Whether it has the query's identity.
    pub right: bool,
}

/// A query and the nearest other pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct RankList {
    /// The query.
    pub query: Shown,
    /// Its average precision over all other test pictures, in \[0, 1\].
    pub average_precision: f64,
    /// Whether it stands here as one of the worst.
    pub worst: bool,
    /// The nearest, best first.
    pub found: Vec<Found>,
}

/// Test pictures as the device sees them.
#[derive(Debug)]
pub struct Ranking {
    /// Scores of the whole part, leave-one-out, by the device's runtime.
    pub scores: RetrievalScores,
    /// Some of its queries.
    pub lists: Vec<RankList>,
}

/// Embeds `samples` of `set` with the bundle's model and ranks each against all others.
///
/// # Errors
/// Where the bundle cannot be opened or a picture cannot be embedded.
pub fn rank(bundle: &Path, set: &Dataset, samples: &[&Sample]) -> anyhow::Result<Ranking> {
    let bundle = Bundle::open(bundle)?;
    let layout = bundle.layout();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let paths: Vec<&Path> = samples.iter().map(|s| s.path.as_path()).collect();
    let mut embeddings = Vec::with_capacity(samples.len() * layout.dim());
    for embedded in Pipeline::new(Embedder::new(&bundle)?, threads)?.embed(&paths) {
        embeddings.extend(embedded?.embedding);
    }
    let labels: Vec<u32> = samples.iter().map(|s| s.identity).collect();
    let all = Labelled::new(&embeddings, layout.dim(), &labels);
    let precision: Vec<f64> = (0..labels.len()).map(|query| average_precision(all, query)).collect();
    let lists = choose(&precision, &labels).into_iter().map(|(query, worst)| {
        let hits = top_k(all.embeddings, all.dim, all.row(query), SHOWN, |row| row == query);
        let found = hits.iter().map(|hit| Found {
            shown: shown(set, samples[hit.row]),
            similarity: distance::similarity(all.row(query), all.row(hit.row), layout.learners()),
            right: labels[hit.row] == labels[query],
        });
        let query_shown = shown(set, samples[query]);
        RankList { query: query_shown, average_precision: precision[query], worst, found: found.collect() }
    });
    let lists = lists.collect();
    Ok(Ranking { scores: Protocol::LeaveOneOut.score(samples, &embeddings, layout.dim(), &[1])?, lists })
}

fn shown(set: &Dataset, sample: &Sample) -> Shown {
    Shown {
        path: sample.path.clone(),
        identity: set.identity_name(sample.identity).to_owned(),
        camera: sample.camera.map(|camera| set.cameras[camera as usize].clone()),
    }
}

/// Mean average precision of one query is its average precision.
fn average_precision(all: Labelled<'_>, query: usize) -> f64 {
    let one = Labelled::new(all.row(query), all.dim, &all.labels[query..=query]);
    retrieval(one, all, &[], |_, row| row == query).map
}

/// Queries to show, and whether each is one of the worst: the rule does not look at a picture, so neither do we
/// choose the nice ones.
fn choose(precision: &[f64], labels: &[u32]) -> Vec<(usize, bool)> {
    let n = precision.len();
    // The middle of each of EVEN equal stretches of the list.
    let mut chosen: Vec<(usize, bool)> =
        (0..EVEN.min(n)).map(|i| ((2 * i + 1) * n / (2 * EVEN.min(n)), false)).collect();
    let mut by_precision: Vec<usize> = (0..n).collect();
    by_precision.sort_by(|a, b| precision[*a].total_cmp(&precision[*b]));
    let mut identities = BTreeSet::new();
    for query in by_precision {
        if identities.len() < WORST && !chosen.contains(&(query, false)) && identities.insert(labels[query]) {
            chosen.push((query, true));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_steps_then_the_worst_of_different_identities() {
        let labels: Vec<u32> = (0..70).map(|i| i / 10).collect();
        let mut precision = vec![0.9; 70];
        (precision[11], precision[12], precision[33], precision[51]) = (0.1, 0.15, 0.2, 0.3);
        let chosen = choose(&precision, &labels);
        let even: Vec<usize> = chosen.iter().filter(|(_, worst)| !worst).map(|(q, _)| *q).collect();
        assert_eq!(even, [5, 15, 25, 35, 45, 55, 65]);
        let worst: Vec<usize> = chosen.iter().filter(|(_, worst)| *worst).map(|(q, _)| *q).collect();
        assert_eq!(worst, [11, 33, 51]);
        assert_eq!(choose(&[], &[]), []);
        assert_eq!(choose(&[0.5, 0.4], &[0, 0]), [(0, false), (1, false)]);
    }

    #[test]
    fn average_precision_leaves_the_query_out() {
        let embeddings = [1.0, 0.0, 0.9, 0.1, 0.0, 1.0, 0.8, 0.2];
        // Nearest to row 0 is row 1 (another identity), then row 3 (its own).
        let all = Labelled::new(&embeddings, 2, &[7, 8, 8, 7]);
        assert!((average_precision(all, 0) - 0.5).abs() < 1e-9);
    }
}

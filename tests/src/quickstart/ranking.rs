//! Rank lists: what the exported model finds for a test picture among all others.

use std::path::Path;

use dnc_core::distance;
use dnc_core::metrics::{Labelled, RetrievalScores};
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample};
use dnc_edge::pipeline::Pipeline;
use dnc_edge::{Bundle, Embedder};
use dnc_train::report::rank_list::{Found, RankList, Ranked, average_precisions, even_steps, nearest, worst};
use dnc_train::report::shown::Shown;

/// Queries taken at even steps through the test part.
const EVEN: usize = 7;
/// Queries with the lowest average precision, each of another identity.
const WORST: usize = 3;
/// Matches shown for a query.
const SHOWN: usize = 6;

/// Some queries.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// At even steps through the test part.
    pub even: Vec<RankList>,
    /// The worst.
    pub worst: Vec<RankList>,
}

/// Test pictures as the device sees them.
#[derive(Debug)]
pub struct Ranking {
    /// Scores of the whole part, leave-one-out, by the device's runtime.
    pub scores: RetrievalScores,
    /// Some of its queries.
    pub lists: Lists,
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
    let precision = average_precisions(all);
    let list = |query: usize| {
        let found = nearest(all, query, SHOWN).into_iter().map(|Ranked { row, rank }| Found {
            shown: Shown::of(set, samples[row]),
            similarity: distance::similarity(all.row(query), all.row(row), layout.learners()),
            right: labels[row] == labels[query],
            rank,
        });
        let found = found.collect();
        RankList { query: Shown::of(set, samples[query]), average_precision: precision[query], found }
    };
    // The rule does not look at a picture, so neither do we choose the nice ones.
    let even: Vec<usize> = even_steps(labels.len(), EVEN).collect();
    let worst = worst(&precision, &labels, WORST, |query| even.contains(&query));
    let lists = Lists { even: even.into_iter().map(list).collect(), worst: worst.into_iter().map(list).collect() };
    Ok(Ranking { scores: Protocol::LeaveOneOut.score(samples, &embeddings, layout.dim(), &[1])?, lists })
}

//! Metrics over embeddings and labels, a block of queries at a time: memory grows with the gallery, never with
//! queries × gallery.

pub mod bootstrap;
pub mod labelled;
pub mod nmi;
pub mod query;
pub mod ranking;
pub mod retrieval;
pub mod scorer;
#[cfg(test)]
pub(crate) mod test_support;
pub mod verification;

pub use bootstrap::{PairedDrop, RESAMPLES, nearest_hits, paired_drop};
pub use labelled::{Labelled, label_counts};
pub use nmi::{Nmi, nmi};
pub use query::{QueryScores, score_by_distance, score_queries};
pub use ranking::RankingScores;
pub use retrieval::{RetrievalScores, cmc, leave_one_out, minp, retrieval};
pub use scorer::{DotProducts, Euclidean, Scorer, map_queries};
pub use verification::{OperatingPoint, Verification, verification};

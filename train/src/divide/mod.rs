//! Dividing the data: cluster the features, match the clusters to the old ones, leave out what cannot be
//! learned from (Sanakoyeu et al., CVPR 2019, section 3.1), all at once or level by level.

mod hierarchy;
mod kmeans;
mod matching;
mod singletons;

use serde::{Deserialize, Serialize};

pub use hierarchy::{Descent, descend};
pub use kmeans::{Clustering, KMeans, KMeansError, kmeans};
pub use matching::{match_clusters, membership_cost};
pub use singletons::drop_singletons;

use crate::config::Setting;

/// How the data come to be in K clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum DivisionKind {
    /// All K at once (CVPR 2019).
    Flat,
    /// 1, 2, 4, … K, every cluster split in two (TPAMI 2021).
    Hierarchical,
}

impl Setting for DivisionKind {
    type Flag = Self;
}

/// Cluster of each training sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    /// Epoch before which it was made.
    pub epoch: usize,
    /// Number of clusters, K.
    pub clusters: usize,
    /// Cluster of each sample, 0 to K − 1, in the order of the training samples.
    pub of_sample: Vec<u32>,
}

impl Division {
    /// All samples in one cluster.
    pub fn undivided(samples: usize) -> Self {
        Self { epoch: 0, clusters: 1, of_sample: vec![0; samples] }
    }

    /// Clusters `features` (row-major, `dim` values of unit length each) into `clusters` groups numbered like
    /// the groups of `previous` that they share the most samples with.
    ///
    /// # Errors
    /// Where there are fewer samples than clusters.
    pub fn of_features(
        features: &[f32],
        dim: usize,
        clusters: usize,
        previous: Option<&Self>,
        epoch: usize,
        seed: u64,
    ) -> Result<Self, KMeansError> {
        let current = kmeans(features, dim, clusters, seed)?;
        let of_sample = match previous.filter(|p| p.clusters == clusters) {
            Some(previous) => match_clusters(&previous.of_sample, &current, clusters),
            None => current,
        };
        Ok(Self { epoch, clusters, of_sample })
    }

    /// Samples of each cluster.
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.clusters];
        for cluster in &self.of_sample {
            sizes[*cluster as usize] += 1;
        }
        sizes
    }
}

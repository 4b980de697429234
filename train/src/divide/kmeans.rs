//! k-means: k-means++ starts, several restarts, empty clusters repaired, in parallel.
//!
//! Ours, since no kept crate fits (November 2026): `linfa-clustering` moves centres by another rule (m_k-means,
//! which draws each towards its last place), `kmeans` needs a nightly compiler, `clustering` takes no seed and
//! has no restarts. `benches/peers/kmeans_faiss.py` sets it beside faiss.

use dnc_core::distance::{dot, squared_euclidean};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

use crate::kernel::matmul::{Matrix, matmul};

/// Points whose products with all centres are held at once by a thread.
const AT_ONCE: usize = 256;

/// A clustering that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{samples} training pictures cannot be divided into {clusters} clusters; take at most {samples} learners")]
pub struct KMeansError {
    /// Samples given.
    pub samples: usize,
    /// Clusters asked for.
    pub clusters: usize,
}

/// Settings of k-means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KMeans {
    /// Clusters, K.
    pub clusters: usize,
    /// Starts tried; the one with the smallest objective is kept.
    pub restarts: u64,
    /// Rounds of one start at most; it ends sooner where no point changes its cluster.
    pub rounds: usize,
    /// Seed of the starts.
    pub seed: u64,
}

/// What k-means found.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// Cluster of each point, 0 to K − 1, none empty.
    pub of_point: Vec<u32>,
    /// Sum of the squared distances of the points to the centres that they were last assigned to.
    pub objective: f64,
}

/// Cluster of each row of `points` (row-major, `dim` values), 0 to `clusters` − 1, none empty; of four starts,
/// each of 50 rounds at most.
///
/// # Errors
/// Where there are fewer rows than clusters, or no cluster is asked for.
pub fn kmeans(points: &[f32], dim: usize, clusters: usize, seed: u64) -> Result<Vec<u32>, KMeansError> {
    KMeans { clusters, restarts: 4, rounds: 50, seed }.fit(points, dim).map(|found| found.of_point)
}

impl KMeans {
    /// Clusters the rows of `points` (row-major, `dim` values). The same input gives the same clusters on any
    /// number of threads.
    ///
    /// # Errors
    /// Where there are fewer rows than clusters, or no cluster is asked for.
    pub fn fit(&self, points: &[f32], dim: usize) -> Result<Clustering, KMeansError> {
        let (samples, clusters) = (points.len() / dim.max(1), self.clusters);
        if clusters == 0 || samples < clusters {
            return Err(KMeansError { samples, clusters });
        }
        let squared_norms: Vec<f32> = points.par_chunks_exact(dim).map(|point| dot(point, point)).collect();
        let start = |restart: u64| self.one_start(points, dim, &squared_norms, self.seed.wrapping_add(restart << 32));
        let first = start(0);
        Ok((1..self.restarts)
            .map(start)
            .fold(first, |best, next| if next.objective < best.objective { next } else { best }))
    }

    fn one_start(&self, points: &[f32], dim: usize, squared_norms: &[f32], seed: u64) -> Clustering {
        let k = self.clusters;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut centres = plus_plus(points, dim, k, &mut rng);
        let mut assigned: Vec<(u32, f32)> = Vec::new();
        for _ in 0..self.rounds.max(1) {
            let mut next = assign(points, dim, squared_norms, &centres);
            repair_empty(&mut next, k);
            let settled = assigned.len() == next.len() && assigned.iter().zip(&next).all(|(a, b)| a.0 == b.0);
            assigned = next;
            if settled {
                break;
            }
            centres = means(points, dim, k, &assigned);
        }
        let objective = assigned.iter().map(|(_, d)| f64::from(*d)).sum();
        Clustering { of_point: assigned.into_iter().map(|(c, _)| c).collect(), objective }
    }
}

/// k-means++ (Arthur and Vassilvitskii, 2007): each further centre is drawn with a chance proportional to
/// the squared distance to the nearest one so far.
fn plus_plus(points: &[f32], dim: usize, k: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let samples = points.len() / dim;
    let row = |i: usize| &points[i * dim..][..dim];
    let mut centres = row(rng.random_range(0..samples)).to_vec();
    let mut nearest = vec![f32::INFINITY; samples];
    while centres.len() < k * dim {
        let newest = &centres[centres.len() - dim..];
        nearest.par_iter_mut().enumerate().for_each(|(i, d)| *d = d.min(squared_euclidean(row(i), newest)));
        let total: f64 = nearest.iter().map(|d| f64::from(*d)).sum();
        let mut left = rng.random::<f64>() * total;
        // Where all points are equal every distance is 0 and the last row is taken.
        let drawn = nearest.iter().position(|d| {
            left -= f64::from(*d);
            left < 0.0
        });
        centres.extend_from_slice(row(drawn.unwrap_or(samples - 1)));
    }
    centres
}

/// Nearest centre of each row and the squared distance to it.
fn assign(points: &[f32], dim: usize, squared_norms: &[f32], centres: &[f32]) -> Vec<(u32, f32)> {
    let k = centres.len() / dim;
    // ‖p − c‖² = ‖p‖² + 2(‖c‖²/2 − p·c); the first term is the same for all centres.
    let halves: Vec<f32> = centres.chunks_exact(dim).map(|c| dot(c, c) / 2.0).collect();
    let mut assigned = vec![(0u32, 0.0f32); squared_norms.len()];
    let blocks = assigned.par_chunks_mut(AT_ONCE).zip(points.par_chunks(AT_ONCE * dim));
    blocks.zip(squared_norms.par_chunks(AT_ONCE)).for_each_init(Vec::new, |products, ((out, points), norms)| {
        products.resize(out.len() * k, 0.0);
        matmul(Matrix::new(points, out.len(), dim), Matrix::new(centres, k, dim).t(), products, false);
        for ((out, products), norm) in out.iter_mut().zip(products.chunks_exact(k)).zip(norms) {
            let mut best = (0u32, f32::INFINITY);
            for (i, (product, half)) in products.iter().zip(&halves).enumerate() {
                if half - product < best.1 {
                    best = (i as u32, half - product);
                }
            }
            *out = (best.0, (norm + 2.0 * best.1).max(0.0));
        }
    });
    assigned
}

/// Gives every empty cluster the point that lies farthest from its centre, out of clusters that keep one.
fn repair_empty(assigned: &mut [(u32, f32)], k: usize) {
    let mut sizes = vec![0usize; k];
    for (cluster, _) in assigned.iter() {
        sizes[*cluster as usize] += 1;
    }
    for empty in 0..k {
        if sizes[empty] > 0 {
            continue;
        }
        let farthest = (0..assigned.len())
            .filter(|i| sizes[assigned[*i].0 as usize] > 1)
            .max_by(|a, b| assigned[*a].1.total_cmp(&assigned[*b].1));
        if let Some(i) = farthest {
            sizes[assigned[i].0 as usize] -= 1;
            sizes[empty] += 1;
            assigned[i] = (empty as u32, 0.0);
        }
    }
}

/// Mean of each cluster, summed in row order: by one thread each, so that the bits do not depend on their number.
fn means(points: &[f32], dim: usize, k: usize, assigned: &[(u32, f32)]) -> Vec<f32> {
    let mut members = vec![Vec::new(); k];
    for (i, (cluster, _)) in assigned.iter().enumerate() {
        members[*cluster as usize].push(i);
    }
    let mut means = vec![0.0f32; k * dim];
    means.par_chunks_exact_mut(dim).zip(&members).for_each_init(
        || vec![0.0f64; dim],
        |sums, (mean, members)| {
            sums.fill(0.0);
            for i in members {
                sums.iter_mut().zip(&points[i * dim..][..dim]).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            let n = members.len().max(1) as f64;
            mean.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = (*sum / n) as f32);
        },
    );
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(seed: u64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let centres = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]];
        let truth: Vec<u32> = (0..200).map(|i| i % 4).collect();
        let points =
            truth.iter().flat_map(|t| centres[*t as usize].map(|c: f32| c + rng.random_range(-1.0f32..1.0))).collect();
        (points, truth)
    }

    #[test]
    fn finds_blobs_and_repeats_itself() {
        for seed in 0..10 {
            let (points, truth) = blobs(seed);
            let found = kmeans(&points, 2, 4, seed).unwrap();
            assert!((dnc_core::metrics::nmi(&found, &truth).arithmetic - 1.0).abs() < 1e-9, "seed {seed}");
            assert_eq!(found, kmeans(&points, 2, 4, seed).unwrap());
        }
    }

    #[test]
    fn no_point_is_nearer_to_another_mean() {
        let (points, _) = blobs(3);
        let found = kmeans(&points, 2, 7, 1).unwrap();
        let assigned: Vec<(u32, f32)> = found.iter().map(|c| (*c, 0.0)).collect();
        let centres = means(&points, 2, 7, &assigned);
        for (point, cluster) in points.chunks_exact(2).zip(&found) {
            let d = |c: usize| squared_euclidean(point, &centres[c * 2..][..2]);
            assert!((0..7).all(|c| d(*cluster as usize) <= d(c) + 1e-3));
        }
    }

    #[test]
    fn the_objective_is_the_sum_of_squared_distances_and_more_starts_do_not_raise_it() {
        // More points than one block, more clusters than blobs: starts end in different places.
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let points: Vec<f32> = (0..600 * 5).map(|_| rng.random_range(-1.0..1.0)).collect();
        let fit = |restarts| KMeans { clusters: 13, restarts, rounds: 200, seed: 4 }.fit(&points, 5).unwrap();
        let one = fit(1);
        let assigned: Vec<(u32, f32)> = one.of_point.iter().map(|c| (*c, 0.0)).collect();
        let centres = means(&points, 5, 13, &assigned);
        let slow: f64 = points
            .chunks_exact(5)
            .zip(&one.of_point)
            .map(|(p, c)| f64::from(squared_euclidean(p, &centres[*c as usize * 5..][..5])))
            .sum();
        assert!((one.objective / slow - 1.0).abs() < 1e-5, "{} {slow}", one.objective);
        assert!(fit(6).objective < one.objective);
    }

    #[test]
    fn no_cluster_is_empty_even_where_all_points_are_equal() {
        let found = kmeans(&[1.0; 12], 2, 4, 5).unwrap();
        assert_eq!(found.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }

    #[test]
    fn too_many_clusters_are_refused() {
        let error = kmeans(&[0.0; 6], 2, 4, 0).unwrap_err();
        assert_eq!((error.samples, error.clusters), (3, 4));
        assert!(error.to_string().contains("at most 3"));
    }
}

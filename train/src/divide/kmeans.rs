//! k-means: k-means++ starts, several restarts, empty clusters repaired, assignments in parallel.

use dnc_core::distance::{dot, squared_euclidean};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

/// Starts tried; the one with the smallest sum of squared distances is kept.
const RESTARTS: u64 = 4;
/// Rounds of one start at most.
const ROUNDS: usize = 50;

/// A clustering that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{samples} training pictures cannot be divided into {clusters} clusters; take at most {samples} learners")]
pub struct KMeansError {
    /// Samples given.
    pub samples: usize,
    /// Clusters asked for.
    pub clusters: usize,
}

/// Cluster of each row of `points` (row-major, `dim` values), 0 to `clusters` − 1, none empty.
///
/// # Errors
/// Where there are fewer rows than clusters, or no cluster is asked for.
pub fn kmeans(points: &[f32], dim: usize, clusters: usize, seed: u64) -> Result<Vec<u32>, KMeansError> {
    let samples = points.len() / dim.max(1);
    if clusters == 0 || samples < clusters {
        return Err(KMeansError { samples, clusters });
    }
    let best = (0..RESTARTS)
        .map(|restart| one_start(points, dim, clusters, seed.wrapping_add(restart << 32)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    Ok(best.map(|(clusters, _)| clusters).unwrap_or_default())
}

fn one_start(points: &[f32], dim: usize, k: usize, seed: u64) -> (Vec<u32>, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut centres = plus_plus(points, dim, k, &mut rng);
    let mut assigned: Vec<(u32, f32)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut next = assign(points, dim, &centres);
        repair_empty(&mut next, k);
        let settled = assigned.len() == next.len() && assigned.iter().zip(&next).all(|(a, b)| a.0 == b.0);
        assigned = next;
        if settled {
            break;
        }
        centres = means(points, dim, k, &assigned);
    }
    let sum = assigned.iter().map(|(_, d)| f64::from(*d)).sum();
    (assigned.into_iter().map(|(c, _)| c).collect(), sum)
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
fn assign(points: &[f32], dim: usize, centres: &[f32]) -> Vec<(u32, f32)> {
    let norms: Vec<f32> = centres.chunks_exact(dim).map(|c| dot(c, c)).collect();
    points
        .par_chunks_exact(dim)
        .map(|point| {
            // ‖p − c‖² = ‖p‖² − 2p·c + ‖c‖²; the first term is the same for all centres.
            let mut best = (0u32, f32::INFINITY);
            for (i, centre) in centres.chunks_exact(dim).enumerate() {
                let d = norms[i] - 2.0 * dot(point, centre);
                if d < best.1 {
                    best = (i as u32, d);
                }
            }
            (best.0, (best.1 + dot(point, point)).max(0.0))
        })
        .collect()
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

fn means(points: &[f32], dim: usize, k: usize, assigned: &[(u32, f32)]) -> Vec<f32> {
    let mut sums = vec![0.0f64; k * dim];
    let mut sizes = vec![0usize; k];
    for (point, (cluster, _)) in points.chunks_exact(dim).zip(assigned) {
        let at = *cluster as usize;
        sizes[at] += 1;
        for (sum, value) in sums[at * dim..][..dim].iter_mut().zip(point) {
            *sum += f64::from(*value);
        }
    }
    sums.chunks_exact(dim)
        .zip(&sizes)
        .flat_map(|(sum, n)| sum.iter().map(|s| (s / (*n).max(1) as f64) as f32).collect::<Vec<_>>())
        .collect()
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

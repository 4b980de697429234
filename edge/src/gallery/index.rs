//! An approximate index: a graph in which near rows are neighbours (HNSW). A search walks it and compares some hundreds of
//! rows, where the others compare all.

use std::fmt;
use std::thread::available_parallelism;

use dnc_core::distance::dot;
use dnc_core::int8;
use dnc_core::scan::Rows;
use dnc_core::search::{Hit, IdentityHit, rank_identities};
use usearch::ffi::{IndexOptions, MetricKind, ScalarKind};

use crate::pipeline::in_parallel;

/// Neighbours of a row in the graph; twice as many on its ground floor.
const NEIGHBOURS: usize = 16;
/// Rows that are compared to find a new one's neighbours.
const LOOKED_AT_TO_ADD: usize = 128;
/// Rows that are kept in sight while the graph is walked; a search that wants more keeps more.
const LOOKED_AT_TO_SEARCH: usize = 128;
/// Threads that may search at a time; one beyond them compares every row.
const SEARCHES: usize = 64;
/// Rows that a thread adds in one go.
const BLOCK: usize = 256;

/// The graph over the int8 codes of the rows. It keeps a copy of those; the rows themselves decide.
pub struct Index {
    graph: usearch::Index,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index of {} rows", self.graph.size())
    }
}

impl Index {
    /// An index of `rows`, `dim` values each, made by all cores: two are hardly ever the same.
    ///
    /// # Errors
    /// Where there is not the memory for it.
    pub fn of(rows: &Rows, dim: usize) -> Result<Self, String> {
        let options = IndexOptions {
            dimensions: dim,
            // All rows have one length: the order is that of the dot products, also of codes with a scale each.
            metric: MetricKind::Cos,
            quantization: ScalarKind::I8,
            connectivity: NEIGHBOURS,
            expansion_add: LOOKED_AT_TO_ADD,
            expansion_search: LOOKED_AT_TO_SEARCH,
            multi: false,
        };
        let threads = available_parallelism().map_or(1, usize::from).min(SEARCHES);
        let graph = usearch::Index::new(&options).map_err(|e| e.to_string())?;
        graph.reserve_capacity_and_threads(rows.len(), SEARCHES).map_err(|e| e.to_string())?;
        let added = in_parallel(&mut vec![vec![0i8; dim]; threads], rows.len().div_ceil(BLOCK), |code, block| {
            (block * BLOCK..rows.len().min((block + 1) * BLOCK)).try_for_each(|row| {
                int8::encode(rows.row(row), code);
                graph.add(row as u64, code.as_slice()).map_err(|e| e.to_string())
            })
        });
        added.into_iter().collect::<Result<(), _>>()?;
        Ok(Self { graph })
    }

    /// Memory that it takes beside the rows.
    pub fn bytes(&self) -> usize {
        self.graph.memory_usage()
    }

    /// The `k` nearest of `rows` that the graph leads to, best first, compared in f32.
    pub fn nearest(&self, rows: &Rows, probe: &[f32], k: usize) -> Vec<Hit> {
        self.nearest_of(rows, probe, k, &[])
    }

    /// The `n` nearest of the gallery's `identities`, best first, each counted by its best row. Where the graph leads to
    /// fewer, every row is compared: a runner-up that is not found would make an answer surer than it is.
    pub fn nearest_identities(&self, rows: &Rows, identities: usize, probe: &[f32], n: usize) -> Vec<IdentityHit> {
        let found = rank_identities(rows.identities(), n, |k, placed| self.nearest_of(rows, probe, k, placed));
        if found.len() < n.min(identities) { rows.nearest_identities(probe, n) } else { found }
    }

    /// Rows of identities that are not `placed`; none where the graph cannot be walked.
    fn nearest_of(&self, rows: &Rows, probe: &[f32], k: usize, placed: &[u32]) -> Vec<Hit> {
        let k = k.min(rows.len());
        if k == 0 {
            return Vec::new();
        }
        let mut code = vec![0i8; probe.len()];
        int8::encode(probe, &mut code);
        // As many as the search by int8 codes has for the comparison in f32.
        let count = (4 * k + 32).min(rows.len());
        let of = rows.identities();
        let wanted = |row: u64| of.get(row as usize).is_some_and(|identity| !placed.contains(identity));
        let found = match placed.is_empty() {
            true => self.graph.search(&code, count),
            false => self.graph.filtered_search(&code, count, wanted),
        };
        let keys = found.map(|found| found.keys).unwrap_or_default();
        let scored = keys.into_iter().map(|row| row as usize).map(|row| Hit { row, score: dot(rows.row(row), probe) });
        let mut hits: Vec<Hit> = scored.collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        hits.truncate(k);
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_core::scan::Scan;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    const DIM: usize = 32;

    fn unit(mut values: Vec<f32>) -> Vec<f32> {
        let length = dot(&values, &values).sqrt();
        values.iter_mut().for_each(|v| *v /= length);
        values
    }

    /// `clusters` centres, and `each` rows around every one.
    fn clustered(rng: &mut ChaCha8Rng, clusters: usize, each: usize) -> Vec<Vec<f32>> {
        let mut rows = Vec::new();
        for _ in 0..clusters {
            let centre: Vec<f32> = (0..DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
            for _ in 0..each {
                rows.push(unit(centre.iter().map(|v| v + rng.random_range(-0.3..0.3)).collect()));
            }
        }
        rows
    }

    fn rows(values: &[Vec<f32>], identity_of: Vec<u32>) -> Rows {
        Rows::new(DIM, values.concat(), identity_of, Scan::F32)
    }

    #[test]
    fn nearly_all_of_the_ten_nearest_are_found() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let values = clustered(&mut rng, 400, 12);
        let rows = rows(&values, (0..values.len() as u32).collect());
        let index = Index::of(&rows, DIM).unwrap();
        let (mut found, mut wanted) = (0, 0);
        for row in values.iter().step_by(24) {
            let probe = unit(row.iter().map(|v| v + rng.random_range(-0.05..0.05)).collect());
            let (exact, near) = (rows.nearest(&probe, 10), index.nearest(&rows, &probe, 10));
            wanted += exact.len();
            found += exact.iter().filter(|hit| near.contains(hit)).count();
        }
        assert!(wanted == 2000 && found * 100 >= wanted * 95, "{found} of {wanted}");
        assert!(index.bytes() > values.len() * DIM, "codes and graph");
    }

    #[test]
    fn a_small_gallery_is_ranked_as_it_is_exactly() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for count in [1, 2, 5, 60] {
            let values = clustered(&mut rng, count, 3);
            let rows = rows(&values, (0..values.len() as u32).map(|row| row / 3).collect());
            let index = Index::of(&rows, DIM).unwrap();
            for row in &values {
                let ranked = index.nearest_identities(&rows, count, row, 3);
                assert_eq!(ranked, rows.nearest_identities(row, 3), "{count} identities");
            }
        }
        let none = rows(&[], Vec::new());
        assert_eq!(Index::of(&none, DIM).unwrap().nearest_identities(&none, 0, &[1.0; DIM], 3), []);
    }

    /// One identity's views are nearest by far: the second must be found behind thousands of them.
    #[test]
    fn a_runner_up_is_found_behind_many_views_of_the_best() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut values = clustered(&mut rng, 1, 4000);
        values.extend(clustered(&mut rng, 3, 1));
        let identity_of = (0..values.len() as u32).map(|row| row.saturating_sub(3999)).collect();
        let rows = rows(&values, identity_of);
        let index = Index::of(&rows, DIM).unwrap();
        let ranked = index.nearest_identities(&rows, 4, &values[7], 3);
        assert_eq!(ranked, rows.nearest_identities(&values[7], 3));
        assert_eq!((ranked.len(), ranked[0].identity), (3, 0));
    }

    #[test]
    fn many_threads_search_at_once() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let values = clustered(&mut rng, 50, 4);
        let rows = rows(&values, (0..values.len() as u32).collect());
        let index = Index::of(&rows, DIM).unwrap();
        // More than the index has places for: those beyond them compare every row.
        let best = in_parallel(&mut [(); SEARCHES + 16], values.len(), |(), row| {
            index.nearest_identities(&rows, values.len(), &values[row], 1)[0].best.row
        });
        assert_eq!(best, (0..values.len()).collect::<Vec<_>>());
    }
}

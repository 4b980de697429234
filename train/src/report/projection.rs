//! Embeddings on a plane: t-SNE (van der Maaten and Hinton, JMLR 2008), by the crate bhtsne.

use bhtsne::tSNE;
use dnc_core::distance::squared_euclidean;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

/// Fewer rows make no map.
pub const FEWEST: usize = 8;

/// Steps of descent; the default of 1000 changes a map of a thousand rows little.
const STEPS: usize = 500;

/// Where each row of a row-major matrix of `dim` columns stands, x and y in \[0, 1\]; `None` for fewer than
/// [`FEWEST`] rows, or where rows are no numbers. The same rows and seed give the same start; the exact places depend
/// on the order in which threads add up.
pub fn plane(rows: &[f32], dim: usize, seed: u64) -> Option<Vec<[f32; 2]>> {
    let samples: Vec<&[f32]> = rows.chunks_exact(dim).collect();
    if samples.len() < FEWEST || rows.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // Small, as the original has it: neighbours find each other before they are pushed apart.
    let start: Vec<f32> = (0..samples.len() * 2).map(|_| rng.random_range(-1e-4..1e-4)).collect();
    let perplexity = ((samples.len() - 1) as f32 / 3.0).min(20.0);
    let mut tsne: tSNE<'_, f32, &[f32], 2> = tSNE::new(&samples);
    tsne.perplexity(perplexity).epochs(STEPS).initial_embedding(start).exact(|a, b| squared_euclidean(a, b).sqrt());
    fitted(&tsne.embedding())
}

/// Scales both axes by one factor into the unit square.
fn fitted(places: &[f32]) -> Option<Vec<[f32; 2]>> {
    let places = places.as_chunks::<2>().0;
    let range = |axis: usize| {
        let values = places.iter().map(|place| place[axis]);
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ranges = [range(0), range(1)];
    let width = ranges.iter().map(|(low, high)| high - low).fold(0.0, f32::max);
    if !width.is_finite() || width == 0.0 {
        return None;
    }
    let middle = ranges.map(|(low, high)| (low + high) / 2.0);
    Some(places.iter().map(|p| [0, 1].map(|axis| (p[axis] - middle[axis]) / width + 0.5)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_lie_apart_lie_apart_on_the_plane() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (groups, each, dim) = (4, 15, 10);
        let rows: Vec<f32> = (0..groups * each * dim)
            .map(|i| f32::from(i % dim == i / (each * dim)) * 3.0 + rng.random_range(-0.2..0.2))
            .collect();
        let places = plane(&rows, dim, 1).unwrap();
        assert!(places.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{places:?}");
        for (i, a) in places.iter().enumerate() {
            let distance = |j: usize| squared_euclidean(a, &places[j]);
            let nearest = (0..places.len()).filter(|j| *j != i).min_by(|x, y| distance(*x).total_cmp(&distance(*y)));
            assert_eq!(nearest.unwrap() / each, i / each, "row {i} stands among another group");
        }
    }

    #[test]
    fn too_few_rows_and_no_numbers_make_no_map_and_equal_rows_do_no_harm() {
        assert_eq!(plane(&[0.0; 14], 2, 1), None);
        assert_eq!(plane(&[], 2, 1), None);
        let mut rows = vec![0.5; 40];
        let _ = plane(&rows, 2, 1);
        rows[3] = f32::NAN;
        assert_eq!(plane(&rows, 2, 1), None);
    }
}

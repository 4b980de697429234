//! Against the dense matrices of the paper.

use super::*;
use crate::metrics::map_queries;
use crate::metrics::test_support::{random_rows, random_steps};

/// Re-ranked distances of every row to every other, with full matrices and full sorts.
fn dense(rows: &[f32], dim: usize, config: KReciprocal) -> Vec<Vec<f64>> {
    let n = rows.len() / dim;
    let row = |i: usize| &rows[i * dim..][..dim];
    let squared = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>();
    let mut d: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| squared(i, j)).collect()).collect();
    for row in &mut d {
        let most = row.iter().copied().fold(0.0, f64::max);
        row.iter_mut().for_each(|x| *x /= if most > 0.0 { most } else { 1.0 });
    }
    let ranked: Vec<Vec<usize>> = (0..n)
        .map(|i| {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| (a != i).cmp(&(b != i)).then(d[i][a].total_cmp(&d[i][b])));
            order
        })
        .collect();
    let first = |i: usize, k: usize| &ranked[i][..(k + 1).min(n)];
    let reciprocal = |i: usize, k: usize| -> Vec<usize> {
        first(i, k).iter().copied().filter(|j| first(*j, k).contains(&i)).collect()
    };
    let half = match config.k1 % 4 {
        1 => config.k1 / 2,
        _ => config.k1.div_ceil(2),
    };
    let mut v = vec![vec![0.0; n]; n];
    for i in 0..n {
        let own = reciprocal(i, config.k1);
        let mut set: std::collections::BTreeSet<usize> = own.iter().copied().collect();
        for candidate in &own {
            let theirs = reciprocal(*candidate, half);
            let shared = theirs.iter().filter(|j| own.contains(j)).count();
            if shared as f64 / theirs.len() as f64 > 2.0 / 3.0 + 1e-9 {
                set.extend(theirs);
            }
        }
        let sum: f64 = set.iter().map(|j| (-d[i][*j]).exp()).sum();
        set.iter().for_each(|j| v[i][*j] = (-d[i][*j]).exp() / sum);
    }
    if config.k2 > 1 {
        let near = |i: usize| &ranked[i][..config.k2.min(n)];
        v = (0..n)
            .map(|i| (0..n).map(|j| near(i).iter().map(|k| v[*k][j]).sum::<f64>() / near(i).len() as f64).collect())
            .collect();
    }
    let lambda = f64::from(config.lambda);
    let distance = |i: usize, j: usize| {
        let (both, either) =
            v[i].iter().zip(&v[j]).fold((0.0, 0.0), |(b, e), (x, y): (&f64, &f64)| (b + x.min(*y), e + x.max(*y)));
        (1.0 - lambda) * (1.0 - both / either) + lambda * d[i][j]
    };
    (0..n).map(|i| (0..n).map(|j| distance(i, j)).collect()).collect()
}

#[test]
fn equals_the_dense_matrices() {
    for case in 0..24u64 {
        let (n, dim) = (8 + 4 * case as usize, 2 + case as usize % 4);
        // Every third case has rows that tie.
        let rows = if case % 3 == 0 { random_steps(n, dim, case) } else { random_rows(n, dim, case) };
        let config = KReciprocal {
            k1: [20, 3, 6, 9][case as usize % 4],
            k2: [6, 1, 2][case as usize % 3],
            lambda: [0.3, 0.0, 1.0][case as usize / 8],
        };
        let expected = dense(&rows, dim, config);
        let sets = config.sets(&rows, dim);
        let queries: Vec<u32> = (0..n as u32).step_by(3).collect();
        let gallery: Vec<u32> = (0..n as u32).filter(|i| i % 3 != 1).collect();
        let found = map_queries(&sets.scorer(&queries, &gallery), |_, scores| scores.to_vec());
        for (q, scores) in found.iter().enumerate() {
            for (g, score) in scores.iter().enumerate() {
                let slow = expected[queries[q] as usize][gallery[g] as usize];
                assert!((f64::from(-score) - slow).abs() < 1e-4, "case {case}, {q} to {g}: {score}, {slow}");
            }
        }
    }
}

#[test]
fn one_row_and_equal_rows_have_distances() {
    for rows in [vec![0.5; 3], vec![0.5; 15]] {
        let sets = KReciprocal::default().sets(&rows, 3);
        let all: Vec<u32> = (0..rows.len() as u32 / 3).collect();
        for scores in map_queries(&sets.scorer(&all, &all), |_, scores| scores.to_vec()) {
            assert!(scores.iter().all(|s| s.abs() < 1e-5), "{scores:?}");
        }
    }
}

//! k-means over 10,000 features of 320 values, and the matching of its clusters to those of another seed.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dnc_train::divide::{KMeans, match_clusters};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const ROWS: usize = 10_000;
const DIM: usize = 320;

fn division(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let points: Vec<f32> = (0..ROWS * DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut group = c.benchmark_group(format!("{ROWS} × {DIM}"));
    group.sample_size(10);
    for clusters in [4, 32, 512] {
        let one_start = |seed| KMeans { clusters, restarts: 1, rounds: 10, seed };
        group.bench_function(BenchmarkId::new("k-means, 10 rounds", clusters), |b| {
            b.iter(|| black_box(one_start(1).fit(&points, DIM)));
        });
        let labels = |seed| one_start(seed).fit(&points, DIM).expect("fewer clusters than rows").of_point;
        let (previous, current) = (labels(1), labels(2));
        group.bench_function(BenchmarkId::new("cluster matching", clusters), |b| {
            b.iter(|| black_box(match_clusters(&previous, &current, clusters)));
        });
    }
    group.finish();
}

criterion_group!(benches, division);
criterion_main!(benches);

//! Leave-one-out retrieval, verification, re-ranking and query expansion over 5,000 embeddings of 128 values.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dnc_core::EmbeddingLayout;
use dnc_core::expansion::QueryExpansion;
use dnc_core::metrics::{Labelled, leave_one_out, verification};
use dnc_core::normalize::l2_normalize;
use dnc_core::rerank::KReciprocal;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const ROWS: usize = 5_000;
const DIM: usize = 128;

fn evaluation(c: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut embeddings: Vec<f32> = (0..ROWS * DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
    embeddings.chunks_exact_mut(DIM).for_each(l2_normalize);
    let labels: Vec<u32> = (0..ROWS as u32).map(|row| row / 5).collect();
    let set = Labelled::new(&embeddings, DIM, &labels);
    let layout = EmbeddingLayout::new(DIM, 1).expect("one slice");
    let mut group = c.benchmark_group(format!("{ROWS} × {DIM}, leave-one-out"));
    group.sample_size(10);
    group.bench_function("retrieval", |b| b.iter(|| black_box(leave_one_out(set, &[1, 10]))));
    group.bench_function("verification", |b| {
        b.iter(|| black_box(verification(set, set, &[1e-1, 1e-4], |query, row| row <= query)));
    });
    group.bench_function("k-reciprocal sets", |b| b.iter(|| black_box(KReciprocal::default().sets(&embeddings, DIM))));
    group.bench_function("query expansion, 5 neighbours", |b| {
        let expansion = QueryExpansion { neighbours: 5, alpha: 3.0 };
        b.iter(|| black_box(expansion.expand(&embeddings, &embeddings, &layout, |query, row| query == row)));
    });
    group.finish();
}

criterion_group!(benches, evaluation);
criterion_main!(benches);

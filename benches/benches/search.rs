//! Exact search for the ten nearest of 100,000 and 1,000,000 rows of 128 values, one thread: f32, and int8 with f32 after
//! it. The rows are unit vectors around 2,000 centres, as the views of identities are.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dnc_core::distance::dot;
use dnc_core::scan::{Rows, Scan};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const DIM: usize = 128;

fn unit(row: &mut [f32]) {
    let length = dot(row, row).sqrt();
    row.iter_mut().for_each(|v| *v /= length);
}

fn gallery(rows: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let centres: Vec<f32> = (0..2_000 * DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut values = Vec::with_capacity(rows * DIM);
    for row in 0..rows {
        let centre = &centres[row % 2_000 * DIM..][..DIM];
        values.extend(centre.iter().map(|c| c + rng.random_range(-0.5..0.5f32)));
        unit(&mut values[row * DIM..]);
    }
    values
}

fn search(c: &mut Criterion) {
    for count in [100_000, 1_000_000] {
        let values = gallery(count);
        let mut group = c.benchmark_group(format!("ten nearest of {count} x {DIM}"));
        group.sample_size(20).throughput(Throughput::Elements(count as u64));
        let probes: Vec<Vec<f32>> = (0..64).map(|i| values[i * 997 * DIM..][..DIM].to_vec()).collect();
        for (name, scan) in [("f32", Scan::F32), ("int8, then f32", Scan::Int8)] {
            let rows = Rows::new(DIM, values.clone(), (0..count as u32).collect(), scan);
            let mut probes = probes.iter().cycle();
            group.bench_function(name, |b| {
                b.iter(|| black_box(rows.nearest(probes.next().expect("probes are without end"), 10)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, search);
criterion_main!(benches);

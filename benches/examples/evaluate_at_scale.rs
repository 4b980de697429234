//! Time and memory of an evaluation: leave-one-out over random embeddings, five pictures of each identity; plain,
//! by pairs, and re-ranked.
//!
//!   cargo run --release -p dnc-benches --example evaluate_at_scale -- [ROWS [DIM]]     (60000 512)
//!
//! Peak memory is the kernel's own count (VmHWM), so it is told on Linux only.

use std::time::Instant;

use dnc_core::metrics::{Labelled, RetrievalScores, leave_one_out, score_queries, verification};
use dnc_core::normalize::l2_normalize;
use dnc_core::rerank::KReciprocal;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).map_or("unknown".into(), |line| line[6..].trim().to_owned())
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<usize>().expect("ROWS and DIM are numbers"));
    let (rows, dim) = (args.next().unwrap_or(60_000), args.next().unwrap_or(512));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<u32> = (0..rows as u32).map(|row| row / 5).collect();
    let mut centre = vec![0.0f32; dim];
    let mut embeddings = Vec::with_capacity(rows * dim);
    for row in 0..rows {
        if row % 5 == 0 {
            centre.iter_mut().for_each(|c| *c = rng.random_range(-1.0..1.0));
        }
        embeddings.extend(centre.iter().map(|c| c + rng.random_range(-3.0f32..3.0)));
        l2_normalize(&mut embeddings[row * dim..]);
    }
    let set = Labelled::new(&embeddings, dim, &labels);
    println!("{rows} × {dim}, {} threads; {} before the metrics", rayon::current_num_threads(), peak());
    let started = Instant::now();
    let scores = leave_one_out(set, &[1, 10]);
    let seconds = started.elapsed().as_secs_f64();
    let flops = 2.0 * (rows * rows * dim) as f64 / seconds / 1e9;
    println!(
        "retrieval: {seconds:.1} s ({flops:.0} GFLOP/s), R@1 {:.4}, mAP {:.4}, peak {}",
        scores.recall[&1],
        scores.map,
        peak()
    );
    let started = Instant::now();
    let found = verification(set, set, &[1e-1, 1e-2, 1e-3, 1e-4], |query, row| row <= query);
    let tar: Vec<String> = found.points.iter().map(|p| format!("{:.4} at {}", p.tar, p.target)).collect();
    println!("verification: {:.1} s, TAR {}, peak {}", started.elapsed().as_secs_f64(), tar.join(", "), peak());
    let started = Instant::now();
    let sets = KReciprocal::default().sets(&embeddings, dim);
    let all: Vec<u32> = (0..rows as u32).collect();
    let ranked = score_queries(&sets.scorer(&all, &all), &labels, &labels, |query, row| query == row);
    let map = RetrievalScores::of(&ranked, &[1]).map;
    println!("re-ranking: {:.1} s, mAP {map:.4}, peak {}", started.elapsed().as_secs_f64(), peak());
}

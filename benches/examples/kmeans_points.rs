//! Our k-means on made-up points, and the points in a file, for `benches/peers/kmeans_faiss.py`.
//!
//!   cargo run --release -p dnc-benches --example kmeans_points -- FILE [ROWS [DIM [CLUSTERS [ROUNDS]]]]
//!
//! FILE gets the points as little-endian f32, row by row; standard output one JSON object with sizes, objective
//! and seconds. Points are drawn around 3 × CLUSTERS centres, so that the best clustering is not given away.

use std::io::Write;
use std::time::Instant;

use dnc_train::divide::KMeans;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().expect("FILE that gets the points");
    let mut number = |default: usize| args.next().map_or(default, |arg| arg.parse().expect("sizes are numbers"));
    let (rows, dim, clusters, rounds) = (number(20_000), number(128), number(100), number(25));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let centres: Vec<f32> = (0..3 * clusters * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut points = Vec::with_capacity(rows * dim);
    for _ in 0..rows {
        let at = rng.random_range(0..3 * clusters) * dim;
        points.extend(centres[at..][..dim].iter().map(|c| c + rng.random_range(-2.0f32..2.0)));
    }
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    points.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
    out.flush()?;
    let started = Instant::now();
    let found = KMeans { clusters, restarts: 1, rounds, seed: 1 }.fit(&points, dim).expect("fewer clusters than rows");
    println!(
        "{{\"rows\":{rows},\"dim\":{dim},\"clusters\":{clusters},\"rounds\":{rounds},\"threads\":{},\"objective\":{},\"seconds\":{}}}",
        rayon::current_num_threads(),
        found.objective,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

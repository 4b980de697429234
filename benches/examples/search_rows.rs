//! Our exact search as a program that answers one query at a time, for `benches/peers/search_faiss.py`, which asks it
//! and faiss in turns.
//!
//!   search_rows GALLERY ROWS FILE
//!
//! The gallery's embeddings (of real pictures) are repeated with jitter until there are ROWS of unit length; FILE gets
//! them as little-endian f32. Then each line of standard input is the number of a probe: a row with jitter of its own, whose
//! values are answered as a JSON object beside the ten nearest rows and the seconds that each way of reading took.

use std::io::{BufRead, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use dnc_core::distance::dot;
use dnc_core::scan::{Rows, Scan};
use dnc_core::search::Hit;
use dnc_edge::Gallery;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

/// Length of the jitter beside the embedding's 1: the nearest rows are near one another, as they are where a camera enrols
/// the same identity often.
const JITTER: f32 = 0.3;

const NEAREST: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(gallery), Some(count), Some(file)) = (args.next(), args.next(), args.next()) else {
        return Err("give GALLERY ROWS FILE".into());
    };
    let count: usize = count.parse()?;
    let gallery = Gallery::open(Path::new(&gallery))?.snapshot()?;
    if gallery.views() == 0 {
        return Err("the gallery has no view".into());
    }
    let dim = gallery.space().layout.dim();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut values = Vec::with_capacity(count * dim);
    for row in 0..count {
        values.extend(jittered(gallery.row(row % gallery.views()), &mut rng));
    }
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
    out.flush()?;
    let identity_of: Vec<u32> = (0..count as u32).collect();
    let exact = Rows::new(dim, values.clone(), identity_of.clone(), Scan::F32);
    let int8 = Rows::new(dim, values, identity_of, Scan::Int8);
    println!("{{\"rows\":{count},\"dim\":{dim},\"views\":{},\"jitter\":{JITTER}}}", gallery.views());
    for line in std::io::stdin().lock().lines() {
        let number: usize = line?.trim().parse()?;
        let mut rng = ChaCha8Rng::seed_from_u64(1 + number as u64);
        let probe = jittered(exact.row(number % count), &mut rng);
        let (exact, exact_seconds) = timed(|| exact.nearest(&probe, NEAREST));
        let (int8, int8_seconds) = timed(|| int8.nearest(&probe, NEAREST));
        println!(
            "{{\"probe\":{probe:?},\"f32\":{:?},\"f32_seconds\":{exact_seconds},\"int8\":{:?},\"int8_seconds\":{int8_seconds}}}",
            numbers(&exact),
            numbers(&int8)
        );
    }
    Ok(())
}

/// `embedding` with jitter, of length 1.
fn jittered(embedding: &[f32], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let unit = |values: &mut [f32], length: f32| {
        let scale = length / dot(values, values).sqrt();
        values.iter_mut().for_each(|v| *v *= scale);
    };
    let mut values = embedding.to_vec();
    unit(&mut values, 1.0);
    let mut jitter: Vec<f32> = values.iter().map(|_| rng.random_range(-1.0..1.0)).collect();
    unit(&mut jitter, JITTER);
    values.iter_mut().zip(jitter).for_each(|(v, j)| *v += j);
    unit(&mut values, 1.0);
    values
}

fn timed(search: impl FnOnce() -> Vec<Hit>) -> (Vec<Hit>, f64) {
    let started = Instant::now();
    let hits = search();
    (hits, started.elapsed().as_secs_f64())
}

fn numbers(hits: &[Hit]) -> Vec<usize> {
    hits.iter().map(|hit| hit.row).collect()
}

//! Time and memory of an evaluation as `dnc-train evaluate` makes it, over random embeddings with five pictures of each
//! identity: each group of metrics, query expansion, re-ranking.
//!
//!   cargo run --release -p dnc-benches --example evaluate_at_scale -- [ROWS [DIM]]     (60000 512)
//!
//! Peak memory is the kernel's own count (VmHWM) since the start, so it is told on Linux only. Ends with 1 where it is
//! above 1 GiB.

use std::process::ExitCode;
use std::time::Instant;

use dnc_core::EmbeddingLayout;
use dnc_core::expansion::QueryExpansion;
use dnc_core::normalize::l2_normalize;
use dnc_core::rerank::KReciprocal;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Role, Sample, Split};
use dnc_train::config::Config;
use dnc_train::evaluate::{Embedded, EvaluationOptions, Metric, Part, Scope};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const MOST_MIB: u64 = 1024;

fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn told(mib: Option<u64>) -> String {
    mib.map_or_else(|| "unknown on this system".into(), |mib| format!("{mib} MiB"))
}

fn main() -> anyhow::Result<ExitCode> {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<usize>().expect("ROWS and DIM are numbers"));
    let (count, dim) = (args.next().unwrap_or(60_000), args.next().unwrap_or(512));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut centre = vec![0.0f32; dim];
    let mut rows = Vec::with_capacity(count * dim);
    for row in 0..count {
        if row % 5 == 0 {
            centre.iter_mut().for_each(|c| *c = rng.random_range(-1.0..1.0));
        }
        rows.extend(centre.iter().map(|c| c + rng.random_range(-3.0f32..3.0)));
        l2_normalize(&mut rows[row * dim..]);
    }
    let sample = |row: usize| Sample {
        path: format!("{row}.jpg").into(),
        identity: (row / 5) as u32,
        camera: None,
        split: Split::Test,
        role: Role::Both,
    };
    let set = Dataset {
        name: "random".into(),
        root: "random".into(),
        samples: (0..count).map(sample).collect(),
        identities: (0..count.div_ceil(5)).map(|i| i.to_string()).collect(),
        cameras: Vec::new(),
        protocol: Protocol::LeaveOneOut,
    };
    let (samples, layout) = (set.samples.iter().collect(), EmbeddingLayout::new(dim, 1)?);
    let embedded = Embedded { model: "random".into(), samples, rows, layout, masks: Vec::new(), skipped: 0 };
    let config = Config::default();
    let scope = Scope { config: &config, dataset: &set, part: Part::Test };
    let threads = rayon::current_num_threads();
    println!("{count} × {dim}, {threads} threads; peak before the metrics {}", told(peak_mib()));

    let plain = EvaluationOptions { metrics: Vec::new(), ..EvaluationOptions::default() };
    let of = |metric| EvaluationOptions { metrics: vec![metric], ..plain.clone() };
    let expansion = Some(QueryExpansion { neighbours: 5, alpha: 3.0 });
    for (name, options) in [
        ("retrieval", of(Metric::Retrieval)),
        ("verification", of(Metric::Verification)),
        ("open set", of(Metric::OpenSet)),
        ("query expansion", EvaluationOptions { expansion, ..plain.clone() }),
        ("re-ranking", EvaluationOptions { rerank: Some(KReciprocal::default()), ..plain.clone() }),
        ("NMI", of(Metric::Nmi)),
    ] {
        let started = Instant::now();
        let found = embedded.evaluate(scope, &options)?;
        let (seconds, map) = (started.elapsed().as_secs_f64(), found.scores.map);
        println!("{name} (retrieval included): {seconds:.1} s, mAP {map:.4}, peak {}", told(peak_mib()));
    }
    Ok(match peak_mib() {
        Some(peak) if peak > MOST_MIB => {
            eprintln!("peak {peak} MiB, above {MOST_MIB}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    })
}

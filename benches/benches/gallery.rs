//! A gallery of 10,000 views of 2,500 identities, 128 values each, on this machine's disk: a view enrolled, an identity of
//! one view removed (each is on the disk when it is told), the whole read for searching, and a probe identified.

use std::cell::RefCell;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use dnc_core::EmbeddingLayout;
use dnc_core::decision::DecisionRule;
use dnc_core::manifest::Precision;
use dnc_core::normalize::group_normalize;
use dnc_core::scan::Scan;
use dnc_edge::gallery::NewView;
use dnc_edge::{Gallery, IdentificationRule, Space};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const DIM: usize = 128;
const VIEWS: usize = 10_000;
const VIEWS_EACH: usize = 4;

fn space() -> Space {
    Space { space_id: "bench".into(), layout: EmbeddingLayout::new(DIM, 4).expect("four slices of 32") }
}

fn view(at: usize, identity: String) -> NewView {
    let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
    let mut embedding: Vec<f32> = (0..DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
    group_normalize(&mut embedding, &space().layout);
    let mut picture_sha256 = [0; 32];
    picture_sha256[..8].copy_from_slice(&at.to_le_bytes());
    NewView {
        identity,
        embedding,
        source: format!("camera/{at}.jpg"),
        picture_sha256,
        precision: Precision::F32,
        keep_f32: true,
        thumbnail: None,
    }
}

fn gallery(c: &mut Criterion) {
    // Not the system's folder for temporary files, which may lie in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder takes files");
    let mut gallery = Gallery::create_or_open(&folder.path().join("bench.gallery"), &space()).expect("a new gallery");
    let views: Vec<NewView> = (0..VIEWS).map(|at| view(at, format!("identity {}", at / VIEWS_EACH))).collect();
    gallery.enroll(&views).expect("views of this space");
    let mut group = c.benchmark_group(format!("gallery of {VIEWS} views"));
    group.sample_size(20);
    for (name, scan) in [("read for f32", Scan::F32), ("read for int8", Scan::Int8)] {
        group.bench_function(name, |b| {
            b.iter(|| black_box(gallery.snapshot_for(scan.into())).expect("a whole gallery"))
        });
    }
    let snapshot = gallery.snapshot().expect("a whole gallery");
    let rule = IdentificationRule { rule: DecisionRule { threshold: 0.5, margin: 0.0 }, measured: None };
    let mut probes = views.iter().step_by(97).cycle();
    group.bench_function("identify", |b| {
        b.iter(|| {
            let probe = &probes.next().expect("probes are without end").embedding;
            black_box(snapshot.identify(probe, &rule, 3)).expect("a probe of this space")
        });
    });
    let (gallery, next) = (RefCell::new(gallery), RefCell::new(VIEWS..));
    let newcomer = || {
        let at = next.borrow_mut().next().expect("numbers are without end");
        view(at, format!("newcomer {at}"))
    };
    let enroll = |view: NewView| gallery.borrow_mut().enroll(&[view]).expect("a view of this space");
    let remove = |name: &str| gallery.borrow_mut().remove(name).expect("it is there");
    group.bench_function("enrol a view", |b| {
        b.iter_batched(newcomer, |view| black_box(enroll(view)), BatchSize::PerIteration);
    });
    group.bench_function("remove an identity", |b| {
        let enrolled = || {
            let view = newcomer();
            let name = view.identity.clone();
            enroll(view);
            name
        };
        b.iter_batched(enrolled, |name| black_box(remove(&name)), BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, gallery);
criterion_main!(benches);

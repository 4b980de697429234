//! Export of MobileNetV2 (width 1, 96 px, d = 128, K = 4, random weights: times do not depend on them): writing the f32
//! file, calibration, quantisation, and one picture through every variant with every library that runs it, one thread.
//!
//! ONNX Runtime is taken where it is there (`dnc-edge runtime fetch`); without it its rows are left out, which is said.

use std::hint::black_box;

use burn_flex::{Flex, FlexDevice};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dnc_core::EmbeddingLayout;
use dnc_edge::runtime::{Engine, OrtOptions, library};
use dnc_export::folded::FoldedNetwork;
use dnc_export::kind::Kind;
use dnc_export::onnx::{Form, Numbers, model};
use dnc_export::quantise::plan::Scheme;
use dnc_export::quantise::{Calibrated, Pictures, Quantised, Recipe};
use dnc_export::runner::Runner;
use dnc_train::architecture::Backbone;
use dnc_train::network::Network;
use prost::Message;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const SIZE: u32 = 96;
const DIM: usize = 128;
/// Pictures that are looked at, twice each.
const CALIBRATION: usize = 16;

fn picture(at: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
    (0..3 * SIZE * SIZE).map(|_| rng.random_range(-2.0..2.0)).collect()
}

fn folded() -> FoldedNetwork {
    let layout = EmbeddingLayout::new(DIM, 4).expect("four slices of 32");
    FoldedNetwork::of(&Network::<Flex>::new(Backbone::MobilenetV2.graph(1.0), layout, 1, &FlexDevice))
}

fn write(network: &FoldedNetwork, numbers: Numbers<'_>) -> Vec<u8> {
    model(network, Form { numbers, ..Form::plain(SIZE) }, &[]).encode_to_vec()
}

fn export(c: &mut Criterion) {
    let network = folded();
    let mut group = c.benchmark_group("export");
    group.sample_size(10);
    group.bench_function("write f32", |b| b.iter(|| black_box(write(&network, Numbers::F32))));
    let pictures = Pictures { len: CALIBRATION, read: &|at| Ok(picture(at)) };
    let calibrate = || Calibrated::of(network.clone(), SIZE, true, &pictures, &|_| ()).expect("pictures of noise");
    group.throughput(Throughput::Elements(CALIBRATION as u64));
    group.bench_function("calibrate and equalise, a picture", |b| b.iter(|| black_box(calibrate())));
    let calibrated = calibrate();
    for scheme in [Scheme::Ort, Scheme::Tensorrt, Scheme::WeightsOnly] {
        // The bias correction looks at the pictures once more.
        let quantise = || calibrated.quantise(Recipe::best(scheme)).expect("pictures of noise");
        group.bench_function(format!("quantise {scheme:?}, a picture"), |b| b.iter(|| black_box(quantise())));
    }
    group.finish();
    inference(c, &network, &calibrated);
}

fn inference(c: &mut Criterion, network: &FoldedNetwork, calibrated: &Calibrated<'_>) {
    let runner =
        Runner { size: SIZE, dim: DIM, ort: OrtOptions { library: library::find(None), ..OrtOptions::default() } };
    let mut group = c.benchmark_group("one picture");
    for kind in [Kind::F32, Kind::F16, Kind::Int8Ort, Kind::Int8Tract, Kind::Int8Tensorrt] {
        let quantised: Option<Quantised> =
            kind.scheme().map(|scheme| calibrated.quantise(Recipe::best(scheme)).expect("pictures of noise"));
        let onnx = match (&quantised, kind) {
            (Some(q), _) => write(&q.network, Numbers::Int8(&q.plan)),
            (None, Kind::F16) => write(network, Numbers::F16),
            (None, _) => write(network, Numbers::F32),
        };
        for engine in [Engine::Tract, Engine::Ort] {
            if kind.scheme().is_some() && engine != kind.engine() {
                continue;
            }
            if engine == Engine::Ort && runner.ort.library.is_none() {
                println!("skipped: {} with ONNX Runtime, which is not there: dnc-edge runtime fetch", kind.name());
                continue;
            }
            let mut runtime = runner.load(&onnx, engine).expect("a model of ours");
            let (input, mut out) = (picture(0), Vec::new());
            group.bench_function(format!("{} {engine:?}", kind.name()), |b| {
                b.iter(|| runtime.embed(&input, 1, &mut out).expect("a model of ours"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, export);
criterion_main!(benches);

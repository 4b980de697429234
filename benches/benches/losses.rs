//! Every loss and every miner, forward and backward: batch 80 (20 classes of 4), d = 128.

use std::hint::black_box;

use burn::backend::Autodiff;
use burn::tensor::{Distribution, Tensor};
use burn_flex::Flex;
use criterion::{Criterion, criterion_group, criterion_main};
use dnc_train::head::l2_normalize;
use dnc_train::loss::{
    ContrastiveLoss, Embeddings, MarginLoss, MetricLoss, MultiSimilarityLoss, NPairsLoss, ProxyNcaLoss,
    TrainedMarginLoss, TripletLoss,
};
use dnc_train::miner::{AnyMiner, DistanceCutoff, DistanceWeighted, Hard, Miner, SemiHard};

type B = Autodiff<Flex>;

const BATCH: usize = 80;
const PER_CLASS: usize = 4;
const DIM: usize = 128;
/// Training identities, for losses that keep something for each.
const CLASSES: usize = 1000;
const REMEMBERED: usize = 2000;

fn raw(rows: usize) -> Tensor<B, 2> {
    Tensor::random([rows, DIM], Distribution::Normal(0.0, 1.0), &Default::default())
}

fn labels(rows: usize) -> Vec<u32> {
    (0..rows).map(|row| ((row / PER_CLASS) % CLASSES) as u32).collect()
}

fn losses(c: &mut Criterion) {
    let device = Default::default();
    let x = raw(BATCH).require_grad();
    let mut group = c.benchmark_group("loss, forward and backward");
    let margin = MarginLoss::default();
    let start = MarginLoss { miner: AnyMiner::DistanceCutoff(margin.miner), beta: margin.beta, margin: margin.margin };
    let losses: [(&str, Box<dyn MetricLoss<B>>); 8] = [
        ("margin", Box::new(margin)),
        ("margin, β per class", Box::new(TrainedMarginLoss::new(start, CLASSES, 0.0, &device))),
        (
            "margin, distance-weighted",
            Box::new(MarginLoss { miner: DistanceWeighted::default(), beta: 1.2, margin: 0.2 }),
        ),
        ("triplet", Box::new(TripletLoss::default())),
        ("n-pairs", Box::new(NPairsLoss::default())),
        ("contrastive", Box::new(ContrastiveLoss::default())),
        ("multi-similarity", Box::new(MultiSimilarityLoss::default())),
        ("proxy-nca, 1000 classes", Box::new(ProxyNcaLoss::new(CLASSES, DIM, 1.0 / 9.0, 20.0, 1, &device))),
    ];
    for (name, loss) in &losses {
        group.bench_function(*name, |b| {
            b.iter(|| {
                let loss = loss.forward(l2_normalize(x.clone()), &labels(BATCH), 1).expect("a batch with pairs");
                black_box(loss.backward())
            });
        });
    }
    let remembered = l2_normalize(raw(REMEMBERED));
    for (name, loss) in losses.iter().filter(|(name, _)| ["margin", "contrastive"].contains(name)) {
        group.bench_function(format!("{name}, {REMEMBERED} remembered"), |b| {
            b.iter(|| {
                let batch = Embeddings::of_batch(l2_normalize(x.clone()), &labels(BATCH));
                let embeddings = batch.with_remembered(remembered.clone(), &labels(REMEMBERED));
                black_box(loss.of(&embeddings, 1).expect("a batch with pairs").backward())
            });
        });
    }
    group.finish();
}

fn miners(c: &mut Criterion) {
    let unit: Vec<f32> = l2_normalize(raw(BATCH)).into_data().into_vec().expect("values of the CPU backend are f32");
    let labels = labels(BATCH);
    let mut group = c.benchmark_group("miner");
    let miners: [(&str, AnyMiner); 4] = [
        ("distance-cutoff", AnyMiner::DistanceCutoff(DistanceCutoff::default())),
        ("distance-weighted", AnyMiner::DistanceWeighted(DistanceWeighted::default())),
        ("semi-hard", AnyMiner::SemiHard(SemiHard)),
        ("hard", AnyMiner::Hard(Hard)),
    ];
    for (name, miner) in miners {
        group.bench_function(name, |b| b.iter(|| black_box(miner.mine(&unit, DIM, &labels, 1))));
    }
    group.finish();
}

criterion_group!(benches, losses, miners);
criterion_main!(benches);

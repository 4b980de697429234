//! One training step of each backbone: forward with batch statistics, margin loss of one learner, backward, Adam.
//! 64 px, batch 80, 4 pictures an identity: the published batch at the size of the data sets in ../shared.

use std::hint::black_box;

use burn::backend::Autodiff;
use burn::tensor::{Distribution, Tensor};
use burn_flex::{Flex, FlexDevice};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dnc_core::EmbeddingLayout;
use dnc_train::architecture::Backbone;
use dnc_train::config::Config;
use dnc_train::loss::MarginLoss;
use dnc_train::network::Network;
use dnc_train::optimizer::{Limits, Rates, TraineeOptimizer};
use dnc_train::trainee::Trainee;

type B = Autodiff<Flex>;

const BATCH: usize = 80;
const PER_IDENTITY: usize = 4;
const SIDE: usize = 64;
const RATES: Rates = Rates { backbone: 1e-5, head: 1e-5, masks: 0.0, objective: 0.0 };

fn steps(c: &mut Criterion) {
    let x = Tensor::<B, 4>::random([BATCH, SIDE, SIDE, 3], Distribution::Default, &FlexDevice);
    let labels: Vec<u32> = (0..BATCH).map(|i| (i / PER_IDENTITY) as u32).collect();
    let layout = EmbeddingLayout::new(128, 4).expect("4 learners share 128 values");
    let mut group = c.benchmark_group("training step, batch 80, 64 px");
    group.sample_size(10).throughput(Throughput::Elements(BATCH as u64));
    for (name, backbone) in
        [("mobilenet-v2", Backbone::MobilenetV2), ("resnet-18", Backbone::Resnet18), ("resnet-50", Backbone::Resnet50)]
    {
        let network = Network::<B>::new(backbone.graph(1.0), layout, 1, &FlexDevice);
        let mut trainee = Trainee::new(network, &Config::default(), BATCH / PER_IDENTITY, &FlexDevice);
        let mut optimizer = TraineeOptimizer::new(&trainee, 1e-4);
        let limits = Limits { norm: None, loss_scale: 1.0 };
        group.bench_function(name, |b| {
            b.iter(|| {
                let network = &trainee.network;
                let (features, statistics) = network.features_with_batch(x.clone());
                let loss = network.head.loss(features, &labels, Some(0), &MarginLoss::default(), 1);
                let grads = loss.expect("20 identities of 4 pictures give pairs").backward();
                trainee = optimizer.step(trainee.clone(), grads, RATES, limits).trainee;
                trainee.network = trainee.network.clone().update_running(statistics, 0.1);
                black_box(&trainee);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);

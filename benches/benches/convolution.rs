//! The CPU kernels of the network against Burn's own operations, forward and backward: a MobileNetV2 block of
//! 96 channels on 16 × 16 pixels, batch 80.

use std::hint::black_box;

use burn::backend::Autodiff;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Distribution, Tensor};
use burn_flex::Flex;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dnc_train::ops::{Activation, ConvSpec, conv};

type B = Autodiff<Flex>;

const BATCH: usize = 80;
const SIDE: usize = 16;
const CHANNELS: usize = 96;

fn blocks(c: &mut Criterion) {
    let device = Default::default();
    let kinds = [("pointwise 96 to 24", 1, 24, false), ("depthwise 3x3", 3, CHANNELS, true)];
    for (name, kernel, c_out, depthwise) in kinds {
        let rows = kernel * kernel * if depthwise { 1 } else { CHANNELS };
        let x = Tensor::<B, 4>::random([BATCH, SIDE, SIDE, CHANNELS], Distribution::Default, &device).require_grad();
        let weight = Tensor::<B, 2>::random([rows, c_out], Distribution::Default, &device).require_grad();
        let bias = Tensor::<B, 1>::zeros([c_out], &device).require_grad();
        let spec = ConvSpec { kernel, stride: 1, padding: kernel / 2, depthwise, activation: Activation::Relu6 };
        let mut group = c.benchmark_group(format!("{name}, forward and backward"));
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("ours", BATCH), |b| {
            b.iter(|| black_box(conv(x.clone(), weight.clone(), Some(bias.clone()), spec).sum().backward()));
        });
        // Burn's layout, N×C×H×W, so that no transpose is charged to it.
        let x = x.clone().permute([0, 3, 1, 2]).inner();
        let x = Tensor::<B, 4>::from_data(x.into_data(), &device).require_grad();
        let per_group = if depthwise { 1 } else { CHANNELS };
        let weight = weight.clone().reshape([kernel, kernel, per_group, c_out]).permute([3, 2, 0, 1]).inner();
        let weight = Tensor::<B, 4>::from_data(weight.into_data(), &device).require_grad();
        let groups = if depthwise { CHANNELS } else { 1 };
        group.bench_function(BenchmarkId::new("burn", BATCH), |b| {
            b.iter(|| {
                let options = ConvOptions::new([1; 2], [kernel / 2; 2], [1; 2], groups);
                let y = conv2d(x.clone(), weight.clone(), Some(bias.clone()), options).clamp(0.0, 6.0);
                black_box(y.sum().backward())
            });
        });
        group.finish();
    }
}

criterion_group!(benches, blocks);
criterion_main!(benches);

//! CPU kernels against Burn's own operations, values and gradients, over random sizes.

use burn::backend::Autodiff;
use burn::tensor::{DType, Distribution, Tensor, TensorData};
use burn_flex::Flex;
use rand::{RngExt, SeedableRng};

use super::{Activation, ConvSpec, PoolSpec, add, composed, conv, max_pool, norm};
use crate::precision::cast;

type B = Autodiff<Flex>;

struct Random(rand::rngs::ChaCha8Rng);

impl Random {
    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<B, D> {
        let n = shape.iter().product();
        let values: Vec<f32> = (0..n).map(|_| self.0.random_range(-1.0..1.0)).collect();
        Tensor::from_data(TensorData::new(values, shape), &Default::default())
    }
}

fn close<const D: usize>(a: Tensor<Flex, D>, b: Tensor<Flex, D>, what: &str) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let scale: f32 = b.clone().abs().max().into_scalar();
    let worst: f32 = (a - b).abs().max().into_scalar();
    assert!(worst <= 1e-4 * scale.max(1.0), "{what}: off by {worst} of {scale}");
}

const ACTIVATIONS: [Activation; 3] = [Activation::None, Activation::Relu, Activation::Relu6];

#[test]
fn convolutions_equal_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(1));
    for case in 0..60 {
        let r = &mut random.0;
        let depthwise = case % 2 == 0;
        let kernel = [1, 3, 7, 5][case % 4];
        let spec = ConvSpec {
            kernel,
            stride: r.random_range(1..=2),
            padding: r.random_range(0..=kernel / 2),
            depthwise,
            activation: ACTIVATIONS[case % 3],
        };
        let (n, h, w) = (r.random_range(1..5), r.random_range(kernel..12), r.random_range(kernel..12));
        let c_in = r.random_range(1..20);
        let c_out = if depthwise { c_in } else { r.random_range(1..20) };
        let taps = kernel * kernel * if depthwise { 1 } else { c_in };
        let x = (random.tensor([n, h, w, c_in]) * 3.0).require_grad();
        let weight = random.tensor([taps, c_out]).require_grad();
        let bias = random.tensor([c_out]).require_grad();
        let ours = conv(x.clone(), weight.clone(), bias.clone(), spec);
        let burns = composed::conv(x.clone(), weight.clone(), bias.clone(), spec);
        close(ours.clone().inner(), burns.clone().inner(), &format!("case {case} {spec:?}"));
        let pull = random.tensor(ours.dims());
        let (a, b) = ((ours * pull.clone()).sum().backward(), (burns * pull).sum().backward());
        close(x.grad(&a).unwrap(), x.grad(&b).unwrap(), &format!("case {case} {spec:?} input"));
        close(weight.grad(&a).unwrap(), weight.grad(&b).unwrap(), &format!("case {case} {spec:?} weight"));
        close(bias.grad(&a).unwrap(), bias.grad(&b).unwrap(), &format!("case {case} {spec:?} bias"));
    }
}

#[test]
fn large_batches_in_parts_equal_burns_own() {
    // Enough rows for several parts, and a last part that is shorter.
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(2));
    for depthwise in [false, true] {
        let spec = ConvSpec { kernel: 3, stride: 1, padding: 1, depthwise, activation: Activation::Relu6 };
        let x = random.tensor([19, 11, 9, 8]).require_grad();
        let weight = random.tensor([9 * if depthwise { 1 } else { 8 }, 8]).require_grad();
        let bias = random.tensor([8]).require_grad();
        let ours = conv(x.clone(), weight.clone(), bias.clone(), spec);
        let burns = composed::conv(x.clone(), weight.clone(), bias.clone(), spec);
        close(ours.clone().inner(), burns.clone().inner(), "values");
        let (a, b) = (ours.powi_scalar(2).sum().backward(), burns.powi_scalar(2).sum().backward());
        close(x.grad(&a).unwrap(), x.grad(&b).unwrap(), "input");
        close(weight.grad(&a).unwrap(), weight.grad(&b).unwrap(), "weight");
        close(bias.grad(&a).unwrap(), bias.grad(&b).unwrap(), "bias");
    }
}

#[test]
fn normalisation_equals_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(3));
    for (case, activation) in ACTIVATIONS.into_iter().cycle().take(12).enumerate() {
        let c = 1 + case * 2;
        let x = (random.tensor([3 + case, 5, 4, c]) * 2.0 + 5.0).require_grad();
        let gamma = (random.tensor([c]) + 1.5).require_grad();
        let beta = random.tensor([c]).require_grad();
        let ours = norm(x.clone(), gamma.clone(), beta.clone(), activation);
        let burns = composed::norm(x.clone(), gamma.clone(), beta.clone(), activation);
        close(ours.values.clone().inner(), burns.values.clone().inner(), "values");
        close(ours.mean.inner(), burns.mean.inner(), "mean");
        close(ours.var.inner(), burns.var.inner(), "variance");
        let pull = random.tensor(ours.values.dims());
        let (a, b) = ((ours.values * pull.clone()).sum().backward(), (burns.values * pull).sum().backward());
        close(x.grad(&a).unwrap(), x.grad(&b).unwrap(), &format!("case {case} input"));
        close(gamma.grad(&a).unwrap(), gamma.grad(&b).unwrap(), &format!("case {case} gamma"));
        close(beta.grad(&a).unwrap(), beta.grad(&b).unwrap(), &format!("case {case} beta"));
    }
}

#[test]
fn small_pictures_in_groups_equal_burns_own() {
    // Output pictures of 2 × 2 and less: several share one matrix product, the last group is shorter.
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(4));
    for (n, side, stride) in [(70, 2, 1), (33, 3, 2), (130, 1, 1)] {
        let spec = ConvSpec { kernel: 3, stride, padding: 1, depthwise: false, activation: Activation::None };
        let x = random.tensor([n, side, side, 5]).require_grad();
        let weight = random.tensor([45, 6]).require_grad();
        let bias = random.tensor([6]);
        let ours = conv(x.clone(), weight.clone(), bias.clone(), spec);
        let burns = composed::conv(x.clone(), weight.clone(), bias, spec);
        let (a, b) = (ours.powi_scalar(2).sum().backward(), burns.powi_scalar(2).sum().backward());
        close(x.grad(&a).unwrap(), x.grad(&b).unwrap(), &format!("{n} of side {side}, input"));
        close(weight.grad(&a).unwrap(), weight.grad(&b).unwrap(), &format!("{n} of side {side}, weight"));
    }
}

#[test]
fn max_pooling_equals_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(5));
    for case in 0..30 {
        let r = &mut random.0;
        let kernel = r.random_range(1..=4);
        let spec = PoolSpec { kernel, stride: r.random_range(1..=3), padding: r.random_range(0..=kernel / 2) };
        let (n, h, w) = (r.random_range(1..4), r.random_range(kernel..12), r.random_range(kernel..12));
        let c = r.random_range(1..20);
        // All negative: zeros in the padding would win.
        let x = (random.tensor([n, h, w, c]) - 2.0).require_grad();
        let (ours, burns) = (max_pool(x.clone(), spec), composed::max_pool(x.clone(), spec));
        close(ours.clone().inner(), burns.clone().inner(), &format!("case {case} {spec:?}"));
        let pull = random.tensor(ours.dims());
        let (a, b) = ((ours * pull.clone()).sum().backward(), (burns * pull).sum().backward());
        close(x.grad(&a).unwrap(), x.grad(&b).unwrap(), &format!("case {case} {spec:?} input"));
    }
}

#[test]
fn sums_equal_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(6));
    // The larger one has several parts, the last of them shorter.
    for (shape, activation) in [[1, 2, 3, 5], [3, 37, 41, 7]].into_iter().flat_map(|s| ACTIVATIONS.map(|a| (s, a))) {
        let (a, b) = ((random.tensor(shape) * 5.0).require_grad(), (random.tensor(shape) * 5.0).require_grad());
        let (ours, burns) = (add(a.clone(), b.clone(), activation), composed::add(a.clone(), b.clone(), activation));
        close(ours.clone().inner(), burns.clone().inner(), "values");
        let pull = random.tensor(shape);
        let (mine, theirs) = ((ours * pull.clone()).sum().backward(), (burns * pull).sum().backward());
        for (value, name) in [(a, "first"), (b, "second")] {
            close(value.grad(&mine).unwrap(), value.grad(&theirs).unwrap(), &format!("{activation:?}, {name}"));
        }
    }
}

/// What Burn's own operations cannot vouch for, both being one library's: differences of the values themselves.
#[test]
fn gradients_equal_finite_differences() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(7));
    let stem = ConvSpec { kernel: 7, stride: 2, padding: 3, depthwise: false, activation: Activation::None };
    let weight = random.tensor([147, 4]);
    let bias = random.tensor([4]);
    let pull = random.tensor([2, 3, 3, 4]);
    // A residual block's end behind the stem: every new operation in one chain.
    let loss = |x: Tensor<B, 4>| {
        let y = conv(x, weight.clone(), bias.clone(), stem);
        let y = add(y.clone(), y * 0.5, Activation::Relu);
        (max_pool(y, PoolSpec { kernel: 3, stride: 2, padding: 1 }) * pull.clone()).sum()
    };
    let x = random.tensor([2, 10, 11, 3]).require_grad();
    let gradient: Vec<f32> = x.grad(&loss(x.clone()).backward()).unwrap().into_data().into_vec().unwrap();
    let values: Vec<f32> = x.clone().into_data().into_vec().unwrap();
    let step = 1e-3;
    let mut kinks = 0;
    for i in (0..values.len()).step_by(7) {
        let at = |delta: f32| -> f64 {
            let mut moved = values.clone();
            moved[i] += delta;
            let x = Tensor::<B, 4>::from_data(TensorData::new(moved, x.dims()), &Default::default());
            f64::from(loss(x).into_scalar())
        };
        let (up, here, down) = (at(step), at(0.0), at(-step));
        // A maximum or a ReLU that switches within the step has no gradient to compare with.
        if (up - 2.0 * here + down).abs() > 2e-4 {
            kinks += 1;
            continue;
        }
        let slope = (up - down) / (2.0 * f64::from(step));
        assert!((slope - f64::from(gradient[i])).abs() < 2e-2, "value {i}: {} and {slope}", gradient[i]);
    }
    assert!(kinks < 20, "{kinks} of {} values at a kink", values.len().div_ceil(7));
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let x = Tensor::<B, 4>::random([16, 8, 8, 24], Distribution::Default, &Default::default());
    let weight = Tensor::<B, 2>::random([24, 40], Distribution::Default, &Default::default()).require_grad();
    let bias = Tensor::<B, 1>::zeros([40], &Default::default());
    let spec = ConvSpec { kernel: 1, stride: 1, padding: 0, depthwise: false, activation: Activation::Relu6 };
    let run = || {
        let grads = conv(x.clone(), weight.clone(), bias.clone(), spec).sum().backward();
        weight.grad(&grads).unwrap().into_data()
    };
    assert_eq!(run(), run());
}

/// What a GPU does in mixed precision, on the CPU by Burn's own operations: 16-bit maps, f32 weights.
#[test]
fn maps_of_16_bits_have_f32_weights_gradients_and_statistics() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(5));
    let spec = ConvSpec { kernel: 3, stride: 1, padding: 1, depthwise: false, activation: Activation::Relu };
    let x = random.tensor([4, 6, 6, 8]);
    let weight = random.tensor([9 * 8, 5]).require_grad();
    let gamma = (random.tensor([5]) + 1.5).require_grad();
    let beta = random.tensor([5]).require_grad();
    let run = |dtype: DType| {
        let y = composed::conv(cast(x.clone(), dtype), weight.clone(), Tensor::zeros([5], &Default::default()), spec);
        assert_eq!(y.dtype(), dtype);
        let normed = composed::norm(y, gamma.clone(), beta.clone(), Activation::None);
        assert_eq!((normed.values.dtype(), normed.mean.dtype(), normed.var.dtype()), (dtype, DType::F32, DType::F32));
        let loss = cast(normed.values, DType::F32).powi_scalar(3).mean();
        let grads = loss.backward();
        let [w, g] = [weight.grad(&grads).unwrap().into_data(), gamma.grad(&grads).unwrap().into_data()];
        assert_eq!((w.dtype, g.dtype), (DType::F32, DType::F32));
        let values: Vec<f32> = w.into_vec().unwrap();
        (values, normed.mean.into_data().into_vec::<f32>().unwrap())
    };
    let (exact, mean) = run(DType::F32);
    let size = exact.iter().fold(0.0f32, |a, v| a.max(v.abs()));
    // bf16 has 8 bits of mantissa, f16 11; the casts must not cost more than a few of them.
    for (dtype, digits) in [(DType::BF16, 3e-2), (DType::F16, 4e-3)] {
        let (rough, rough_mean) = run(dtype);
        let worst = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let (off, off_mean) = (worst(&exact, &rough), worst(&mean, &rough_mean));
        assert!(off > 0.0 && off < digits * size, "{dtype:?}: gradient off by {off} of {size}");
        assert!(off_mean < digits, "{dtype:?}: mean off by {off_mean}");
    }
}

//! Our kernels against Burn's own operations on the CPU, values and gradients, over random sizes.

use burn::backend::Autodiff;
use burn::tensor::{DType, Distribution, Tensor, TensorData};
use burn_flex::Flex;
use rand::{RngExt, SeedableRng};

use super::{Activation, ConvSpec, PoolSpec, add, composed, conv, max_pool, norm};
use crate::backend::testing::{B, Inner};
use crate::precision::cast;

/// What computes the expected values: Burn's own operations on the CPU, whatever is tested. (On a GPU its gradients of
/// a strided depthwise convolution were seen to be 0.)
type R = Autodiff<Flex>;

/// One value on both backends.
#[derive(Clone)]
struct Both<const D: usize> {
    ours: Tensor<B, D>,
    burns: Tensor<R, D>,
}

impl<const D: usize> Both<D> {
    fn new(values: Vec<f32>, shape: [usize; D]) -> Self {
        let data = TensorData::new(values, shape);
        Self {
            ours: Tensor::from_data(data.clone(), &Default::default()),
            burns: Tensor::from_data(data, &Default::default()),
        }
    }

    fn with_gradients(self) -> Self {
        Self { ours: self.ours.require_grad(), burns: self.burns.require_grad() }
    }
}

struct Random(rand::rngs::ChaCha8Rng);

impl Random {
    /// Values from `low` to `low` + `width`.
    fn between<const D: usize>(&mut self, low: f32, width: f32, shape: [usize; D]) -> Both<D> {
        let n = shape.iter().product();
        Both::new((0..n).map(|_| self.0.random_range(low..low + width)).collect(), shape)
    }

    fn both<const D: usize>(&mut self, shape: [usize; D]) -> Both<D> {
        self.between(-1.0, 2.0, shape)
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<B, D> {
        self.both(shape).ours
    }
}

/// Largest difference allowed, as a part of the largest value (of 1, if that is less). On a GPU sums run in other orders,
/// and some drivers round square roots and divisions otherwise.
const TOLERANCE: f32 = if cfg!(any(feature = "cuda", feature = "vulkan")) { 1e-4 } else { 1e-5 };

fn close<const D: usize>(ours: Tensor<Inner, D>, burns: Tensor<Flex, D>, what: &str) {
    assert_eq!(ours.dims(), burns.dims(), "{what}");
    let (a, b): (Vec<f32>, Vec<f32>) = (ours.into_data().into_vec().unwrap(), burns.into_data().into_vec().unwrap());
    let scale = b.iter().fold(0f32, |m, v| m.max(v.abs()));
    // Written so that NaN fails as well.
    let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0f32, |m, v| if v <= m { m } else { v });
    assert!(worst <= TOLERANCE * scale.max(1.0), "{what}: off by {worst} of {scale}");
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
        let x = random.between(-3.0, 6.0, [n, h, w, c_in]).with_gradients();
        let weight = random.both([taps, c_out]).with_gradients();
        let bias = (case % 5 != 0).then(|| random.both([c_out]).with_gradients());
        let ours = conv(x.ours.clone(), weight.ours.clone(), bias.clone().map(|b| b.ours), spec);
        let burns = composed::conv(x.burns.clone(), weight.burns.clone(), bias.clone().map(|b| b.burns), spec);
        close(ours.clone().inner(), burns.clone().inner(), &format!("case {case} {spec:?}"));
        let pull = random.both(ours.dims());
        let (a, b) = ((ours * pull.ours).sum().backward(), (burns * pull.burns).sum().backward());
        close(x.ours.grad(&a).unwrap(), x.burns.grad(&b).unwrap(), &format!("case {case} {spec:?} input"));
        close(weight.ours.grad(&a).unwrap(), weight.burns.grad(&b).unwrap(), &format!("case {case} {spec:?} weight"));
        if let Some(bias) = bias {
            close(bias.ours.grad(&a).unwrap(), bias.burns.grad(&b).unwrap(), &format!("case {case} {spec:?} bias"));
        }
    }
}

#[test]
fn large_batches_in_parts_equal_burns_own() {
    // Enough rows for several parts, and a last part that is shorter.
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(2));
    for depthwise in [false, true] {
        let spec = ConvSpec { kernel: 3, stride: 1, padding: 1, depthwise, activation: Activation::Relu6 };
        let x = random.both([19, 11, 9, 8]).with_gradients();
        let weight = random.both([9 * if depthwise { 1 } else { 8 }, 8]).with_gradients();
        let bias = random.both([8]).with_gradients();
        let ours = conv(x.ours.clone(), weight.ours.clone(), Some(bias.ours.clone()), spec);
        let burns = composed::conv(x.burns.clone(), weight.burns.clone(), Some(bias.burns.clone()), spec);
        close(ours.clone().inner(), burns.clone().inner(), "values");
        let (a, b) = (ours.powi_scalar(2).sum().backward(), burns.powi_scalar(2).sum().backward());
        close(x.ours.grad(&a).unwrap(), x.burns.grad(&b).unwrap(), "input");
        close(weight.ours.grad(&a).unwrap(), weight.burns.grad(&b).unwrap(), "weight");
        close(bias.ours.grad(&a).unwrap(), bias.burns.grad(&b).unwrap(), "bias");
    }
}

#[test]
fn normalisation_equals_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(3));
    for (case, activation) in ACTIVATIONS.into_iter().cycle().take(12).enumerate() {
        let c = 1 + case * 2;
        let x = random.between(3.0, 4.0, [3 + case, 5, 4, c]).with_gradients();
        let gamma = random.between(0.5, 2.0, [c]).with_gradients();
        let beta = random.both([c]).with_gradients();
        let ours = norm(x.ours.clone(), gamma.ours.clone(), beta.ours.clone(), activation);
        let burns = composed::norm(x.burns.clone(), gamma.burns.clone(), beta.burns.clone(), activation);
        close(ours.values.clone().inner(), burns.values.clone().inner(), "values");
        close(ours.mean.inner(), burns.mean.inner(), "mean");
        close(ours.var.inner(), burns.var.inner(), "variance");
        let pull = random.both(ours.values.dims());
        let (a, b) = ((ours.values * pull.ours).sum().backward(), (burns.values * pull.burns).sum().backward());
        close(x.ours.grad(&a).unwrap(), x.burns.grad(&b).unwrap(), &format!("case {case} input"));
        close(gamma.ours.grad(&a).unwrap(), gamma.burns.grad(&b).unwrap(), &format!("case {case} gamma"));
        close(beta.ours.grad(&a).unwrap(), beta.burns.grad(&b).unwrap(), &format!("case {case} beta"));
    }
}

#[test]
fn small_pictures_in_groups_equal_burns_own() {
    // Output pictures of 2 × 2 and less: several share one matrix product, the last group is shorter.
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(4));
    for (n, side, stride) in [(70, 2, 1), (33, 3, 2), (130, 1, 1)] {
        let spec = ConvSpec { kernel: 3, stride, padding: 1, depthwise: false, activation: Activation::None };
        let x = random.both([n, side, side, 5]).with_gradients();
        let weight = random.both([45, 6]).with_gradients();
        let bias = random.both([6]);
        let ours = conv(x.ours.clone(), weight.ours.clone(), Some(bias.ours), spec);
        let burns = composed::conv(x.burns.clone(), weight.burns.clone(), Some(bias.burns), spec);
        let (a, b) = (ours.powi_scalar(2).sum().backward(), burns.powi_scalar(2).sum().backward());
        close(x.ours.grad(&a).unwrap(), x.burns.grad(&b).unwrap(), &format!("{n} of side {side}, input"));
        close(weight.ours.grad(&a).unwrap(), weight.burns.grad(&b).unwrap(), &format!("{n} of side {side}, weight"));
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
        let x = random.between(-3.0, 2.0, [n, h, w, c]).with_gradients();
        let (ours, burns) = (max_pool(x.ours.clone(), spec), composed::max_pool(x.burns.clone(), spec));
        close(ours.clone().inner(), burns.clone().inner(), &format!("case {case} {spec:?}"));
        let pull = random.both(ours.dims());
        let (a, b) = ((ours * pull.ours).sum().backward(), (burns * pull.burns).sum().backward());
        close(x.ours.grad(&a).unwrap(), x.burns.grad(&b).unwrap(), &format!("case {case} {spec:?} input"));
    }
}

#[test]
fn sums_equal_burns_own() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(6));
    // The larger one has several parts, the last of them shorter.
    for (shape, activation) in [[1, 2, 3, 5], [3, 37, 41, 7]].into_iter().flat_map(|s| ACTIVATIONS.map(|a| (s, a))) {
        let (a, b) = (random.between(-5.0, 10.0, shape), random.between(-5.0, 10.0, shape));
        let (a, b) = (a.with_gradients(), b.with_gradients());
        let ours = add(a.ours.clone(), b.ours.clone(), activation);
        let burns = composed::add(a.burns.clone(), b.burns.clone(), activation);
        close(ours.clone().inner(), burns.clone().inner(), "values");
        let pull = random.both(shape);
        let (mine, theirs) = ((ours * pull.ours).sum().backward(), (burns * pull.burns).sum().backward());
        for (value, name) in [(a, "first"), (b, "second")] {
            close(
                value.ours.grad(&mine).unwrap(),
                value.burns.grad(&theirs).unwrap(),
                &format!("{activation:?}, {name}"),
            );
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
        let y = conv(x, weight.clone(), Some(bias.clone()), stem);
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
        let grads = conv(x.clone(), weight.clone(), Some(bias.clone()), spec).sum().backward();
        weight.grad(&grads).unwrap().into_data()
    };
    assert_eq!(run(), run());
}

/// Where 16-bit maps are tested: on a CUDA GPU by our kernels where the crate is built for one; else on the CPU by Burn's
/// own operations, our kernels there being f32.
mod sixteen {
    #[cfg(any(not(feature = "cuda"), feature = "vulkan"))]
    pub(super) use super::super::composed::{conv as convolved, norm as normed};
    #[cfg(all(feature = "cuda", not(feature = "vulkan")))]
    pub(super) use super::super::{conv as convolved, norm as normed};

    #[cfg(all(feature = "cuda", not(feature = "vulkan")))]
    pub type M = super::B;
    #[cfg(any(not(feature = "cuda"), feature = "vulkan"))]
    pub type M = super::R;
}

#[test]
fn maps_of_16_bits_have_f32_weights_gradients_and_statistics() {
    let mut random = Random(rand::rngs::ChaCha8Rng::seed_from_u64(5));
    for depthwise in [false, true] {
        let spec = ConvSpec { kernel: 3, stride: 1, padding: 1, depthwise, activation: Activation::Relu };
        let mut tensor = |low: f32, width: f32, shape: &[usize]| {
            let values: Vec<f32> =
                (0..shape.iter().product()).map(|_| random.0.random_range(low..low + width)).collect();
            TensorData::new(values, shape.to_vec())
        };
        let x = tensor(-1.0, 2.0, &[4, 6, 6, 8]);
        let weight = tensor(-1.0, 2.0, &[9 * if depthwise { 1 } else { 8 }, 8]);
        let (gamma, beta) = (tensor(0.5, 2.0, &[8]), tensor(-1.0, 2.0, &[8]));
        let run = |dtype: DType| {
            let device = Default::default();
            let x = Tensor::<sixteen::M, 4>::from_data(x.clone(), &device);
            let weight = Tensor::<sixteen::M, 2>::from_data(weight.clone(), &device).require_grad();
            let gamma = Tensor::<sixteen::M, 1>::from_data(gamma.clone(), &device).require_grad();
            let beta = Tensor::<sixteen::M, 1>::from_data(beta.clone(), &device).require_grad();
            let y = sixteen::convolved(cast(x, dtype), weight.clone(), None, spec);
            assert_eq!(y.dtype(), dtype);
            let normed = sixteen::normed(y, gamma.clone(), beta, Activation::None);
            let types = (normed.values.dtype(), normed.mean.dtype(), normed.var.dtype());
            assert_eq!(types, (dtype, DType::F32, DType::F32));
            let grads = cast(normed.values, DType::F32).powi_scalar(3).mean().backward();
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
}

//! Matrix products: by a GPU's matrix units, or exactly.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::tensor::CubeTensor;
use cubek::matmul::definition::{MatmulElems, MatmulGlobalElems};
use cubek::matmul::launch::{Strategy, launch_ref};
use cubek::std::InputBinding;

use super::launch::room;

/// Whether f32 values may be rounded to TF32's 11 bits of mantissa for a product.
static ROUNDS_F32: AtomicBool = AtomicBool::new(false);

/// Lets products of f32 values go through matrix units, which round them to TF32's 11 bits of mantissa (several times
/// faster), or not. For the whole process, as PyTorch's switch of that purpose.
pub fn round_f32_products(round: bool) {
    ROUNDS_F32.store(round, Ordering::Relaxed);
}

/// a·b into `out`, all of rank 2 or, with as many products as their first dimension says, of rank 3. Sums are f32.
pub fn product<R: CubeRuntime>(a: CubeTensor<R>, b: CubeTensor<R>, out: CubeTensor<R>) -> CubeTensor<R> {
    if a.dtype == DType::F32 && !ROUNDS_F32.load(Ordering::Relaxed) {
        return run(&[Strategy::SimpleUnit(Default::default())], a, b, out);
    }
    // The fastest of nine on an H200 in 7 of 9 products of a ResNet-50 and a MobileNetV2 (benches/RESULTS.md); it
    // reads tiles by the tensor memory accelerator, which older GPUs lack, and small tiles do not pay for.
    let least = a.shape()[a.rank() - 1].min(out.shape()[out.rank() - 1]);
    let tiled = (least >= 48).then(|| Strategy::DoubleTmaMma(Default::default()));
    let simple = if a.dtype == DType::F32 { Strategy::Auto } else { Strategy::SimpleCyclicMma(Default::default()) };
    let strategies: Vec<Strategy> = tiled.into_iter().chain([simple, Strategy::Auto]).collect();
    run(&strategies, a, b, out)
}

/// a·b of two matrices, never by matrix units.
pub fn exact<R: CubeRuntime>(a: CubeTensor<R>, b: CubeTensor<R>) -> CubeTensor<R> {
    let ([m, _], [_, n]) = (a.shape().dims(), b.shape().dims());
    let out = room(&a, [m, n], a.dtype);
    run(&[Strategy::SimpleUnit(Default::default())], a, b, out)
}

/// By the first of the strategies that the device can do.
fn run<R: CubeRuntime>(
    strategies: &[Strategy],
    a: CubeTensor<R>,
    b: CubeTensor<R>,
    out: CubeTensor<R>,
) -> CubeTensor<R> {
    let (lhs, rhs) = (a.dtype.into(), b.dtype.into());
    let (a, b) = (a.binding(), b.binding());
    let mut failed = Vec::new();
    for strategy in strategies {
        let mut types = MatmulElems::from_globals(&MatmulGlobalElems { lhs, rhs, out: out.dtype.into() });
        let (a, b) = (InputBinding::new(a.clone(), lhs), InputBinding::new(b.clone(), rhs));
        match launch_ref(strategy, &out.client, a, b, out.clone().binding(), &mut types) {
            Ok(()) => return out,
            Err(problem) => failed.push(problem),
        }
    }
    panic!("no matrix product can be set up on this device: {failed:?}")
}

//! Tensors as the kernels want them, and how many units run one.

use burn::tensor::{DType, Shape};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl::{calculate_cube_count_elemwise, prelude::*};
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

/// The same values in row-major order without gaps: what the kernels index.
pub fn packed<R: CubeRuntime>(tensor: CubeTensor<R>) -> CubeTensor<R> {
    into_contiguous(tensor)
}

/// [`packed`], and f32.
pub fn packed_f32<R: CubeRuntime>(tensor: CubeTensor<R>) -> CubeTensor<R> {
    packed(cast(tensor, DType::F32))
}

/// Room for values that a kernel writes, beside `like`.
pub fn room<R: CubeRuntime>(like: &CubeTensor<R>, shape: impl Into<Shape>, dtype: DType) -> CubeTensor<R> {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), dtype)
}

/// The same values under another shape; `tensor` must be packed.
pub fn reshaped<R: CubeRuntime>(tensor: CubeTensor<R>, shape: impl Into<Shape>) -> CubeTensor<R> {
    CubeTensor::new_contiguous(tensor.client, tensor.device, shape.into(), tensor.handle, tensor.dtype)
}

/// Neighbouring channels that one unit handles: as many as 16 bytes hold of a map of `dtype`, where `channels` are a
/// multiple of that, else 1.
pub fn lanes(channels: usize, dtype: DType) -> usize {
    let most = 16 / dtype.size();
    if channels.is_multiple_of(most) { most } else { 1 }
}

/// Cubes, and units of each, for `units` independent units.
pub fn elementwise<R: CubeRuntime>(tensor: &CubeTensor<R>, units: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(&tensor.client, units);
    (calculate_cube_count_elemwise(&tensor.client, units, dim), dim)
}

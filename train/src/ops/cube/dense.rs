//! Dense convolution as matrix products: of the map itself where the kernel is 1×1, else of its patches.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::kernel::cast;
use burn_cubecl::ops::numeric::add;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{packed, reshaped, room};
use super::product::product;
use super::{channels, patches, pointwise};
use crate::kernel::Geometry;
use crate::ops::ConvSpec;
use crate::ops::kernels::{ConvGradients, Wanted};

/// Most bytes of patches at a time; larger batches go picture group by picture group.
const PATCH_BYTES: usize = 1 << 30;

/// Pictures of `g`, group by group: geometry of the group, and its first picture.
fn groups(g: &Geometry, dtype: DType) -> impl Iterator<Item = (Geometry, usize)> {
    let (out_h, out_w) = g.out_size();
    let picture = out_h * out_w * g.patch() * dtype.size();
    let most = if g.is_matrix_product() { g.n } else { (PATCH_BYTES / picture.max(1)).max(1) };
    let g = *g;
    (0..g.n).step_by(most.max(1)).map(move |first| (Geometry { n: most.min(g.n - first), ..g }, first))
}

/// `count` values from `first` on of a packed tensor, as rows of `columns`, sharing its memory.
fn part<R: CubeRuntime>(tensor: &CubeTensor<R>, first: usize, count: usize, columns: usize) -> CubeTensor<R> {
    let (size, all) = (tensor.dtype.size(), tensor.shape().num_elements());
    let handle =
        tensor.handle.clone().offset_start((first * size) as u64).offset_end(((all - first - count) * size) as u64);
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    CubeTensor::new_contiguous(client, device, [count / columns, columns].into(), handle, tensor.dtype)
}

/// The rows of the matrix product of some pictures: of the map itself, or of its patches.
fn rows<R: CubeRuntime>(x: &CubeTensor<R>, first: usize, g: &Geometry) -> CubeTensor<R> {
    let picture = g.h * g.w * g.c_in;
    let x = part(x, first * picture, g.n * picture, g.c_in);
    if g.is_matrix_product() { x } else { patches::gather(x, g) }
}

/// The last two dimensions changed about, sharing the memory.
fn transposed<R: CubeRuntime>(mut tensor: CubeTensor<R>) -> CubeTensor<R> {
    let rank = tensor.rank();
    tensor.meta.swap(rank - 2, rank - 1);
    tensor
}

/// N×H×W×C_in with (kernel²·C_in)×C_out weights to N×H'×W'×C_out.
pub fn forward<R: CubeRuntime>(
    x: CubeTensor<R>,
    weight: CubeTensor<R>,
    bias: Option<CubeTensor<R>>,
    spec: ConvSpec,
) -> CubeTensor<R> {
    let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
    let (out_h, out_w) = g.out_size();
    let x = packed(x);
    let weight = packed(cast(weight, x.dtype));
    let y = room(&x, [g.n, out_h, out_w, g.c_out], x.dtype);
    for (group, first) in groups(&g, x.dtype) {
        let pixels = out_h * out_w * g.c_out;
        let out = part(&y, first * pixels, group.n * pixels, g.c_out);
        product(rows(&x, first, &group), weight.clone(), out);
    }
    pointwise::finish(y, bias, spec.activation)
}

/// Gradients from that before the activation, packed.
pub fn backward<R: CubeRuntime>(
    x: CubeTensor<R>,
    weight: CubeTensor<R>,
    grad: CubeTensor<R>,
    spec: ConvSpec,
    wanted: Wanted,
) -> ConvGradients<CubeTensor<R>> {
    let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
    let (out_h, out_w) = g.out_size();
    let pixels = out_h * out_w * g.c_out;
    let x = packed(x);
    let transposed = transposed(packed(cast(weight, x.dtype)));
    let dx = wanted.x.then(|| room(&x, x.shape(), x.dtype));
    let mut weight_grad: Option<CubeTensor<R>> = None;
    for (group, first) in groups(&g, x.dtype) {
        let grad = part(&grad, first * pixels, group.n * pixels, g.c_out);
        let found = weight_gradient(rows(&x, first, &group), grad.clone());
        weight_grad = Some(match weight_grad {
            Some(sum) => add(sum, found),
            None => found,
        });
        if let Some(dx) = &dx {
            let picture = g.h * g.w * g.c_in;
            let dx = part(dx, first * picture, group.n * picture, g.c_in);
            if g.is_matrix_product() {
                product(grad, transposed.clone(), dx);
            } else {
                let room = room(&x, [group.out_rows(), g.patch()], x.dtype);
                patches::scatter(product(grad, transposed.clone(), room), &dx, &group);
            }
        }
    }
    let bias = wanted.bias.then(|| channels::sum(grad, g.c_out));
    ConvGradients { x: dx, weight: weight_grad.expect("a batch has a picture"), bias }
}

/// rowsᵀ · grad in f32. The result is small and the sum long: the rows are cut into parts, so that many matrix products
/// share the work, and the parts' results are added.
fn weight_gradient<R: CubeRuntime>(rows: CubeTensor<R>, grad: CubeTensor<R>) -> CubeTensor<R> {
    let [count, k] = rows.shape().dims();
    let [_, c_out] = grad.shape().dims();
    let parts = parts(count, k, c_out);
    let rows = transposed(reshaped(rows, [parts, count / parts, k]));
    let grad = reshaped(grad, [parts, count / parts, c_out]);
    let room = room(&grad, [parts, k, c_out], DType::F32);
    let products = product(rows, grad, room);
    if parts == 1 { reshaped(products, [k, c_out]) } else { reshaped(channels::sum(products, k * c_out), [k, c_out]) }
}

/// A divisor of `count` that gives a GPU enough tiles of a k×c_out result to work on, of no less than 512 rows each.
fn parts(count: usize, k: usize, c_out: usize) -> usize {
    let tiles = k.div_ceil(64) * c_out.div_ceil(64);
    let wanted = 264usize.div_ceil(tiles).min(count / 512).max(1);
    (1..=wanted).rev().find(|parts| count.is_multiple_of(*parts)).unwrap_or(1)
}

//! The norm of all gradients together, and what it is clipped by.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::ops::FloatTensor;

use crate::ops::{NetOps, TrainBackend, primitive, tensor};

/// Added to the norm that a limit is divided by (PyTorch's `clip_grad_norm_`).
const EPS: f64 = 1e-6;

/// A module's gradients.
struct Gradients<'a, B: TrainBackend> {
    grads: &'a GradientsParams,
    found: Vec<FloatTensor<B::InnerBackend>>,
}

impl<B: TrainBackend> ModuleVisitor<B> for Gradients<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(grad) = self.grads.get::<B::InnerBackend, D>(param.id) {
            self.found.push(primitive(grad));
        }
    }
}

/// L2 norm of all gradients of all `groups` as one vector; not finite where one of them is not. 0 without any.
///
/// Burn's own clipping takes the norm of each parameter by itself, which changes the direction of the step;
/// PyTorch's `clip_grad_norm_` (Pascanu et al., ICML 2013, section 3.2) takes this one.
pub fn global_norm<B: TrainBackend, M: Module<B>>(groups: &[&GradientsParams], module: &M) -> f64 {
    let mut found = Vec::new();
    for grads in groups {
        let mut gradients = Gradients::<B> { grads, found };
        module.visit(&mut gradients);
        found = gradients.found;
    }
    let Some(sums) = B::InnerBackend::squares(found) else { return 0.0 };
    // One transfer for all.
    let sums = tensor::<B::InnerBackend, 1>(sums).into_data();
    let sums: Vec<f32> = sums.convert::<f32>().into_vec().expect("converted to f32 above");
    sums.into_iter().map(f64::from).sum::<f64>().sqrt()
}

/// What gradients of norm `norm` are multiplied by so that it is at most `limit`; 1 where it is already.
pub fn clip_factor(norm: f64, limit: f64) -> f64 {
    (limit / (norm + EPS)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::testing::{B, Inner};
    use burn::tensor::TensorData;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    type Params = Vec<Param<Tensor<B, 2>>>;

    /// Parameters of several sizes, and gradients for all but the third, in two groups.
    fn drawn(seed: u64) -> (Params, [GradientsParams; 2], Vec<Vec<f32>>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut groups = [GradientsParams::new(), GradientsParams::new()];
        let (mut params, mut values) = (Vec::new(), Vec::new());
        for (i, (rows, columns)) in [(3, 4), (1, 7), (2, 2), (5, 1)].into_iter().enumerate() {
            let mut random = || (0..rows * columns).map(|_| rng.random_range(-2.0f32..2.0)).collect::<Vec<_>>();
            let param: Param<Tensor<B, 2>> = crate::network::param(random(), [rows, columns], &Default::default());
            if i != 2 {
                let grad = random();
                let tensor =
                    Tensor::<Inner, 2>::from_data(TensorData::new(grad.clone(), [rows, columns]), &Default::default());
                groups[i % 2].register(param.id, tensor);
                values.push(grad);
            }
            params.push(param);
        }
        (params, groups, values)
    }

    fn plain_norm(values: &[Vec<f32>]) -> f64 {
        values.iter().flatten().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn the_norm_is_that_of_all_groups_as_one_vector() {
        for seed in 0..10 {
            let (params, [a, b], values) = drawn(seed);
            let (found, plain) = (global_norm::<B, _>(&[&a, &b], &params), plain_norm(&values));
            assert!((found - plain).abs() < 1e-5 * plain, "{found} instead of {plain}");
            assert!(global_norm::<B, _>(&[&a], &params) < plain);
        }
        assert_eq!(global_norm::<B, _>(&[], &drawn(0).0), 0.0);
    }

    #[test]
    fn large_norms_come_down_to_the_limit_and_small_ones_stay() {
        assert_eq!(clip_factor(0.5, 1.0), 1.0);
        for norm in [1.5, 4.0, 1e6] {
            assert!((clip_factor(norm, 1.0) * norm - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn one_value_that_is_not_finite_shows() {
        for bad in [f32::NAN, f32::INFINITY] {
            let (params, [mut a, b], _) = drawn(1);
            let mut values = vec![0.5; 12];
            values[7] = bad;
            a.register(
                params[0].id,
                Tensor::<Inner, 2>::from_data(TensorData::new(values, [3, 4]), &Default::default()),
            );
            assert!(!global_norm::<B, _>(&[&a, &b], &params).is_finite());
        }
    }
}

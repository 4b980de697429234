//! Whether numbers are numbers.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The one value of a tensor; NaN where it cannot be read.
pub fn scalar<B: Backend>(value: Tensor<B, 1>) -> f32 {
    value.into_data().convert::<f32>().into_vec::<f32>().map_or(f32::NAN, |v| v[0])
}

struct Sums<B: Backend>(Vec<Tensor<B, 1>>);

impl<B: Backend> ModuleVisitor<B> for Sums<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.val().sum());
    }
}

/// Sum of all values of a module, running statistics included: not finite where one of them is not.
pub fn sum_of<B: Backend>(module: &impl Module<B>) -> f64 {
    let mut sums = Sums(Vec::new());
    module.visit(&mut sums);
    if sums.0.is_empty() {
        return 0.0;
    }
    // One transfer for all.
    let sums = Tensor::cat(sums.0, 0).into_data().convert::<f32>().into_vec::<f32>();
    sums.map_or(f64::NAN, |sums| sums.into_iter().map(f64::from).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::testing::Inner;

    #[test]
    fn one_bad_value_anywhere_shows() {
        let module = |bad: f32| {
            let fresh = |values: Vec<f32>| crate::network::param::<Inner, 1>(values, [3], &Default::default());
            vec![fresh(vec![1.0, 2.0, 3.0]), fresh(vec![0.5, bad, 0.0])]
        };
        assert_eq!(sum_of(&module(0.25)), 6.75);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!sum_of(&module(bad)).is_finite());
        }
    }
}

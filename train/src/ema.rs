//! An exponential moving average of a network's weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::container::TensorContainer;

use crate::network::Network;

/// Averaged weights and running statistics (timm's `ModelEmaV3`): after update t, counted from 0,
/// `average += (weights − average) · (1 − min(decay, (1 + t) / (10 + t)))`, so that a short run does not keep its
/// first, random weights. Where it is on, validation, evaluation and export take it; divisions and the gradient take
/// the weights themselves.
#[derive(Debug, Clone)]
pub struct Ema<B: Backend> {
    network: Network<B>,
    decay: f64,
    updates: u64,
}

struct Values<B: Backend>(TensorContainer<ParamId>, std::marker::PhantomData<B>);

impl<B: Backend> ModuleVisitor<B> for Values<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.register::<B>(param.id, param.val().into_primitive());
    }
}

struct Towards<B: Backend> {
    values: Values<B>,
    share: f64,
}

impl<B: Backend> ModuleMapper<B> for Towards<B> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, average, mapper) = param.consume();
        let value = self.values.0.remove::<B>(&id).map(Tensor::from_primitive);
        // In this form an average that equals its value stays equal to the last bit.
        let moved = match value {
            Some(value) => average.clone() + (value - average) * self.share,
            None => average,
        };
        Param::from_mapped_value(id, moved, mapper)
    }
}

impl<B: Backend> Ema<B> {
    /// An average that has seen `updates` updates and is `network` now.
    pub fn new(network: Network<B>, decay: f64, updates: u64) -> Self {
        Self { network, decay, updates }
    }

    /// The averaged network.
    pub fn network(&self) -> &Network<B> {
        &self.network
    }

    /// Updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Takes in the weights after a step.
    pub fn update(&mut self, network: &Network<B>) {
        let t = self.updates as f64;
        let decay = self.decay.min((1.0 + t) / (10.0 + t));
        let mut values = Values(TensorContainer::new(), std::marker::PhantomData);
        network.visit(&mut values);
        self.network = self.network.clone().map(&mut Towards { values, share: 1.0 - decay });
        self.updates += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::testing::Inner;
    use dnc_core::EmbeddingLayout;

    fn network(seed: u64) -> Network<Inner> {
        let layout = EmbeddingLayout::new(4, 2).unwrap();
        Network::new(crate::architecture::Backbone::Small.graph(0.25), layout, seed, &Default::default())
    }

    /// Some weights, and some running statistics.
    fn some(network: &Network<Inner>) -> Vec<f32> {
        let weights = network.head.weight.val().into_data().into_vec::<f32>().unwrap();
        let variance = network.units[0].running_var.val().into_data().into_vec::<f32>().unwrap();
        weights.into_iter().take(50).chain(variance).collect()
    }

    #[test]
    fn equals_the_recurrence_written_out() {
        let mut ema = Ema::new(network(1), 0.5, 0);
        let mut plain: Vec<f64> = some(&network(1)).into_iter().map(f64::from).collect();
        // Warm-up: 0.1, 2/11, 3/12, …, 0.5 from the ninth update on.
        for t in 0..12u32 {
            let next = network(2 + u64::from(t));
            let decay = f64::min(0.5, (1.0 + f64::from(t)) / (10.0 + f64::from(t)));
            for (average, value) in plain.iter_mut().zip(some(&next)) {
                *average = *average * decay + f64::from(value) * (1.0 - decay);
            }
            ema.update(&next);
        }
        assert_eq!(ema.updates(), 12);
        for (ours, plain) in some(ema.network()).into_iter().zip(plain) {
            assert!((f64::from(ours) - plain).abs() < 1e-6, "{ours} instead of {plain}");
        }
    }

    #[test]
    fn what_does_not_change_stays_to_the_last_bit() {
        let still = network(1);
        let mut ema = Ema::new(still.clone(), 0.999, 0);
        (0..20).for_each(|_| ema.update(&still));
        assert_eq!(some(ema.network()), some(&still));
    }
}

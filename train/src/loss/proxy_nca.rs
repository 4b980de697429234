//! ProxyNCA++ (Teh et al., "ProxyNCA++: Revisiting and Revitalizing Proxy Neighborhood Component Analysis", ECCV
//! 2020, equation 6).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::embeddings::indices;
use super::{Embeddings, MetricLoss};
use crate::head::l2_normalize;
use crate::network::param;
use crate::ops::{NetOps, product};

/// Mean over the batch of `−ln(exp(−D²_y/T) / Σ_c exp(−D²_c/T))`: D_c is the distance to the proxy of class c, over
/// all training classes, y the own class. Proxies are scaled to unit length, as the embeddings are.
///
/// It needs no pairs: a batch of lone pictures is as good as another. A learner that sees one cluster pushes the
/// proxies of all other classes away; they come back when a division brings their pictures.
#[derive(Module, Debug)]
pub struct ProxyNcaLoss<B: Backend> {
    /// A proxy for each class, classes×d, of any length.
    pub proxies: Param<Tensor<B, 2>>,
    #[module(skip)]
    temperature: f32,
}

impl<B: NetOps> ProxyNcaLoss<B> {
    /// Proxies in random directions that depend on `seed` alone, for `classes` classes in `dim` values.
    ///
    /// `temperature` T (above 0) is 1/9 in the published code. `rate` (above 0) is how many times the learning rate
    /// they move at, the paper's fast-moving proxies: only a proxy's direction counts and Adam's steps do not depend
    /// on the size of the gradient, so proxies of length 1/`rate` turn exactly as those of length 1 would at `rate`
    /// times the learning rate.
    pub fn new(classes: usize, dim: usize, temperature: f32, rate: f32, seed: u64, device: &B::Device) -> Self {
        // Another stream than the network's weights.
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x7072_6f78_6965_7321);
        let mut proxies: Vec<f32> = Vec::with_capacity(classes * dim);
        for _ in 0..classes {
            // Box–Muller; 1 − u lies in (0, 1].
            let mut normal = || {
                let (u, v): (f32, f32) = (rng.random(), rng.random());
                (-2.0 * (1.0 - u).ln()).sqrt() * (std::f32::consts::TAU * v).cos()
            };
            let row: Vec<f32> = (0..dim).map(|_| normal()).collect();
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            proxies.extend(row.into_iter().map(|x| x / (length * rate)));
        }
        Self { proxies: param(proxies, [classes, dim], device), temperature }
    }
}

impl<B: NetOps> MetricLoss<B> for ProxyNcaLoss<B> {
    fn of(&self, embeddings: &Embeddings<B>, _seed: u64) -> Option<Tensor<B, 1>> {
        let [classes, _] = self.proxies.dims();
        if embeddings.anchors() == 0 || classes < 2 {
            return None;
        }
        let proxies = l2_normalize(self.proxies.val());
        // −D²/T = (2·similarity − 2)/T; the constant cancels.
        let logits = product(embeddings.batch(), proxies.transpose()) * (2.0 / self.temperature);
        let own = embeddings.batch_labels().iter().map(|l| *l as usize);
        let own = indices(own, &logits.device()).unsqueeze_dim::<2>(1);
        Some(log_softmax(logits, 1).gather(1, own).mean().neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, B, Cases, Rows};

    const CLASSES: usize = 20;

    #[test]
    fn equals_loops_over_proxies() {
        for rows in Cases::random().all() {
            let loss = ProxyNcaLoss::<B>::new(CLASSES, rows.dim, 0.2, 7.0, 3, &Default::default());
            let proxies: Vec<f32> = loss.proxies.val().into_data().into_vec().unwrap();
            let slow = |rows: &Rows| {
                let squared = |a: usize, c: usize| {
                    let proxy = &proxies[c * rows.dim..][..rows.dim];
                    let length = proxy.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
                    let e = &rows.unit[a * rows.dim..][..rows.dim];
                    e.iter().zip(proxy).map(|(x, p)| (f64::from(*x) - f64::from(*p) / length).powi(2)).sum::<f64>()
                };
                let mut sum = 0.0;
                for a in 0..rows.anchors {
                    let all: f64 = (0..CLASSES).map(|c| (-squared(a, c) / 0.2).exp()).sum();
                    sum -= ((-squared(a, rows.labels[a] as usize) / 0.2).exp() / all).ln();
                }
                Some(sum / rows.anchors as f64)
            };
            testing::equals_slow_on(&rows, &loss, slow);
        }
    }

    #[test]
    fn gradients_equal_finite_differences_in_embeddings_and_proxies() {
        let cases = Cases::gradients();
        let dim = cases.all().next().unwrap().dim;
        let new = |rate| ProxyNcaLoss::<B>::new(6, dim, 0.5, rate, 3, &Default::default());
        testing::gradients(|| new(1.0));
        let proxies: Vec<f32> = new(1.0).proxies.val().into_data().into_vec().unwrap();
        testing::parameter_gradients(&cases, &proxies, |proxies| {
            let loss = ProxyNcaLoss { proxies: param(proxies.to_vec(), [6, dim], &Default::default()), ..new(1.0) };
            let proxies = loss.proxies.val();
            (loss, proxies)
        });
    }

    #[test]
    fn the_rate_sets_the_length_alone() {
        let [one, ten] = [1.0, 10.0].map(|rate| ProxyNcaLoss::<B>::new(5, 8, 0.5, rate, 3, &Default::default()));
        let [one, ten] = [one, ten].map(|l| l.proxies.val().into_data().into_vec::<f32>().unwrap());
        for (a, b) in one.chunks(8).zip(ten.chunks(8)) {
            assert!((a.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(a.iter().zip(b).all(|(x, y)| (x - 10.0 * y).abs() < 1e-6));
        }
    }
}

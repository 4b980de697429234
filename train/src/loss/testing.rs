//! What the tests of the losses share: batches, slow arithmetic over them, finite differences.

use burn::tensor::{Tensor, TensorData};
use dnc_core::distance::squared_euclidean;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::{Embeddings, MetricLoss};
use crate::head::l2_normalize;
use crate::miner::{Distances, Miner, Triplets};

pub use crate::backend::testing::B;

/// Seed that every loss of these tests is given.
pub const SEED: u64 = 11;

pub fn tensor(values: Vec<f32>, dim: usize) -> Tensor<B, 2> {
    let rows = values.len() / dim;
    Tensor::from_data(TensorData::new(values, [rows, dim]), &Default::default())
}

/// Embeddings of unit length, the first `anchors` a batch's and the others remembered.
pub struct Rows {
    pub unit: Vec<f32>,
    pub dim: usize,
    pub labels: Vec<u32>,
    pub anchors: usize,
}

impl Rows {
    pub fn similarity(&self, a: usize, b: usize) -> f64 {
        let row = |i: usize| &self.unit[i * self.dim..][..self.dim];
        row(a).iter().zip(row(b)).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    pub fn distance(&self, a: usize, b: usize) -> f64 {
        let row = |i: usize| &self.unit[i * self.dim..][..self.dim];
        f64::from(squared_euclidean(row(a), row(b))).sqrt()
    }

    pub fn mine(&self, miner: &impl Miner) -> Triplets {
        miner.choose(&Distances::between(&self.unit, self.dim, self.anchors), &self.labels, SEED)
    }

    pub fn embeddings(&self) -> Embeddings<B> {
        let all = tensor(self.unit.clone(), self.dim);
        let (n, rows) = (self.anchors, self.labels.len());
        let batch = Embeddings::of_batch(all.clone().narrow(0, 0, n), &self.labels[..n]);
        if n == rows { batch } else { batch.with_remembered(all.narrow(0, n, rows - n), &self.labels[n..]) }
    }
}

/// Batches of raw embeddings.
pub struct Cases(Vec<(Vec<f32>, usize, Vec<u32>, usize)>);

impl Cases {
    fn drawn(shapes: impl Iterator<Item = (usize, usize, usize, u32)>) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let mut draw = |(rows, dim, anchors, classes): (usize, usize, usize, u32)| {
            let raw = (0..rows * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
            let labels = (0..rows).map(|_| rng.random_range(0..classes)).collect();
            (raw, dim, labels, anchors)
        };
        Self(shapes.map(&mut draw).collect())
    }

    /// Many sizes; classes of unequal size, lone ones and (in the smallest batches) no pair at all; every third with
    /// remembered rows.
    pub fn random() -> Self {
        Self::drawn((0..45).map(|case| {
            let rows = 2 + case;
            let anchors = if case % 3 == 2 { rows / 2 } else { rows };
            (rows, 2 + case % 9, anchors, 1 + rows as u32 / 3)
        }))
    }

    /// Few of them, 4 values wide, of 6 classes at most: for finite differences.
    pub fn gradients() -> Self {
        Self::drawn([(9, 4, 9, 3), (12, 4, 12, 6), (14, 4, 8, 4)].into_iter())
    }

    pub fn all(&self) -> impl Iterator<Item = Rows> + '_ {
        self.0.iter().map(|(raw, dim, labels, anchors)| {
            let unit = l2_normalize(tensor(raw.clone(), *dim)).into_data().into_vec().unwrap();
            Rows { unit, dim: *dim, labels: labels.clone(), anchors: *anchors }
        })
    }
}

fn value(loss: Tensor<B, 1>) -> f64 {
    f64::from(loss.into_scalar())
}

#[track_caller]
pub fn equals_slow_on(rows: &Rows, loss: &impl MetricLoss<B>, slow: impl Fn(&Rows) -> Option<f64>) -> bool {
    let (ours, slow) = (loss.of(&rows.embeddings(), SEED).map(value), slow(rows));
    assert_eq!(ours.is_some(), slow.is_some(), "{ours:?} against {slow:?}, classes {:?}", rows.labels);
    let (Some(ours), Some(slow)) = (ours, slow) else { return false };
    assert!((ours - slow).abs() < 1e-5 * (1.0 + slow.abs()), "{ours} against {slow}, classes {:?}", rows.labels);
    ours > 0.0
}

/// The loss equals `slow` on all random batches, and most of them have something to learn from.
#[track_caller]
pub fn equals_slow(loss: &impl MetricLoss<B>, slow: impl Fn(&Rows) -> Option<f64>) {
    let cases = Cases::random();
    let positive = cases.all().filter(|rows| equals_slow_on(rows, loss, &slow)).count();
    assert!(positive > 30, "only {positive} batches had a loss");
}

/// The largest gradient of a case must be at least this: ten times the largest error that [`slopes`] lets pass at 0, or a
/// loss with no gradients at all would pass.
const LEAST_LARGEST: f32 = 0.03;

/// Compares `gradient` with the slopes of `f` at `at`. Where the slopes to the left and to the right differ, the loss
/// has a kink (a hinge, another triplet) and no derivative; most places must have none.
#[track_caller]
fn slopes(at: &[f32], gradient: &[f32], f: impl Fn(&[f32]) -> f64) {
    let (h, here) = (1e-3, f(at));
    let mut smooth = 0;
    for i in 0..at.len() {
        let shifted = |by: f32| {
            let mut to = at.to_vec();
            to[i] += by;
            f(&to)
        };
        let (right, left) = ((shifted(h) - here) / f64::from(h), (here - shifted(-h)) / f64::from(h));
        let slope = (right + left) / 2.0;
        let tolerance = 3e-3 + 0.01 * slope.abs();
        if (right - left).abs() < tolerance {
            smooth += 1;
            let off = (slope - f64::from(gradient[i])).abs();
            assert!(off < tolerance, "value {i}: slope {slope} against {}", gradient[i]);
        }
    }
    assert!(smooth * 3 > at.len() * 2, "only {smooth} of {} values could be compared", at.len());
}

/// Gradients in the raw embeddings of the batch equal finite differences; what is remembered stays as it is.
#[track_caller]
pub fn gradients<L: MetricLoss<B>>(new: impl Fn() -> L) {
    for (raw, dim, labels, anchors) in Cases::gradients().0 {
        let (batch, remembered) = raw.split_at(anchors * dim);
        let of = |batch: &[f32]| {
            let x = tensor(batch.to_vec(), dim).require_grad();
            let embeddings = Embeddings::of_batch(l2_normalize(x.clone()), &labels[..anchors]);
            let embeddings = match remembered {
                [] => embeddings,
                remembered => {
                    embeddings.with_remembered(l2_normalize(tensor(remembered.to_vec(), dim)), &labels[anchors..])
                }
            };
            (new().of(&embeddings, SEED).expect("a batch with pairs"), x)
        };
        let (loss, x) = of(batch);
        let gradient: Vec<f32> = x.grad(&loss.backward()).expect("a gradient").into_data().into_vec().unwrap();
        assert!(gradient.iter().any(|g| g.abs() > LEAST_LARGEST), "hardly a gradient: {gradient:?}");
        slopes(batch, &gradient, |batch| value(of(batch).0));
    }
}

/// Gradients in what the loss learns itself equal finite differences; `new` makes a loss with given parameters and
/// answers the tensor that holds them, too.
#[track_caller]
pub fn parameter_gradients<L: MetricLoss<B>, const D: usize>(
    cases: &Cases,
    at: &[f32],
    new: impl Fn(&[f32]) -> (L, Tensor<B, D>),
) {
    for rows in cases.all() {
        let (loss, parameters) = new(at);
        let loss = loss.of(&rows.embeddings(), SEED).expect("a batch with pairs");
        let gradient = parameters.grad(&loss.backward()).expect("a gradient");
        let gradient: Vec<f32> = gradient.into_data().into_vec().unwrap();
        assert!(gradient.iter().any(|g| g.abs() > LEAST_LARGEST), "hardly a gradient: {gradient:?}");
        slopes(at, &gradient, |at| value(new(at).0.of(&rows.embeddings(), SEED).expect("a batch with pairs")));
    }
}

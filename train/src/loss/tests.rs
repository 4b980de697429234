//! What every loss must bear.

use burn::tensor::Tensor;

use super::testing::{B, tensor};
use super::*;
use crate::head::l2_normalize;
use crate::miner::{AnyMiner, DistanceCutoff, DistanceWeighted, Hard, SemiHard};

const CLASSES: usize = 6;

/// Every loss, with every miner where it takes one.
fn every_loss(dim: usize) -> Vec<(String, AnyLoss<B>)> {
    let device = Default::default();
    let mut all = Vec::new();
    let mut add = |name: String, loss: AnyLoss<B>| all.push((name, loss));
    for miner in [
        AnyMiner::DistanceCutoff(DistanceCutoff::default()),
        AnyMiner::DistanceWeighted(DistanceWeighted::default()),
        AnyMiner::SemiHard(SemiHard),
        AnyMiner::Hard(Hard),
    ] {
        let margin = MarginLoss { beta: 1.2, margin: 0.2, miner };
        add(format!("margin, {miner:?}"), FixedLoss::Margin(margin).into());
        let trained = |classes| AnyLoss::TrainedMargin(TrainedMarginLoss::new(margin, classes, 0.1, &device));
        add(format!("margin, one β, {miner:?}"), trained(1));
        add(format!("margin, β per class, {miner:?}"), trained(CLASSES));
        let triplet = TripletLoss { margin: 0.2, miner };
        add(format!("triplet, {miner:?}"), FixedLoss::Triplet(triplet).into());
    }
    add("n-pairs".into(), FixedLoss::NPairs(NPairsLoss::default()).into());
    add("contrastive".into(), FixedLoss::Contrastive(ContrastiveLoss::default()).into());
    add("multi-similarity".into(), FixedLoss::MultiSimilarity(MultiSimilarityLoss::default()).into());
    let proxies = ProxyNcaLoss::new(CLASSES, dim, 1.0 / 9.0, 20.0, 1, &device);
    add("proxy-nca".into(), AnyLoss::ProxyNca(proxies));
    all
}

/// Loss and gradient of raw embeddings; both must be finite.
#[track_caller]
fn finite(name: &str, loss: &AnyLoss<B>, raw: Tensor<B, 2>, labels: &[u32]) -> Option<f32> {
    let x = raw.require_grad();
    let loss = loss.forward(l2_normalize(x.clone()), labels, 1)?;
    let gradient: Vec<f32> = match x.grad(&loss.backward()) {
        Some(gradient) => gradient.into_data().into_vec().unwrap(),
        None => Vec::new(),
    };
    let value: f32 = loss.into_scalar();
    assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{name}: {value}, {gradient:?}");
    Some(value)
}

#[test]
fn equal_opposite_and_zero_embeddings_give_finite_gradients() {
    let labels = [0, 0, 1, 1, 2];
    let rows = |row: fn(usize) -> f32| tensor((0..15).map(|i| row(i / 3)).collect(), 3);
    for (name, loss) in every_loss(3) {
        for raw in [rows(|_| 1.0), rows(|_| 0.0), rows(|row| if row % 2 == 0 { 1.0 } else { -1.0 })] {
            assert!(finite(&name, &loss, raw, &labels).is_some(), "{name}: a batch with pairs has a loss");
        }
    }
}

#[test]
fn batches_without_pairs_give_no_loss_or_a_finite_one() {
    let raw = |n: usize| tensor((0..n * 3).map(|i| (i as f32 * 1.7).sin()).collect(), 3);
    for (name, loss) in every_loss(3) {
        let pairs = name != "proxy-nca";
        // Lone classes; one class; one picture; a lone one beside a pair (it is a negative).
        for (labels, learns) in [(&[0, 1, 2, 3][..], !pairs), (&[4; 4], !pairs), (&[5], !pairs), (&[1, 1, 2], true)] {
            let value = finite(&name, &loss, raw(labels.len()), labels);
            assert_eq!(value.is_some(), learns, "{name}, classes {labels:?}: {value:?}");
        }
    }
}

#[test]
fn the_seed_alone_decides_what_is_drawn() {
    let labels: Vec<u32> = (0..24).map(|i| i / 4).collect();
    let raw = || tensor((0..24 * 5).map(|i| (i as f32 * 1.7).sin()).collect(), 5);
    for (name, loss) in every_loss(5) {
        let of = |seed| loss.forward(l2_normalize(raw()), &labels, seed).map(|l| l.into_scalar());
        // On a GPU the order of a sum, and so its last bits, may change from run to run.
        let other = |seed| match (of(seed), of(1)) {
            (Some(a), Some(b)) if cfg!(any(feature = "cuda", feature = "vulkan")) => (a - b).abs() > 1e-5 * b.abs(),
            (a, b) => a != b,
        };
        assert!(!other(1), "{name}");
        let draws = name.contains("DistanceWeighted") || name == "n-pairs";
        assert_eq!((2..12).any(other), draws, "{name}");
    }
}

#[test]
fn remembered_pairs_replace_those_that_a_batch_lacks() {
    // Nothing to compare within the batch; everything with what is remembered.
    let batch = || l2_normalize(tensor(vec![1.0, 0.1, 0.0, 1.0], 2));
    let remembered = l2_normalize(tensor(vec![1.0, 0.0, 0.2, 1.0], 2));
    for (name, loss) in every_loss(2) {
        let alone = Embeddings::of_batch(batch(), &[0, 1]);
        let both = alone.clone().with_remembered(remembered.clone(), &[1, 0]);
        let (alone, both) = (loss.of(&alone, 1).is_some(), loss.of(&both, 1).is_some());
        let expected = match name.as_str() {
            "n-pairs" => (false, false),
            "proxy-nca" => (true, true),
            _ => (false, true),
        };
        assert_eq!((alone, both), expected, "{name}");
    }
}

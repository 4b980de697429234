//! Each loss learns: an embedding layer on fixed features, half of whose values are noise alone.

use crate::backend::testing::B;
use burn::optim::GradientsParams;
use burn::tensor::TensorData;
use dnc_core::distance::squared_euclidean;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;
use crate::optimizer::AdamOver;

const CLASSES: usize = 8;
const FEATURES: usize = 16;
const DIM: usize = 8;

/// Embedding layer and losses as one module.
#[derive(Module, Debug)]
struct Toy<B: Backend> {
    head: EmbeddingHead<B>,
    objective: Objective<B>,
}

fn config(loss: &str) -> Config {
    let config = Config { dim: DIM, learners: 2, loss: loss.parse().unwrap(), ..Config::default() };
    config.check().unwrap();
    config
}

impl Toy<B> {
    fn new(config: &Config) -> Self {
        let device = Default::default();
        let head = EmbeddingHead::new(FEATURES, config.layout().unwrap(), 1, &device);
        Self { head, objective: Objective::new(config, CLASSES, &device) }
    }

    /// Trains both learners and the whole embedding in turn, `rounds` times; the losses of the whole embedding.
    fn train(mut self, config: &Config, rounds: usize) -> (Self, Vec<f32>) {
        let mut optimizer = AdamOver::<B>::new(config.weight_decay);
        let mut memory = CrossBatchMemory::new(config.memory);
        let mut losses = Vec::new();
        for step in 0..3 * rounds {
            let (features, classes) = features(step as u64);
            let learner = [Some(0..1), Some(1..2), None][step % 3].clone();
            let loss = self.objective.loss(&self.head, features, &classes, learner.clone(), &mut memory, step as u64);
            let loss = loss.expect("a batch with pairs");
            if learner.is_none() {
                losses.push(loss.clone().into_scalar());
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &self);
            self = optimizer.step(self, vec![(0.02, gradients)], 1.0);
        }
        (self, losses)
    }

    /// Share of pictures whose nearest other one is of their class.
    fn recall(&self) -> f32 {
        let (features, classes) = features(u64::MAX);
        let unit: Vec<f32> = self.head.unit(self.head.forward(features), None).into_data().into_vec().unwrap();
        let row = |i: usize| &unit[i * DIM..][..DIM];
        let nearest = |a: usize| {
            let others = (0..classes.len()).filter(|o| *o != a);
            let d = |o: &usize| squared_euclidean(row(a), row(*o));
            others.min_by(|x, y| d(x).total_cmp(&d(y))).unwrap()
        };
        let hits = (0..classes.len()).filter(|a| classes[nearest(*a)] == classes[*a]).count();
        hits as f32 / classes.len() as f32
    }
}

/// Four pictures of each class: the first half of the values tells the class, the second is louder and tells nothing.
fn features(seed: u64) -> (Tensor<B, 2>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let classes: Vec<u32> = (0..4 * CLASSES as u32).map(|i| i / 4).collect();
    let mut values = Vec::new();
    for class in &classes {
        let mut centre = ChaCha8Rng::seed_from_u64(1000 + u64::from(*class));
        for i in 0..FEATURES {
            let (signal, noise) = if i < FEATURES / 2 { (centre.random_range(-1.0..1.0), 0.3) } else { (0.0, 3.0) };
            values.push(signal + rng.random_range(-noise..noise));
        }
    }
    let values = TensorData::new(values, [classes.len(), FEATURES]);
    (Tensor::from_data(values, &Default::default()), classes)
}

/// Recall rises. (The loss need not fall: a mean over the active terms is one over ever fewer and harder ones.)
#[track_caller]
fn learns(name: &str, config: &Config) -> (Toy<B>, Vec<f32>) {
    let toy = Toy::new(config);
    let before = toy.recall();
    let (toy, losses) = toy.train(config, 60);
    let after = toy.recall();
    assert!(after > before + 0.25, "{name}: recall@1 {before} and then {after}");
    (toy, losses)
}

fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().into_vec().unwrap()
}

#[test]
fn every_loss_learns() {
    for loss in ["margin", "triplet", "n-pairs", "contrastive", "multi-similarity", "proxy-nca"] {
        let (_, losses) = learns(loss, &config(loss));
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        let (first, last) = (mean(&losses[..5]), mean(&losses[losses.len() - 5..]));
        assert!(last < first, "{loss}: loss {first} and then {last}");
    }
    learns("mixed", &Config { whole_loss: Some(LossKind::Triplet), ..config("margin,proxy-nca") });
}

#[test]
fn every_miner_teaches() {
    for miner in [MinerKind::DistanceWeighted, MinerKind::SemiHard, MinerKind::Hard] {
        for loss in ["margin", "triplet"] {
            learns(&format!("{loss}, {miner:?}"), &Config { miner: Some(miner), ..config(loss) });
        }
    }
}

#[test]
fn memory_helps_along_and_is_kept_apart_for_each_learner() {
    for loss in ["margin", "triplet", "contrastive", "multi-similarity"] {
        learns(&format!("{loss}, memory"), &Config { memory: 64, ..config(loss) });
    }
    let config = Config { memory: 64, ..config("contrastive") };
    let toy = Toy::new(&config);
    let loss = |memory: &mut CrossBatchMemory<B>, batch, learner: Option<usize>| {
        let learner = learner.map(|k| k..k + 1);
        let (features, classes) = features(batch);
        values(toy.objective.loss(&toy.head, features, &classes, learner, memory, 0).unwrap())[0]
    };
    let empty = || CrossBatchMemory::new(config.memory);
    let mut memory = empty();
    loss(&mut memory, 1, Some(0));
    assert_ne!(loss(&mut memory, 2, Some(0)), loss(&mut empty(), 2, Some(0)));
    assert_eq!(loss(&mut memory, 2, Some(1)), loss(&mut empty(), 2, Some(1)));
    assert_eq!(loss(&mut memory, 2, None), loss(&mut empty(), 2, None));
}

#[test]
fn what_is_not_a_number_never_becomes_a_loss_of_zero() {
    for loss in ["margin", "triplet", "n-pairs", "contrastive", "multi-similarity", "proxy-nca"] {
        let config = config(loss);
        let toy = Toy::new(&config);
        for bad in [f32::NAN, f32::INFINITY] {
            let (features, classes) = features(1);
            let features = features.slice_fill([2..4, 0..FEATURES], bad);
            let mut memory = CrossBatchMemory::new(0);
            let value = toy.objective.loss(&toy.head, features, &classes, None, &mut memory, 1).map(values);
            assert!(value.as_ref().is_some_and(|v| v[0].is_nan()), "{loss}: {value:?}");
        }
    }
}

#[test]
fn trained_betas_move_each_on_its_own() {
    let trained = |kind| {
        let config = Config { train_beta: kind, ..config("margin") };
        let (toy, _) = learns(&format!("{kind:?}"), &config);
        [Some(0), Some(1), None].map(|learner| match toy.objective.of(learner) {
            AnyLoss::TrainedMargin(loss) => values(loss.beta()),
            other => panic!("{other:?}"),
        })
    };
    let shared = trained(BetaKind::Shared);
    let per_class = trained(BetaKind::PerClass);
    for betas in [&shared, &per_class] {
        assert!(betas.iter().flatten().all(|b| (b - 1.2).abs() > 1e-3), "{betas:?}");
        assert_ne!(betas[0], betas[1]);
    }
    assert_eq!((shared[0].len(), per_class[0].len()), (1, CLASSES));
    assert_ne!(per_class[0][0], per_class[0][1]);
}

#[test]
fn a_beta_without_pictures_stays_where_it_starts_in_spite_of_weight_decay() {
    let config = Config { train_beta: BetaKind::PerClass, weight_decay: 1e-2, ..config("margin") };
    let device = Default::default();
    // Twice as many classes as there are pictures of.
    let toy = Toy { objective: Objective::new(&config, 2 * CLASSES, &device), ..Toy::new(&config) };
    let (toy, _) = toy.train(&config, 10);
    let AnyLoss::TrainedMargin(loss) = toy.objective.of(None) else { panic!("another loss") };
    let betas = values(loss.beta());
    assert!(betas[..CLASSES].iter().all(|b| *b != 1.2), "{betas:?}");
    assert!(betas[CLASSES..].iter().all(|b| *b == 1.2), "{betas:?}");
}

#[test]
fn proxies_come_to_stand_by_their_classes() {
    let (toy, _) = learns("proxy-nca", &config("proxy-nca"));
    let AnyLoss::ProxyNca(loss) = toy.objective.of(None) else { panic!("another loss") };
    let proxies = crate::head::l2_normalize(loss.proxies.val());
    let (features, classes) = features(5);
    let similarity = values(toy.head.unit(toy.head.forward(features), None).matmul(proxies.transpose()));
    let right = classes.iter().zip(similarity.chunks(CLASSES)).filter(|(class, row)| {
        let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        best == **class as usize
    });
    let share = right.count() as f32 / classes.len() as f32;
    assert!(share > 0.8, "{share} of the pictures have their own class's proxy nearest");
}

#[test]
fn a_record_fits_the_same_losses_alone() {
    let device = Default::default();
    let new = |config: &Config| Objective::<B>::new(config, CLASSES, &device);
    let mixed = config("margin,proxy-nca");
    let record = || new(&mixed).into_record();
    assert!(new(&mixed).fits(&record()));
    let others = [
        config("margin"),
        config("proxy-nca"),
        Config { whole_loss: Some(LossKind::ProxyNca), ..mixed.clone() },
        Config { train_beta: BetaKind::Shared, ..mixed.clone() },
        Config { learners: 1, loss: "margin".parse().unwrap(), ..mixed.clone() },
    ];
    for other in others {
        assert!(!new(&other).fits(&record()), "{} beside {}", other.loss, mixed.loss);
    }
}

//! Before the first epoch: what is trained on, and where a run begins or goes on.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::AutodiffModule;
use dnc_core::picture::PictureError;
use dnc_datasets::validation::ValidationSplit;
use dnc_datasets::{Dataset, Sample, pictures};

use super::progress::Progress;
use super::{Observer, TrainError, Trainer};
use crate::batch::PictureCache;
use crate::checkpoint::{Run, RunPictures, State};
use crate::config::Config;
use crate::divide::Division;
use crate::ema::Ema;
use crate::history::History;
use crate::network::Network;
use crate::ops::TrainBackend;
use crate::optimizer::TraineeOptimizer;
use crate::scaling::LossScaler;
use crate::trainee::Trainee;

impl<'a, B: TrainBackend> Trainer<'a, B> {
    pub(super) fn prepare(
        config: &'a Config,
        dataset: &'a Dataset,
        split: ValidationSplit<'a>,
        run: &Run,
        device: &'a B::Device,
        observer: &impl Observer,
    ) -> anyhow::Result<Self> {
        let preprocess = config.preprocess();
        let of = [("training", split.train.len()), ("validation", split.validation.len())];
        let total = of.iter().map(|(_, pictures)| pictures).sum();
        let run_pictures = RunPictures::of(dataset, &split);
        let (cache, samples, broken) =
            PictureCache::load(&split.train, &preprocess, &config.augment(), config.storage(run.folder()), || {
                observer.decoded(total)
            });
        if let Some(note) = cache.note() {
            observer.note(&note);
        }
        // Those of the validation part are read again whenever it is scored: a broken one must not show then, with an
        // epoch behind it that is not stored yet.
        let (validation, broken_validation) = whole(split.validation, || observer.decoded(total));
        let counts = [broken.len(), broken_validation.len()];
        pictures::refuse_broken(broken.into_iter().chain(broken_validation).collect(), total, config.skip_broken)?;
        for ((part, pictures), broken) in of.into_iter().zip(counts).filter(|(_, broken)| *broken > 0) {
            observer.note(&format!("{broken} of {pictures} {part} pictures are broken and left out"));
        }
        let skipped = counts[0];
        let (labels, classes) = counted_through(samples.iter().map(|s| s.identity));
        let counts = dnc_core::metrics::label_counts(&labels);
        let lone = counts.values().filter(|n| **n < 2).count();
        if lone > 0 {
            observer.note(&format!(
                "{lone} of {} training identities have one picture only: they take part in divisions, not in the loss",
                counts.len()
            ));
        }
        let patience = config.patience;
        if patience > 0 && validation.is_empty() {
            let (identities, share) = (counts.len(), config.validation_share);
            return Err(TrainError::NothingToValidate { patience, identities, share }.into());
        }
        let identities = counts.len() - lone;
        if identities < 2 {
            let held_out = validation.iter().map(|s| s.identity).collect::<BTreeSet<_>>().len();
            let share = config.validation_share;
            return Err(TrainError::TooFewIdentities { identities, held_out, skipped, share }.into());
        }
        if identities < 2 * config.learners {
            let most = identities / 2;
            return Err(TrainError::TooManyLearners { learners: config.learners, identities, most }.into());
        }
        Ok(Self { config, dataset, preprocess, cache, labels, classes, validation, pictures: run_pictures, device })
    }

    pub(super) fn start(&self, run: &Run, observer: &impl Observer) -> anyhow::Result<Progress<B>> {
        let config = self.config;
        let network = Network::new(config.backbone.graph(config.width), config.layout()?, config.seed, self.device);
        let trainee = |network| Trainee::new(network, config, self.classes, self.device);
        if run.newest()?.is_some() {
            let (state, history) = run.state()?;
            let (was, now) = (state.division.of_sample.len(), self.labels.len());
            if was != now {
                return Err(TrainError::OtherPictures { was, now }.into());
            }
            if let Some(were) = &state.pictures {
                let changed = [
                    ("training", were.train != self.pictures.train),
                    ("validation", were.validation != self.pictures.validation),
                ];
                if let Some((part, _)) = changed.into_iter().find(|(_, changed)| *changed) {
                    return Err(TrainError::ChangedPictures(part).into());
                }
            }
            let mut trainee = trainee(run.load_trained(network, self.device)?);
            trainee.objective = run.load_objective(trainee.objective, self.device)?;
            // Loading gives the parameters their stored identifiers: the optimiser must know those.
            let optimizer = TraineeOptimizer::new(&trainee, config.weight_decay);
            let optimizer = run.load_optimizer(optimizer, self.device)?;
            let ema = if config.ema > 0.0 {
                let average = run.load_network(trainee.network.valid(), self.device)?;
                Some(Ema::new(average, config.ema, state.ema_updates))
            } else {
                None
            };
            run.keep_settings(config)?;
            let mut progress = Progress { trainee, ema, optimizer, state, history };
            if progress.stopped_early(config).is_some() {
                return Ok(progress);
            }
            progress.history.stopped_early = None;
            // The device may be another one than before.
            progress.state.scaler = self.scaler(progress.state.scaler);
            let state = &progress.state;
            observer.note(&if state.epochs < config.epochs {
                format!("going on after epoch {} of {}", state.epochs, config.epochs)
            } else {
                format!("{} epochs are done already, {} are asked for: nothing to train", state.epochs, config.epochs)
            });
            return Ok(progress);
        }
        let trainee = trainee(match &config.weights {
            Some(path) => crate::weights::load(network, path, self.device)?,
            None => network,
        });
        let optimizer = TraineeOptimizer::new(&trainee, config.weight_decay);
        let state = State {
            epochs: 0,
            division: Division::undivided(self.labels.len()),
            dataset: self.dataset.name.clone(),
            pictures: Some(self.pictures.clone()),
            tool: format!("dnc-train {}", env!("CARGO_PKG_VERSION")),
            ema_updates: 0,
            scaler: self.scaler(None),
        };
        let ema = (config.ema > 0.0).then(|| Ema::new(trainee.network.valid(), config.ema, 0));
        let progress = Progress { trainee, ema, optimizer, state, history: History::default() };
        run.keep_settings(config)?;
        // A first checkpoint, so that stopping in the first epoch leaves something to go on from.
        progress.save(run, config)?;
        Ok(progress)
    }

    /// The loss scaler that the precision needs, going on from a stored one.
    fn scaler(&self, stored: Option<LossScaler>) -> Option<LossScaler> {
        let scales = self.config.precision.scales_loss();
        scales.then(|| stored.unwrap_or_else(|| LossScaler::new(self.config.loss_scale)))
    }
}

/// The samples whose pictures can be read, and what is broken.
fn whole(samples: Vec<&Sample>, progress: impl Fn() + Sync) -> (Vec<&Sample>, Vec<PictureError>) {
    let (read, broken) = pictures::map(&samples, |_, _| (), progress);
    (samples.into_iter().zip(read).filter_map(|(sample, read)| read.map(|()| sample)).collect(), broken)
}

/// Identities as classes 0 to n − 1, in their order, and n.
fn counted_through(identities: impl Iterator<Item = u32> + Clone) -> (Vec<u32>, usize) {
    let distinct: BTreeSet<u32> = identities.clone().collect();
    let class_of: BTreeMap<u32, u32> = distinct.into_iter().zip(0..).collect();
    (identities.map(|identity| class_of[&identity]).collect(), class_of.len())
}

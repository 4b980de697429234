//! Every setting of a training run: one TOML file, each field also a flag.

use std::path::{Path, PathBuf};

use dnc_core::preprocess::Preprocess;
use dnc_core::{EmbeddingLayout, LayoutError};
use serde::{Deserialize, Serialize};

use crate::architecture::Backbone;
use crate::backend::BackendChoice;
use crate::batch::{DiskCache, Storage};
use crate::divide::DivisionKind;
use crate::early_stop::BestBy;
use crate::loss::{BetaKind, LossKind, LossList};
use crate::mask::MaskKind;
use crate::miner::MinerKind;
use crate::precision::Precision;
use crate::rates::{LrSchedule, Milestones};
use crate::sampler::BatchSize;
use crate::schedule::Schedule;

/// Writes the configuration and, from the same lines, the flags that change it, so that neither can have a
/// field the other lacks.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $(#[clap($($clap:tt)*)])? $name:ident: $type:ty = $default:expr;)+) => {
        /// Settings of a run. Unknown fields of a file are refused.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Config { $($(#[doc = $doc])+ pub $name: $type,)+ }

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        /// The flag of each setting.
        #[derive(Debug, Clone, Default, clap::Args)]
        pub struct Flags {
            $($(#[doc = $doc])+ #[arg(long, $($($clap)*)?)] pub $name: Option<Flag<$type>>,)+
        }

        impl Flags {
            /// Puts the flags given over `config`.
            pub fn apply(self, config: &mut Config) {
                $(if let Some(value) = self.$name { config.$name = value.into(); })+
            }
        }
    };
}

/// What a flag of a setting holds: an optional setting is set by its plain value.
pub type Flag<T> = <T as Setting>::Flag;

/// A type that a setting can have.
pub trait Setting: Sized {
    /// What its flag holds.
    type Flag: Into<Self>;
}

macro_rules! plain_settings {
    ($($type:ty),+) => { $(impl Setting for $type { type Flag = $type; })+ };
}
plain_settings!(PathBuf, BackendChoice, Backbone, f64, f32, usize, u32, u64, bool);
plain_settings!(LossList, BetaKind, BestBy, LrSchedule, Precision);

impl<T> Setting for Option<T> {
    type Flag = T;
}

settings! {
    /// Pictures: a CSV list, a folder for each identity, or a public set (`dnc-train data check --help` names them)
    data: PathBuf = PathBuf::new();
    /// Which of VehicleID's test lists (800, 1600, 2400; the smallest if not given)
    test_size: Option<usize> = None;
    /// Share of the training identities held out for validation and thresholds, 0 to 0.5
    validation_share: f64 = 0.1;
    /// Leave out broken pictures, and count them
    #[clap(num_args = 0..=1, default_missing_value = "true")]
    skip_broken: bool = false;
    /// Memory for reduced training pictures, MiB; what it does not hold goes to the cache folder
    cache_memory: u64 = 4096;
    /// Folder for all reduced training pictures, for runs to share (one of the run, for what memory does not hold, if not given)
    cache_dir: Option<PathBuf> = None;
    /// Size to which the cache folder may grow, MiB; 0 decodes anew what memory does not hold
    cache_disk: u64 = 65536;
    /// Threads that prepare batches (the processor's cores, at most 8, if not given)
    workers: Option<usize> = None;
    /// Write TensorBoard event files into the run's folder
    #[clap(num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    tensorboard: bool = true;
    /// Where to compute
    backend: BackendChoice = BackendChoice::Cpu;
    /// Which GPU computes, counted from 0
    device: usize = 0;
    /// Type that the backbone computes in; bf16 and f16 need a GPU
    precision: Precision = Precision::F32;
    /// Network
    backbone: Backbone = Backbone::MobilenetV2;
    /// Width multiplier of the network (1 is the published width)
    width: f64 = 1.0;
    /// Pretrained weights: a .pt, .pth or .safetensors file with torchvision's names; from scratch if not given
    weights: Option<PathBuf> = None;
    /// Keep the batch normalisation's statistics as they are (the paper does); true with pretrained weights if not given
    #[clap(num_args = 0..=1, default_missing_value = "true")]
    freeze_norm: Option<bool> = None;
    /// Side of the square that the network sees, px
    size: u32 = 224;
    /// Shorter side before the centre is cut out, px (8/7 of size if not given, as 256 is to 224)
    resize_shorter: Option<u32> = None;
    /// Smallest share of a picture's area that a random crop keeps, above 0, at most 1
    crop_min: f64 = 0.2;
    /// Mirror half of the training pictures
    #[clap(num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    flip: bool = true;
    /// Values of the embedding, d
    dim: usize = 128;
    /// Learners, K: 1 trains one metric for all data
    learners: usize = 4;
    /// How the data come to be in K clusters: all at once, or every cluster split in two again and again
    #[clap(value_enum)]
    division: DivisionKind = DivisionKind::Flat;
    /// Epochs of each level of a hierarchical division (divide_every if not given, as published)
    level_epochs: Option<usize> = None;
    /// What a learner has of the embedding: a slice, or a mask over the whole
    #[clap(value_enum)]
    masks: MaskKind = MaskKind::Slices;
    /// Weight of the penalty that pushes learnable masks apart, λ (0 for none)
    orthogonality: f64 = 0.01;
    /// Learning rate of learnable masks (100 times lr if not given, as published)
    masks_lr: Option<f64> = None;
    /// Epochs (published: 200)
    epochs: usize = 40;
    /// First epoch that trains the whole embedding on cluster batches (8/19 of conquer_at if not given)
    join_at: Option<usize> = None;
    /// First epoch that trains the whole embedding on all data (19/20 of epochs if not given)
    conquer_at: Option<usize> = None;
    /// Epochs from one division to the next, T
    divide_every: usize = 2;
    /// Epochs from each division on in which the backbone is frozen (follow-up paper: 1; 0 for none)
    freeze_after_division: usize = 0;
    /// Pictures of a batch
    batch: usize = 80;
    /// Pictures of one identity in a batch
    per_identity: usize = 4;
    /// Learning rate of the backbone (published: 1e-5 over 200 epochs)
    lr: f64 = 1e-4;
    /// Learning rate of the embedding layer (published: 1e-5)
    head_lr: f64 = 1e-3;
    /// Course of the learning rates after the warm-up
    lr_schedule: LrSchedule = LrSchedule::Constant;
    /// Course of the embedding layer's rate (lr_schedule if not given)
    head_lr_schedule: Option<LrSchedule> = None;
    /// Course of loss_lr (lr_schedule if not given)
    loss_lr_schedule: Option<LrSchedule> = None;
    /// Epochs of linear warm-up of all rates, 0 to epochs; may be a fraction
    warmup: f64 = 0.0;
    /// Cosine: epoch at which the rates reach their floor (epochs if not given)
    cosine_until: Option<usize> = None;
    /// Cosine: floor, as a share of the rate, 0 to 1
    lr_floor: f64 = 0.0;
    /// Step: epochs, counted from 0, at which the rates are multiplied by lr_gamma, as 80,120
    lr_milestones: Option<Milestones> = None;
    /// Step: factor at each milestone, above 0, at most 1
    lr_gamma: f64 = 0.1;
    /// Largest norm of all gradients together: larger ones are scaled down to it (0: off)
    clip_norm: f64 = 0.0;
    /// Weight decay, added to the gradient
    weight_decay: f64 = 1e-4;
    /// Decay of a moving average of the weights, as 0.999, which evaluation and export then take (0: off)
    ema: f64 = 0.0;
    /// f16: what the loss is multiplied by at first
    loss_scale: f32 = 65536.0;
    /// f16: good steps in a row until the scale is doubled
    loss_scale_every: usize = 2000;
    /// Loss of each learner: margin, triplet, n-pairs, contrastive, multi-similarity or proxy-nca; one for all, or one
    /// for each learner, separated by commas
    loss: LossList = LossList::one(LossKind::Margin);
    /// Loss of the whole embedding (the first of loss if not given)
    whole_loss: Option<LossKind> = None;
    /// Miner of margin and triplet losses (if not given, distance-cutoff for margin, semi-hard for triplet)
    miner: Option<MinerKind> = None;
    /// Miners distance-cutoff and distance-weighted: negatives nearer than this are passed over, or weigh as if at this
    /// distance; 0 to 2
    cutoff: f32 = 0.5;
    /// Miner distance-weighted: negatives from this distance on are not drawn; above cutoff, at most 2
    far_cutoff: f32 = 1.4;
    /// Embeddings of each learner's last batches that pair losses compare with too (cross-batch memory), 0 to 100000;
    /// empty again at every epoch
    memory: usize = 0;
    /// Learning rate of what losses learn themselves, β and proxies (5e-4 is the common one for β with Adam)
    loss_lr: f64 = 5e-4;
    /// Margin loss: boundary β between positive and negative distances, or where its training starts; 0 to 2
    beta: f32 = 1.2;
    /// Margin loss: what of β is trained
    train_beta: BetaKind = BetaKind::Fixed;
    /// Margin loss: weight ν of the pull on a trained β towards 0
    beta_nu: f32 = 0.0;
    /// Margin loss: width on either side of the boundary
    margin: f32 = 0.2;
    /// Triplet loss: margin between the squared distances, 0 to 4
    triplet_margin: f32 = 0.2;
    /// Contrastive loss: negatives are pushed to this distance, above 0, at most 2
    contrastive_margin: f32 = 1.0;
    /// N-pairs loss: squared length that embeddings are taken to have, above 0
    n_pairs_scale: f32 = 16.0;
    /// Multi-similarity loss: sharpness of the positives' weights, above 0
    ms_alpha: f32 = 2.0;
    /// Multi-similarity loss: sharpness of the negatives' weights, above 0
    ms_beta: f32 = 50.0;
    /// Multi-similarity loss: similarity that parts positives and negatives, -1 to 1
    ms_lambda: f32 = 0.5;
    /// Multi-similarity loss: mining margin, 0 to 2
    ms_epsilon: f32 = 0.1;
    /// ProxyNCA++: temperature, above 0 (published: 1/9)
    proxy_temperature: f32 = 1.0 / 9.0;
    /// ProxyNCA++: how many times loss_lr the proxies learn at (20 makes the 0.01 that is common with Adam)
    proxy_rate: f32 = 20.0;
    /// Share of pooled features dropped in training
    dropout: f64 = 0.01;
    /// Epochs from one validation to the next; 0 validates after the last only
    evaluate_every: usize = 5;
    /// Score on the validation part that the best checkpoint is chosen by
    best_by: BestBy = BestBy::Map;
    /// Stop after so many validations in a row without a better score (0: never)
    patience: usize = 0;
    /// Keep the weights of every so many epochs, beside the last and the best (0: none)
    keep_every: usize = 0;
    /// Seed of everything drawn
    seed: u64 = 1;
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no such TOML.
    #[error("{}: {source}`dnc-train config` prints every field with its default", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Field, line and what was expected.
        source: Box<toml::de::Error>,
    },
    /// A field is out of its range.
    #[error("{field} is {value}; it must be {limit}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        limit: String,
    },
    /// The embedding cannot be cut.
    #[error("dim and learners: {0}")]
    Layout(#[from] LayoutError),
}

fn range(ok: bool, field: &'static str, value: impl ToString, limit: &str) -> Result<(), ConfigError> {
    if ok { Ok(()) } else { Err(ConfigError::Range { field, value: value.to_string(), limit: limit.to_owned() }) }
}

impl Config {
    /// Reads a TOML file; fields it does not name keep their defaults. A relative `data` or `weights` is
    /// relative to the file's folder.
    ///
    /// # Errors
    /// Where it cannot be read or has an unknown field.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config = Self::parse(&text, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if !config.data.as_os_str().is_empty() {
            config.data = folder.join(&config.data);
        }
        config.weights = config.weights.map(|w| folder.join(w));
        config.cache_dir = config.cache_dir.map(|d| folder.join(d));
        Ok(config)
    }

    /// Reads TOML text; `path` is named in errors.
    ///
    /// # Errors
    /// Where a field is unknown or of another type.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|source| ConfigError::Toml { path: path.to_owned(), source: Box::new(source) })
    }

    /// The configuration as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain fields always serialise")
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first field that is out of its range, with value and limit.
    pub fn check(&self) -> Result<(), ConfigError> {
        range((0.0..=0.5).contains(&self.validation_share), "validation_share", self.validation_share, "0 to 0.5")?;
        range(self.width > 0.0 && self.width <= 4.0, "width", self.width, "above 0, at most 4")?;
        range((32..=1024).contains(&self.size), "size", self.size, "32 to 1024 px")?;
        let shorter = self.preprocess().resize_shorter;
        range(
            (self.size..=4 * self.size).contains(&shorter),
            "resize_shorter",
            shorter,
            &format!("from size ({}) to four times it", self.size),
        )?;
        range(self.crop_min > 0.0 && self.crop_min <= 1.0, "crop_min", self.crop_min, "above 0, at most 1")?;
        // Beyond it, bytes would not fit into 64 bits.
        let most = 1 << 40;
        range(self.cache_memory <= most, "cache_memory", self.cache_memory, "at most 2^40 MiB")?;
        range(self.cache_disk <= most, "cache_disk", self.cache_disk, "at most 2^40 MiB")?;
        if let Some(workers) = self.workers {
            range((1..=64).contains(&workers), "workers", workers, "1 to 64")?;
        }
        range(self.epochs >= 1, "epochs", self.epochs, "at least 1")?;
        range(self.divide_every >= 1, "divide_every", self.divide_every, "at least 1")?;
        let schedule = self.schedule();
        range(
            schedule.join_at <= schedule.conquer_at && schedule.conquer_at <= self.epochs,
            "join_at and conquer_at",
            format!("{} and {}", schedule.join_at, schedule.conquer_at),
            &format!("in order, at most epochs ({})", self.epochs),
        )?;
        range(
            self.freeze_after_division == 0 || self.freeze_after_division < self.divide_every,
            "freeze_after_division",
            self.freeze_after_division,
            &format!(
                "below divide_every ({}), or the backbone never learns while the data are divided",
                self.divide_every
            ),
        )?;
        if self.division == DivisionKind::Hierarchical {
            range(
                self.learners.is_power_of_two(),
                "learners",
                self.learners,
                "a power of two with division hierarchical, where every cluster is split in two",
            )?;
            range(
                self.masks != MaskKind::Slices,
                "masks",
                "slices",
                "fixed or learnable with division hierarchical: the slices of a level's learners are not those of the next",
            )?;
            let (level_epochs, last) = (schedule.level_epochs.unwrap_or(1), schedule.last_level_at(self.learners));
            range(level_epochs >= 1, "level_epochs", level_epochs, "at least 1")?;
            range(
                self.freeze_after_division == 0 || self.freeze_after_division < level_epochs,
                "freeze_after_division",
                self.freeze_after_division,
                &format!("below level_epochs ({level_epochs})"),
            )?;
            range(
                self.learners == 1 || last < schedule.join_at,
                "level_epochs",
                level_epochs,
                &format!(
                    "so small that the last level (from epoch {last} on) comes before join_at ({}), or its learners never \
                     learn; take a smaller level_epochs, fewer learners, or more epochs",
                    schedule.join_at
                ),
            )?;
        }
        range(
            self.orthogonality >= 0.0 && self.orthogonality.is_finite(),
            "orthogonality",
            self.orthogonality,
            "0 or more",
        )?;
        range(self.masks_lr() >= 0.0 && self.masks_lr().is_finite(), "masks_lr", self.masks_lr(), "0 or more")?;
        range(self.per_identity >= 2, "per_identity", self.per_identity, "at least 2")?;
        range(
            self.batch >= 2 * self.per_identity,
            "batch",
            self.batch,
            &format!("at least two identities of {} pictures", self.per_identity),
        )?;
        range(self.lr >= 0.0 && self.lr.is_finite(), "lr", self.lr, "0 or more")?;
        range(self.head_lr >= 0.0 && self.head_lr.is_finite(), "head_lr", self.head_lr, "0 or more")?;
        range((0.0..1.0).contains(&self.dropout), "dropout", self.dropout, "0 or more, below 1")?;
        range(self.weight_decay >= 0.0, "weight_decay", self.weight_decay, "0 or more")?;
        range(
            (0.0..=self.epochs as f64).contains(&self.warmup),
            "warmup",
            self.warmup,
            &format!("0 to epochs ({})", self.epochs),
        )?;
        range(
            self.cosine_until() as f64 >= self.warmup,
            "cosine_until",
            self.cosine_until(),
            &format!("at least warmup ({})", self.warmup),
        )?;
        range((0.0..=1.0).contains(&self.lr_floor), "lr_floor", self.lr_floor, "0 to 1")?;
        range(self.lr_gamma > 0.0 && self.lr_gamma <= 1.0, "lr_gamma", self.lr_gamma, "above 0, at most 1")?;
        let milestones = self.lr_milestones.as_ref().map_or(0, |m| m.0.len());
        range(
            milestones > 0 || !self.any_follows(LrSchedule::Step),
            "lr_milestones",
            "empty",
            "at least one epoch, as 80,120, for a schedule in steps",
        )?;
        range(self.clip_norm >= 0.0 && self.clip_norm.is_finite(), "clip_norm", self.clip_norm, "0 (off) or more")?;
        range((0.0..1.0).contains(&self.ema), "ema", self.ema, "0 (off) or more, below 1")?;
        range(self.loss_scale >= 1.0 && self.loss_scale.is_finite(), "loss_scale", self.loss_scale, "1 or more")?;
        range(self.loss_scale_every >= 1, "loss_scale_every", self.loss_scale_every, "at least 1")?;
        let validated = self.evaluate_every > 0 && self.validation_share > 0.0;
        range(
            self.patience == 0 || validated,
            "patience",
            self.patience,
            "0, or evaluate_every and validation_share above 0: it counts validations",
        )?;
        self.layout()?;
        if self.masks == MaskKind::Fixed {
            EmbeddingLayout::new(self.dim, self.learners)?;
        }
        self.check_losses()
    }

    /// Losses of the learners and of the whole embedding.
    fn losses(&self) -> impl Iterator<Item = LossKind> + '_ {
        self.loss.kinds().iter().copied().chain(self.whole_loss)
    }

    fn check_losses(&self) -> Result<(), ConfigError> {
        let (given, learners) = (self.loss.kinds().len(), self.learners);
        range(
            given == 1 || given == learners,
            "loss",
            &self.loss,
            &format!("one loss, or as many as learners ({learners})"),
        )?;
        range(
            self.miner.is_none() || self.losses().any(LossKind::mines),
            "miner",
            self.miner.map(|m| m.to_string()).unwrap_or_default(),
            &format!("left out: only margin and triplet losses mine, and loss is {}", self.loss),
        )?;
        let deaf = self.losses().find(|loss| !loss.remembers());
        range(
            self.memory == 0 || deaf.is_none(),
            "memory",
            self.memory,
            &format!("0 with loss {}: it does not compare pairs", deaf.map(|l| l.to_string()).unwrap_or_default()),
        )?;
        let positive = |x: f32| x > 0.0 && x.is_finite();
        range(self.memory <= 100_000, "memory", self.memory, "0 to 100000")?;
        range(self.loss_lr >= 0.0 && self.loss_lr.is_finite(), "loss_lr", self.loss_lr, "0 or more")?;
        range((0.0..=2.0).contains(&self.cutoff), "cutoff", self.cutoff, "0 to 2")?;
        range(
            self.far_cutoff > self.cutoff && self.far_cutoff <= 2.0,
            "far_cutoff",
            self.far_cutoff,
            &format!("above cutoff ({}), at most 2", self.cutoff),
        )?;
        range((0.0..=2.0).contains(&self.beta), "beta", self.beta, "0 to 2")?;
        range(self.beta_nu >= 0.0 && self.beta_nu.is_finite(), "beta_nu", self.beta_nu, "0 or more")?;
        range(self.margin >= 0.0, "margin", self.margin, "0 or more")?;
        range((0.0..=4.0).contains(&self.triplet_margin), "triplet_margin", self.triplet_margin, "0 to 4")?;
        range(
            self.contrastive_margin > 0.0 && self.contrastive_margin <= 2.0,
            "contrastive_margin",
            self.contrastive_margin,
            "above 0, at most 2",
        )?;
        range(positive(self.n_pairs_scale), "n_pairs_scale", self.n_pairs_scale, "above 0")?;
        range(positive(self.ms_alpha), "ms_alpha", self.ms_alpha, "above 0")?;
        range(positive(self.ms_beta), "ms_beta", self.ms_beta, "above 0")?;
        range((-1.0..=1.0).contains(&self.ms_lambda), "ms_lambda", self.ms_lambda, "-1 to 1")?;
        range((0.0..=2.0).contains(&self.ms_epsilon), "ms_epsilon", self.ms_epsilon, "0 to 2")?;
        range(positive(self.proxy_temperature), "proxy_temperature", self.proxy_temperature, "above 0")?;
        range(positive(self.proxy_rate), "proxy_rate", self.proxy_rate, "above 0")
    }

    /// Slices of the embedding as it comes out: one a learner, or with masks a single one however many learn.
    ///
    /// # Errors
    /// Where a learner would be left without a value.
    pub fn layout(&self) -> Result<EmbeddingLayout, LayoutError> {
        EmbeddingLayout::new(self.dim, if self.masks == MaskKind::Slices { self.learners } else { 1 })
    }

    /// Values that the loss of learner `k` sees: those of its slice, or with masks the whole embedding's.
    ///
    /// # Errors
    /// Where a learner would be left without a value.
    pub fn learner_dim(&self, k: usize) -> Result<usize, LayoutError> {
        let layout = self.layout()?;
        Ok(if self.masks == MaskKind::Slices { layout.slice(k).len() } else { layout.dim() })
    }

    /// Learning rate of learnable masks.
    pub fn masks_lr(&self) -> f64 {
        self.masks_lr.unwrap_or(100.0 * self.lr)
    }

    /// How evaluation and device see a picture.
    pub fn preprocess(&self) -> Preprocess {
        let base = Preprocess::imagenet(self.size);
        Preprocess { resize_shorter: self.resize_shorter.unwrap_or(base.resize_shorter), ..base }
    }

    /// Where a run in `folder` keeps its training pictures.
    pub fn storage(&self, folder: &Path) -> Storage {
        const MIB: u64 = 1 << 20;
        let dir = self.cache_dir.clone().unwrap_or_else(|| folder.join("pictures"));
        let disk = (self.cache_disk > 0).then(|| DiskCache::open(&dir, self.cache_disk * MIB));
        Storage { memory: self.cache_memory * MIB, disk, keep_all: self.cache_dir.is_some() }
    }

    /// Threads that prepare batches.
    pub fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from).min(8);
        self.workers.unwrap_or_else(cores)
    }

    /// Switch points of the run.
    pub fn schedule(&self) -> Schedule {
        let conquer_at = self.conquer_at.unwrap_or(Schedule::defaults(self.epochs).1);
        let join_at = self.join_at.unwrap_or(conquer_at * 8 / 19);
        let hierarchical = self.division == DivisionKind::Hierarchical;
        let level_epochs = hierarchical.then_some(self.level_epochs.unwrap_or(self.divide_every));
        Schedule {
            join_at,
            conquer_at,
            divide_every: self.divide_every,
            level_epochs,
            freeze: self.freeze_after_division,
        }
    }

    /// Sizes of a batch.
    pub fn batch_size(&self) -> BatchSize {
        BatchSize { pictures: self.batch, per_identity: self.per_identity }
    }

    /// The same with all at its default that is no matter of the method: where the pictures are and are kept, what
    /// computes, and what is written beside the checkpoints.
    pub fn without_place(&self) -> Self {
        let Self { data, backend, device, precision, .. } = Self::default();
        let Self { cache_memory, cache_dir, cache_disk, workers, tensorboard, .. } = Self::default();
        Self {
            data,
            backend,
            device,
            precision,
            cache_memory,
            cache_dir,
            cache_disk,
            workers,
            tensorboard,
            ..self.clone()
        }
    }

    /// Largest norm of all gradients, where they are clipped.
    pub fn clips_at(&self) -> Option<f64> {
        (self.clip_norm > 0.0).then_some(self.clip_norm)
    }

    /// Whether the batch normalisation's statistics stay as they are.
    pub fn freezes_norm(&self) -> bool {
        self.freeze_norm.unwrap_or(self.weights.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_written_back_and_unknown_fields_are_named() {
        let config = Config::parse("learners = 8\ndim = 64\nweights = \"w.pt\"\n", Path::new("c.toml")).unwrap();
        assert_eq!((config.learners, config.dim, config.batch), (8, 64, 80));
        assert_eq!(Config::parse(&config.to_toml(), Path::new("c.toml")).unwrap(), config);
        let error = Config::parse("learnrs = 8\n", Path::new("dir/c.toml")).unwrap_err().to_string();
        assert!(
            error.contains("dir/c.toml") && error.contains("learnrs") && error.contains("dnc-train config"),
            "{error}"
        );
    }

    #[test]
    fn ranges_name_field_value_and_limit() {
        let refuse = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(Config::default().check().is_ok());
        assert!(refuse(|c| c.size = 8).contains("size is 8; it must be 32 to 1024 px"));
        assert!(refuse(|c| c.batch = 4).contains("batch is 4"));
        assert!(refuse(|c| (c.dim, c.learners) = (10, 7)).contains("at most 5 learners"));
        assert!(refuse(|c| c.conquer_at = Some(99)).contains("epochs (40)"));
        assert!(refuse(|c| c.cache_memory = u64::MAX).contains("cache_memory is 18446744073709551615"));
        assert!(refuse(|c| c.workers = Some(0)).contains("workers is 0; it must be 1 to 64"));
        assert!(refuse(|c| c.dropout = 1.0).contains("dropout"));
        assert!(refuse(|c| c.resize_shorter = Some(100)).contains("resize_shorter is 100"));
        assert!(refuse(|c| c.warmup = 41.0).contains("warmup is 41; it must be 0 to epochs (40)"));
        assert!(refuse(|c| (c.warmup, c.cosine_until) = (9.0, Some(8))).contains("cosine_until is 8"));
        assert!(refuse(|c| c.lr_schedule = LrSchedule::Step).contains("lr_milestones is empty"));
        assert!(refuse(|c| c.lr_gamma = 0.0).contains("lr_gamma is 0; it must be above 0"));
        assert!(refuse(|c| c.lr_floor = f64::NAN).contains("lr_floor"));
        assert!(refuse(|c| c.clip_norm = -1.0).contains("clip_norm is -1"));
        assert!(refuse(|c| c.ema = 1.0).contains("ema is 1; it must be 0 (off) or more, below 1"));
        assert!(refuse(|c| c.loss_scale = 0.5).contains("loss_scale is 0.5"));
        assert!(refuse(|c| (c.patience, c.evaluate_every) = (3, 0)).contains("evaluate_every and validation_share"));
        assert!(refuse(|c| (c.patience, c.validation_share) = (3, 0.0)).contains("patience is 3"));
        assert!(refuse(|c| c.freeze_after_division = 2).contains("freeze_after_division is 2"));
        assert!(refuse(|c| c.orthogonality = -1.0).contains("orthogonality is -1"));
        assert!(refuse(|c| (c.dim, c.learners, c.masks) = (10, 7, MaskKind::Fixed)).contains("at most 5 learners"));
    }

    #[test]
    fn a_hierarchy_needs_a_power_of_two_masks_and_time() {
        let hierarchical = |change: fn(&mut Config)| {
            let mut config =
                Config { division: DivisionKind::Hierarchical, masks: MaskKind::Learnable, ..Config::default() };
            change(&mut config);
            config.check().map_err(|e| e.to_string())
        };
        assert_eq!(hierarchical(|_| ()), Ok(()));
        assert!(hierarchical(|c| c.learners = 6).unwrap_err().contains("learners is 6; it must be a power of two"));
        assert!(
            hierarchical(|c| c.masks = MaskKind::Slices).unwrap_err().contains("masks is slices; it must be fixed")
        );
        // The last of 4 levels would begin with epoch 18, the whole embedding with 16.
        let late = hierarchical(|c| (c.learners, c.level_epochs) = (8, Some(6))).unwrap_err();
        assert!(
            late.contains("level_epochs is 6") && late.contains("epoch 18") && late.contains("join_at (16)"),
            "{late}"
        );
        assert!(hierarchical(|c| c.level_epochs = Some(0)).unwrap_err().contains("level_epochs is 0"));
        let frozen = hierarchical(|c| (c.freeze_after_division, c.level_epochs) = (1, Some(1))).unwrap_err();
        assert!(frozen.contains("freeze_after_division is 1") && frozen.contains("level_epochs (1)"), "{frozen}");
    }

    #[test]
    fn masks_give_one_slice_and_slices_one_a_learner() {
        let layout = |masks| Config { masks, ..Config::default() }.layout().unwrap();
        assert_eq!((layout(MaskKind::Slices).learners(), layout(MaskKind::Slices).dim()), (4, 128));
        assert_eq!(Config::default().learner_dim(3), Ok(32));
        for masks in [MaskKind::Fixed, MaskKind::Learnable] {
            assert_eq!((layout(masks).learners(), layout(masks).dim()), (1, 128));
            assert_eq!(Config { masks, ..Config::default() }.learner_dim(3), Ok(128));
        }
    }

    #[test]
    fn losses_are_as_many_as_learners_and_take_what_they_are_given() {
        let with = |loss: &str, change: fn(&mut Config)| {
            let mut config = Config { loss: loss.parse().unwrap(), ..Config::default() };
            change(&mut config);
            config.check().map_err(|e| e.to_string())
        };
        assert_eq!(with("margin,triplet,margin,proxy-nca", |c| c.miner = Some(MinerKind::Hard)), Ok(()));
        assert_eq!(with("multi-similarity", |c| c.memory = 500), Ok(()));
        let refuse = |loss: &str, change: fn(&mut Config)| with(loss, change).unwrap_err();
        let error = refuse("margin,triplet", |_| ());
        assert!(error.contains("loss is margin,triplet; it must be one loss, or as many as learners (4)"), "{error}");
        let error = refuse("contrastive", |c| c.miner = Some(MinerKind::Hard));
        assert!(error.contains("miner is hard; it must be left out"), "{error}");
        let error = refuse("margin,margin,margin,proxy-nca", |c| c.memory = 500);
        assert!(error.contains("memory is 500; it must be 0 with loss proxy-nca"), "{error}");
        assert!(refuse("margin", |c| (c.memory, c.whole_loss) = (1, Some(LossKind::NPairs))).contains("n-pairs"));
        assert!(refuse("margin", |c| c.far_cutoff = 0.4).contains("above cutoff (0.5)"));
        assert!(refuse("margin", |c| c.loss_lr = f64::NAN).contains("loss_lr is NaN"));
        let toml = Config { loss: "triplet,n-pairs".parse().unwrap(), ..Config::default() }.to_toml();
        assert!(toml.contains("loss = \"triplet,n-pairs\""), "{toml}");
        let error = Config::parse("loss = \"margn\"", Path::new("c.toml")).unwrap_err().to_string();
        assert!(error.contains("no loss \"margn\""), "{error}");
    }

    #[test]
    fn every_field_has_a_flag() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            flags: Flags,
        }
        let flags: std::collections::BTreeSet<String> = <Cli as clap::CommandFactory>::command()
            .get_arguments()
            .filter_map(|a| a.get_long().map(|l| l.replace('-', "_")))
            .collect();
        let mut config = Config::default();
        // Optional fields only appear once they are set.
        (config.test_size, config.freeze_norm, config.resize_shorter) = (Some(1), Some(true), Some(256));
        (config.join_at, config.conquer_at, config.weights) = (Some(1), Some(2), Some("w".into()));
        (config.cache_dir, config.workers) = (Some("c".into()), Some(2));
        (config.whole_loss, config.miner) = (Some(LossKind::Triplet), Some(MinerKind::Hard));
        (config.level_epochs, config.masks_lr) = (Some(1), Some(1e-3));
        config.cosine_until = Some(3);
        (config.head_lr_schedule, config.loss_lr_schedule) = (Some(LrSchedule::Step), Some(LrSchedule::Step));
        config.lr_milestones = Some(Milestones(vec![1]));
        let fields: toml::Table = toml::from_str(&config.to_toml()).unwrap();
        for field in fields.keys() {
            assert!(flags.contains(field), "no flag for {field}");
        }
        let parsed = <Cli as clap::Parser>::parse_from([
            "x",
            "--learners",
            "2",
            "--skip-broken",
            "--flip",
            "false",
            "--join-at",
            "3",
        ]);
        parsed.flags.apply(&mut config);
        assert_eq!((config.learners, config.skip_broken, config.flip, config.join_at), (2, true, false, Some(3)));
    }
}

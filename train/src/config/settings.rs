//! The settings: name, type, default and help of each, once.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::architecture::Backbone;
use crate::backend::BackendChoice;
use crate::divide::DivisionKind;
use crate::early_stop::BestBy;
use crate::loss::{BetaKind, LossKind, LossList};
use crate::mask::MaskKind;
use crate::miner::MinerKind;
use crate::precision::Precision;
use crate::rates::{LrSchedule, Milestones};

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
    /// Which GPU computes, counted from 0 (vulkan: 0 is the fastest)
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

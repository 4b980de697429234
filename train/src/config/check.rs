//! What each setting may be.

use dnc_core::EmbeddingLayout;

use super::{Config, ConfigError};
use crate::divide::DivisionKind;
use crate::loss::LossKind;
use crate::mask::MaskKind;
use crate::rates::LrSchedule;

fn range(ok: bool, field: &'static str, value: impl ToString, limit: &str) -> Result<(), ConfigError> {
    if ok { Ok(()) } else { Err(ConfigError::Range { field, value: value.to_string(), limit: limit.to_owned() }) }
}

impl Config {
    /// Checks every range.
    ///
    /// # Errors
    /// The first field that is out of its range, with value and limit.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_paths()?;
        range(self.seed <= i64::MAX as u64, "seed", self.seed, &format!("0 to {}, as far as TOML counts", i64::MAX))?;
        range((1..=4096).contains(&self.learners), "learners", self.learners, "1 to 4096")?;
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
        // A run's file of settings could not hold numbers beyond TOML's; none of these counts so far.
        let most = 1_000_000_000;
        for (field, value) in [
            ("dim", Some(self.dim)),
            ("batch", Some(self.batch)),
            ("per_identity", Some(self.per_identity)),
            ("evaluate_every", Some(self.evaluate_every)),
            ("patience", Some(self.patience)),
            ("keep_every", Some(self.keep_every)),
            ("device", Some(self.device)),
            ("loss_scale_every", Some(self.loss_scale_every)),
            ("freeze_after_division", Some(self.freeze_after_division)),
            ("test_size", self.test_size),
            ("level_epochs", self.level_epochs),
            ("cosine_until", self.cosine_until),
        ] {
            range(value.is_none_or(|value| value <= most), field, value.unwrap_or(0), &format!("at most {most}"))?;
        }
        range((1..=most).contains(&self.epochs), "epochs", self.epochs, &format!("1 to {most}"))?;
        range((1..=most).contains(&self.divide_every), "divide_every", self.divide_every, &format!("1 to {most}"))?;
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
        let last = self.lr_milestones.iter().flat_map(|m| &m.0).copied().max().unwrap_or(0);
        range(last <= most, "lr_milestones", last, &format!("at most {most}"))?;
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

    /// Paths that a run's file of settings can hold.
    ///
    /// # Errors
    /// The first that is not UTF-8.
    pub fn check_paths(&self) -> Result<(), ConfigError> {
        let paths =
            [("data", Some(&self.data)), ("weights", self.weights.as_ref()), ("cache_dir", self.cache_dir.as_ref())];
        for (field, path) in paths {
            if let Some(path) = path.filter(|path| path.to_str().is_none()) {
                return Err(ConfigError::NotUtf8 { field, path: path.clone() });
            }
        }
        Ok(())
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
}

//! Why a run cannot go on.

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss, a gradient or a weight is not a number.
    #[error(
        "{what} is {value} in epoch {}, batch {}; the checkpoint after {epoch} epochs is kept. Train another run with \
         lower lr (now {lr:?}) and head_lr (now {head_lr:?}), with warmup, or with clip_norm",
        epoch + 1, batch + 1
    )]
    NotFinite {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: f64,
        /// Epoch, counted from 0.
        epoch: usize,
        /// Batch, counted from 0.
        batch: usize,
        /// Learning rate of the backbone.
        lr: f64,
        /// Learning rate of the embedding layer.
        head_lr: f64,
    },
    /// Nothing can be validated, so patience would never end.
    #[error(
        "patience is {patience}, but {identities} training identities give no validation part at validation_share \
         {share}: add pictures, give a larger share, or patience 0"
    )]
    NothingToValidate {
        /// Validations to wait for.
        patience: usize,
        /// Training identities.
        identities: usize,
        /// Share held out.
        share: f64,
    },
    /// No cluster can give a batch.
    #[error(
        "epoch {epoch}: none of {clusters} clusters holds two identities with two pictures each (sizes {sizes:?}); \
         take fewer learners (now {clusters}), or more pictures"
    )]
    NothingToLearn {
        /// Epoch, counted from 0.
        epoch: usize,
        /// Clusters of the division.
        clusters: usize,
        /// Their sizes.
        sizes: Vec<usize>,
    },
    /// Nothing is left to compare.
    #[error(
        "{identities} identities with two whole pictures or more are left to learn from ({held_out} are held out for \
         validation, {skipped} pictures are broken); at least 2 are needed: add pictures, or give a smaller \
         validation_share (now {share})"
    )]
    TooFewIdentities {
        /// Identities that can be learned from.
        identities: usize,
        /// Identities held out.
        held_out: usize,
        /// Broken pictures left out.
        skipped: usize,
        /// Share held out.
        share: f64,
    },
    /// The pictures are not those that the run was started with.
    #[error(
        "the run was started with {was} training pictures, now there are {now}; bring the same pictures back, or give \
         another --out"
    )]
    OtherPictures {
        /// Pictures of the run.
        was: usize,
        /// Pictures found.
        now: usize,
    },
    /// As many pictures as the run was started with, but others.
    #[error(
        "the {0} pictures are as many as the run was started with, but not the same (names, identities or order changed); \
         bring the same pictures and list back, or give another --out"
    )]
    ChangedPictures(&'static str),
    /// K is more than the data can carry.
    #[error(
        "{learners} learners for {identities} identities with two pictures or more: each learner needs at least two; \
         take at most {most} learners, or more pictures"
    )]
    TooManyLearners {
        /// Learners asked for.
        learners: usize,
        /// Identities that can be learned from.
        identities: usize,
        /// Learners that they can carry.
        most: usize,
    },
}

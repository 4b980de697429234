//! Who watches a run.

use crate::history::EpochRecord;
use crate::schedule::Phase;

/// What watches a run.
pub trait Observer: Sync {
    /// Pictures are being decoded: one more of `total`.
    fn decoded(&self, total: usize);
    /// An epoch begins with so many batches.
    fn epoch_started(&self, epoch: usize, of: usize, phase: Phase, batches: usize);
    /// A batch was learned from.
    fn batch_done(&self, loss: Option<f32>);
    /// An epoch is over and its checkpoint stored.
    fn epoch_done(&self, record: &EpochRecord);
    /// Something a user should know.
    fn note(&self, text: &str);
}

/// Nobody watches.
impl Observer for () {
    fn decoded(&self, _: usize) {}
    fn epoch_started(&self, _: usize, _: usize, _: Phase, _: usize) {}
    fn batch_done(&self, _: Option<f32>) {}
    fn epoch_done(&self, _: &EpochRecord) {}
    fn note(&self, _: &str) {}
}

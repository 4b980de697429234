//! Which pictures a run learns from and which it holds out.

use dnc_datasets::validation::ValidationSplit;
use dnc_datasets::{Dataset, Fingerprint, Sample};
use serde::{Deserialize, Serialize};

use super::{CheckpointError, Run};

/// What tells the pictures of a run from others: their names, identities and order, wherever they lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPictures {
    /// Learned from, broken ones included.
    pub train: Fingerprint,
    /// Held out, broken ones included.
    pub validation: Fingerprint,
}

impl RunPictures {
    /// Of a set as it is split.
    pub fn of(dataset: &Dataset, split: &ValidationSplit<'_>) -> Self {
        Self { train: Fingerprint::of(dataset, &split.train), validation: Fingerprint::of(dataset, &split.validation) }
    }
}

impl Run {
    /// Checks that `held_out`, drawn from the pictures at hand, is what the run held out. The draw depends on all
    /// training identities: after some came or went it may take those that the run learned from.
    ///
    /// # Errors
    /// [`CheckpointError::OtherValidation`] where it is not. A run of an older version has not noted its pictures, and
    /// passes.
    pub fn check_held_out(&self, dataset: &Dataset, held_out: &[&Sample]) -> Result<(), CheckpointError> {
        let (state, _) = self.state()?;
        let same = state.pictures.is_none_or(|was| was.validation == Fingerprint::of(dataset, held_out));
        if same { Ok(()) } else { Err(CheckpointError::OtherValidation { path: self.folder.clone() }) }
    }
}

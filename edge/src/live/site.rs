//! The gallery's committed state that answers are given from, and the rule for its size.

use std::sync::{Arc, PoisonError, RwLock};

use dnc_core::manifest::Variant;
use dnc_core::scan::Scan;

use super::{RuleError, RuleSource};
use crate::answer::{Answer, IdentificationRule};
use crate::bundle::Bundle;
use crate::gallery::{Gallery, GalleryError, Snapshot, Space};

/// What is compared with: read by many threads, replaced as a whole when the gallery has changed.
pub struct Site {
    bundle: Bundle,
    variant: Variant,
    rules: RuleSource,
    scan: Scan,
    state: RwLock<Arc<State>>,
}

struct State {
    snapshot: Snapshot,
    rule: IdentificationRule,
}

/// A gallery or a rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// The gallery cannot be read, or belongs to another model.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// There is no rule for its size.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

impl Site {
    /// Reads `gallery`'s committed state, to be searched as `scan` says and judged by `rules`.
    ///
    /// # Errors
    /// Where the gallery belongs to another model or cannot be read, or the bundle has no such rule.
    pub fn new(
        bundle: Bundle,
        variant: Variant,
        rules: RuleSource,
        scan: Scan,
        gallery: &Gallery,
    ) -> Result<Self, SiteError> {
        gallery.check_space(&Space::of(bundle.manifest()))?;
        let state = RwLock::new(Arc::new(State::read(&bundle, &variant, &rules, scan, gallery)?));
        Ok(Self { bundle, variant, rules, scan, state })
    }

    /// Reads the committed state again. Answers that are being given end on the old one.
    ///
    /// # Errors
    /// As [`new`](Self::new); the old state stays then.
    pub fn refresh(&self, gallery: &Gallery) -> Result<(), SiteError> {
        let state = Arc::new(State::read(&self.bundle, &self.variant, &self.rules, self.scan, gallery)?);
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }

    /// Answers who has the embedding `probe`, and lists the `top` nearest identities.
    ///
    /// # Errors
    /// Where `probe` has not the gallery's width.
    pub fn identify(&self, probe: &[f32], top: usize) -> Result<Answer, GalleryError> {
        let state = self.state();
        state.snapshot.identify(probe, &state.rule, top)
    }

    /// Identities and views of the state that answers are given from.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.snapshot.identities(), state.snapshot.views())
    }

    /// The variant that embeds.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    fn state(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    fn read(
        bundle: &Bundle,
        variant: &Variant,
        rules: &RuleSource,
        scan: Scan,
        gallery: &Gallery,
    ) -> Result<Self, SiteError> {
        let snapshot = gallery.snapshot_for(scan)?;
        let rule = rules.at(bundle, variant, snapshot.identities(), snapshot.views())?;
        Ok(Self { snapshot, rule })
    }
}

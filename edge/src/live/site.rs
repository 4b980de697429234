//! The gallery's committed state that answers are given from, and the rule for its size.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use dnc_core::manifest::Variant;

use super::{RuleError, RuleSource};
use crate::answer::{Answer, IdentificationRule};
use crate::bundle::Bundle;
use crate::gallery::{Committed, Gallery, GalleryError, Revision, Search, Snapshot, Space};

/// What is compared with: read by many threads, replaced as a whole when the gallery has changed.
pub struct Site {
    bundle: Bundle,
    variant: Variant,
    rules: RuleSource,
    search: Search,
    state: RwLock<Arc<State>>,
    /// Held by whoever reads the gallery again; answers do not wait for it.
    turn: Mutex<()>,
}

struct State {
    revision: Option<Revision>,
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
    /// Reads `gallery`'s committed state, to be searched as `search` says and judged by `rules`.
    ///
    /// # Errors
    /// Where the gallery belongs to another model or cannot be read, or the bundle has no such rule.
    pub fn new(
        bundle: Bundle,
        variant: Variant,
        rules: RuleSource,
        search: Search,
        gallery: &Gallery,
    ) -> Result<Self, SiteError> {
        gallery.check_space(&Space::of(bundle.manifest()))?;
        let state = State::read(&bundle, &variant, &rules, search, &gallery.committed()?)?;
        Ok(Self { bundle, variant, rules, search, state: RwLock::new(Arc::new(state)), turn: Mutex::new(()) })
    }

    /// Answers from the gallery's committed state from now on; answers that are being given end on the old one. The state
    /// is not read where nothing that a search reads has changed. Answers whether it was read.
    ///
    /// # Errors
    /// As [`new`](Self::new); the old state stays then.
    pub fn refresh(&self, gallery: &Gallery) -> Result<bool, SiteError> {
        self.catch_up(gallery.revision(), || Ok(gallery.committed()?))
    }

    /// As [`refresh`](Self::refresh), for many that change one gallery: returns once answers are given from the state
    /// `revision` or a later one. Whoever has the turn reads the `newest` state, so that those who wait for it need not
    /// read: of changes that come while one is read, one reading is made.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh), and what `newest` says.
    pub fn catch_up<E: From<SiteError>>(
        &self,
        revision: Option<Revision>,
        newest: impl FnOnce() -> Result<Committed, E>,
    ) -> Result<bool, E> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a revision nothing is known of what another process did.
        if revision.is_some() && self.state().revision >= revision {
            return Ok(false);
        }
        let committed = newest()?;
        let state = Arc::new(State::read(&self.bundle, &self.variant, &self.rules, self.search, &committed)?);
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(true)
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
        search: Search,
        committed: &Committed,
    ) -> Result<Self, SiteError> {
        let snapshot = committed.snapshot(search)?;
        let rule = rules.at(bundle, variant, snapshot.identities(), snapshot.views())?;
        Ok(Self { revision: committed.revision(), snapshot, rule })
    }
}

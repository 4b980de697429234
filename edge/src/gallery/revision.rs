//! Whether what a search reads has changed, told without reading it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Stands for one state of what a search reads. A later state has a greater one, and no two galleries that this process
/// opens share one: nothing of it is kept in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u64);

impl Revision {
    /// The next one.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What a transaction does to searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Effect {
    /// It may change what they read.
    #[default]
    Searched,
    /// It writes only what they do not read.
    Apart,
    /// It writes nothing: there is nothing to commit.
    Nothing,
}

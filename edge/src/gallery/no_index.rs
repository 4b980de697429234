//! In place of the index in a build without it.

use dnc_core::scan::Rows;
use dnc_core::search::{Hit, IdentityHit};

/// There is none: [`Search::check`](super::Search::check) has said so before.
#[derive(Debug)]
pub enum Index {}

impl Index {
    pub fn of(_: &Rows, _: usize) -> Result<Self, String> {
        Err("this build is without the feature hnsw".into())
    }

    pub fn bytes(&self) -> usize {
        match *self {}
    }

    pub fn nearest(&self, _: &Rows, _: &[f32], _: usize) -> Vec<Hit> {
        match *self {}
    }

    pub fn nearest_identities(&self, _: &Rows, _: usize, _: &[f32], _: usize) -> Vec<IdentityHit> {
        match *self {}
    }
}

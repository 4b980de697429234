//! What a long-running command tells the person, on standard error.

use std::sync::Arc;

use dnc_edge::live::Notes;

/// Writes every note as a line.
pub fn to_stderr() -> Notes {
    Arc::new(|note: &str| eprintln!("note: {note}"))
}

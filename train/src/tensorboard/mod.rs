//! TensorBoard event files of a run.
//!
//! Written here, in a page of code over `prost` and `crc32c`: of the crates that write them, one ends the program
//! when the disk is full and brings an image library of its own, the other needs `protoc` to build.

mod event;
mod log;
mod record;
pub mod scalars;
#[cfg(test)]
mod tests;

pub use event::Event;
pub use log::{EventError, EventLog, read};

/// Folder of a run that holds its event files.
pub const FOLDER: &str = "tensorboard";

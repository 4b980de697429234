//! Measuring the device: how long each step from a picture's bytes to a decision takes, with every variant and library.
//!
//! Each [`Job`] runs in a process of its own ([`worker`]), so that start-up and resident memory are that job's alone;
//! [`report`] holds what was found, with the facts of the [`machine`], and [`compare`] sets two reports side by side.

pub mod compare;
mod energy;
mod error;
pub mod job;
pub mod machine;
pub mod report;
pub mod scene;
pub mod stages;
pub mod worker;

pub use error::BenchError;
pub use job::Job;
pub use report::Report;

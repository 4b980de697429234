//! Divide and conquer the embedding space: training.
pub mod architecture;
pub mod divide;
pub mod kernel;
pub mod loss;
pub mod miner;
pub mod network;
pub mod ops;
pub mod sampler;
pub mod schedule;

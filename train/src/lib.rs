//! Divide and conquer the embedding space: training (Sanakoyeu et al., CVPR 2019).
//!
//! `divide → learn → re-divide → conquer`: data are clustered by the network's own features, the embedding
//! layer is cut into slices ("learners"), learner k learns from cluster k alone; at the end the whole embedding
//! learns from all data.

pub mod adam;
pub mod architecture;
mod aside;
pub mod backend;
pub mod batch;
pub mod checkpoint;
pub mod cli;
pub mod clip;
pub mod config;
pub mod divide;
pub mod early_stop;
pub mod ema;
pub mod embed;
pub mod evaluate;
pub mod finite;
pub mod head;
pub mod history;
pub mod kernel;
pub mod loss;
pub mod mask;
pub mod miner;
pub mod network;
pub mod objective;
pub mod ops;
pub mod optimizer;
pub mod precision;
pub mod preset;
pub mod rates;
pub mod report;
pub mod sampler;
pub mod scaling;
pub mod schedule;
mod step;
pub mod step_time;
pub mod tensorboard;
pub mod trainee;
pub mod trainer;
pub mod weights;

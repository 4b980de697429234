//! `dnc-train` as a user meets it: the real program, real files, a tiny network.

mod bad_data;
mod broken_pictures;
mod cache;
mod checkpoints;
mod damaged;
mod dashboard;
mod data;
mod disk;
mod early_stop;
mod ema;
mod follow_up;
mod full_disk;
mod interrupt;
mod kinds;
mod loaders;
mod measures;
mod not_finite;
mod pickle;
mod rates;
mod report;
mod resume;
mod run;
mod settings;
mod support;
mod tensorboard;
mod weights;

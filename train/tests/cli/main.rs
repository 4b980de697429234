//! `dnc-train` as a user meets it: the real program, real files, a tiny network.

mod bad_data;
mod broken_pictures;
mod checkpoints;
mod damaged;
mod disk;
mod early_stop;
mod ema;
mod full_disk;
mod interrupt;
mod loaders;
mod not_finite;
mod pickle;
mod rates;
mod resume;
mod run;
mod settings;
mod support;
mod weights;

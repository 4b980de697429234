//! `dnc-train` as a user meets it: the real program, real files, a tiny network.

mod bad_data;
mod broken_pictures;
mod cache;
mod damaged;
mod data;
mod dashboard;
mod disk;
mod follow_up;
mod full_disk;
mod interrupt;
mod kinds;
mod loaders;
mod measures;
mod pickle;
mod report;
mod resume;
mod run;
mod settings;
mod support;
mod tensorboard;
mod weights;

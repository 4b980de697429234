//! `dnc-train` as a user meets it: the real program, real files, a tiny network.

mod bad_data;
mod broken_pictures;
mod damaged;
mod disk;
mod follow_up;
mod full_disk;
mod interrupt;
mod loaders;
mod pickle;
mod resume;
mod run;
mod settings;
mod support;
mod weights;

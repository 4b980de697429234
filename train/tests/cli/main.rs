//! `dnc-train` as a user meets it: the real program, real files, a tiny network.

mod bad_data;
mod broken_pictures;
mod damaged;
mod data;
mod disk;
mod full_disk;
mod interrupt;
mod kinds;
mod loaders;
mod measures;
mod pickle;
mod resume;
mod run;
mod settings;
mod support;
mod weights;

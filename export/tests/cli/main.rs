//! `dnc-export` as a user meets it: a run trained in a second, the real program, the device's own reader.

#[path = "../../../train/tests/cli/disk.rs"]
mod disk;
mod inspect;
mod pictures;
mod places;
mod refused;
mod space;
mod support;
mod variants;
mod works;

//! The whole device side over a tiny model that the tests write themselves.

mod bad_input;
mod bundles;
mod crash;
mod fpir;
mod full_disk;
mod gallery;
mod harm;
mod hostile;
mod interrupt;
mod line;
mod mqtt;
mod onnx_runtime;
mod page;
mod power_cut;
mod runtime;
mod serve;
mod soak;
mod support;
mod watch;

//! The whole device side over a tiny model that the tests write themselves.

mod bad_input;
mod bundles;
mod crash;
mod fpir;
mod full_disk;
mod gallery;
mod harm;
mod interrupt;
mod line;
mod link;
mod onnx_runtime;
mod power_cut;
mod runtime;
mod support;

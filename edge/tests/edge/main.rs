//! The whole device side over a tiny model that the tests write themselves.

mod bad_input;
mod bars;
mod bundles;
mod crash;
mod formats;
mod fpir;
mod full_disk;
mod gallery;
mod gallery_line;
mod harm;
mod import_edits;
mod interrupt;
mod kills;
mod line;
mod onnx_runtime;
mod power_cut;
mod processes;
mod re_embed;
mod runtime;
mod support;
mod transfer;

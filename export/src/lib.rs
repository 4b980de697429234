//! A trained model to a bundle that a device can trust: ONNX written from the network's one description,
//! verified against the training network with the device's own runtime, decision thresholds measured on
//! validation identities.

pub mod bundle;
pub mod cli;
mod describe;
pub mod evaluation;
pub mod folded;
pub mod gate;
pub mod inspect;
pub mod kind;
mod measure;
mod on_device;
pub mod onnx;
pub mod place;
pub mod quantise;
pub mod report;
pub mod request;
pub mod runner;
pub mod shipped;
pub mod tensorrt;
pub mod verify;

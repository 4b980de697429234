//! The ONNX writer: walks the description that the Burn module runs from.

mod builder;
mod network;

pub use network::{INPUT_NAME, OPSET, OUTPUT_NAME, model};

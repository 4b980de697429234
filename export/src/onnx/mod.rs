//! The ONNX writer: walks the description that the Burn module runs from.

mod builder;
mod embedding;
mod network;
mod options;
mod values;

pub use network::{FEATURES_NAME, INPUT_NAME, OUTPUT_NAME, model, observed};
pub use options::{Form, Numbers, OPSET, OPSETS};

//! Whether a model file may be given to a runtime at all.
//!
//! Runtimes trust what a graph says of itself: padding of 2⁴⁰ pixels is allocated, a step of 0 is divided by. The graph
//! is therefore read here first: only operators that a network for embeddings is made of, each with the attributes that
//! it is known to have, every shape worked out, and every size within a multiple of the picture's. What is refused here
//! never reaches a runtime, and a runtime is given what was read, not the file's bytes.

mod attributes;
mod fault;
mod given;
mod graph;
mod layout;
mod limits;
mod operators;
mod shapes;
mod tensor;
mod window;
mod wire;

pub use fault::ModelFault;
use wire::Purpose;

use prost::Message;
use tract_onnx::pb::ModelProto;

use super::RuntimeError;

/// The model in `onnx`, whose input is N×3×H×W (`input_shape` = `[3, H, W]`), fit to be given to `runtime`.
///
/// # Errors
/// Where the bytes are no whole ONNX model, the input has another shape, or a part of the graph is refused
/// ([`ModelFault`] names it).
pub fn read(onnx: &[u8], input_shape: [usize; 3], runtime: &'static str) -> Result<ModelProto, RuntimeError> {
    wire::check(onnx, Purpose::Run)?;
    let model = ModelProto::decode(onnx).map_err(|error| RuntimeError::Load { runtime, reason: error.to_string() })?;
    graph::check(&model, input_shape)?;
    Ok(model)
}

/// Checks that a runtime would be given the model in `onnx`, whose input is N×3×H×W (`input_shape` = `[3, H, W]`).
///
/// # Errors
/// Where the bytes are no whole ONNX model, the input has another shape, or a part of the graph is refused
/// ([`ModelFault`] names it).
pub fn check_model(onnx: &[u8], input_shape: [usize; 3]) -> Result<(), RuntimeError> {
    read(onnx, input_shape, "any runtime").map(|_| ())
}

/// Checks that the model in `onnx` can be decoded and looked at: any network's, whatever operators it has. Its parts are
/// counted before memory is taken for them, which is then in proportion to the file.
///
/// # Errors
/// Where they are too many or nested too deep.
pub fn check_parts(onnx: &[u8]) -> Result<(), ModelFault> {
    wire::check(onnx, Purpose::Look)
}

#[cfg(test)]
mod tests;

//! A model from a file, refused where a part of it lies elsewhere.

use std::path::{Path, PathBuf};

use dnc_edge::runtime::check_parts;
use prost::Message;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, TensorProto, tensor_proto::DataLocation};

use super::names;

/// The largest file that protobuf can hold, bytes.
const MOST_BYTES: u64 = i32::MAX as u64;

/// A file that is no ONNX model we can look into.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is larger than any protobuf file.
    #[error("{} has {bytes} bytes; an ONNX file has at most {MOST_BYTES}, is this another kind of file?", .path.display())]
    Large {
        /// The file.
        path: PathBuf,
        /// Its size, bytes.
        bytes: u64,
    },
    /// Its bytes are no ONNX model.
    #[error("{} is no whole ONNX model ({reason}); copy or download it again", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It holds more than any network, or contradicts itself.
    #[error("{}: {reason}; this is no model that a tool wrote: get it again from where it comes from", .path.display())]
    Structure {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Weights lie in another file.
    #[error("tensor {tensor} of {} lies in another file ({location}); save the model as one file first (Python: onnx.load, then onnx.save without save_as_external_data)", .path.display())]
    External {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The file it names.
        location: String,
    },
}

/// Reads the model in `path`, and its size in bytes.
///
/// # Errors
/// Where the file cannot be read, holds no ONNX model or more than any, or keeps tensors in other files.
pub fn read(path: &Path) -> Result<(ModelProto, u64), ReadError> {
    let failed = |source| ReadError::File { path: path.into(), source };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > MOST_BYTES {
        return Err(ReadError::Large { path: path.into(), bytes });
    }
    let content = std::fs::read(path).map_err(failed)?;
    Ok((parse(path, &content)?, bytes))
}

/// The model in `content`, which is what `path` holds.
///
/// # Errors
/// As [`read`].
pub(super) fn parse(path: &Path, content: &[u8]) -> Result<ModelProto, ReadError> {
    let format = |reason: String| ReadError::Format { path: path.into(), reason };
    let structure = |reason: String| ReadError::Structure { path: path.into(), reason };
    // Two bytes can stand for a whole node: the parts are counted before they take memory.
    check_parts(content).map_err(|fault| structure(fault.to_string()))?;
    let model = ModelProto::decode(content).map_err(|error| format(error.to_string()))?;
    // Any bytes of no length, and some short ones, are a protobuf message of defaults.
    let graph = model.graph.as_ref().ok_or_else(|| format("it has no graph".into()))?;
    names::check(graph).map_err(structure)?;
    match external(graph) {
        Some(tensor) => {
            let location = tensor.external_data.iter().find(|entry| entry.key == "location");
            let location = location.map_or("not named", |entry| &entry.value).to_owned();
            Err(ReadError::External { path: path.into(), tensor: tensor.name.clone(), location })
        }
        None => Ok(model),
    }
}

/// The first tensor whose values are not in the file, in `graph` and the graphs within it. They nest no deeper than
/// protobuf allows, which is 100 messages.
fn external(graph: &GraphProto) -> Option<&TensorProto> {
    fn outside(tensor: &TensorProto) -> bool {
        tensor.data_location == Some(DataLocation::External as i32) || !tensor.external_data.is_empty()
    }
    fn of_attribute(attribute: &AttributeProto) -> Option<&TensorProto> {
        let mut tensors = attribute.t.iter().chain(&attribute.tensors);
        let mut graphs = attribute.g.iter().chain(&attribute.graphs);
        tensors.find(|t| outside(t)).or_else(|| graphs.find_map(external))
    }
    let in_nodes = || graph.node.iter().flat_map(|node| &node.attribute).find_map(of_attribute);
    graph.initializer.iter().find(|t| outside(t)).or_else(in_nodes)
}

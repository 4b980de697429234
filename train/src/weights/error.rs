//! Weights that cannot be used, and what to do then.

use std::path::PathBuf;

/// Weights that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file cannot be read as weights.
    #[error(
        "cannot read weights {}: {problem}; a state dict as .pt, .pth or .safetensors is needed (`dnc-train weights \
         fetch mobilenet-v2` gets one)",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        problem: String,
    },
    /// A tensor of the network is not in the file.
    #[error(
        "{}: no tensor {name} for {network} (the file has {count} tensors, as {example}); {}",
        path.display(),
        advice(flags, "weights of another architecture?")
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor looked for.
        name: String,
        /// The network.
        network: String,
        /// Tensors of the file.
        count: usize,
        /// One of their names.
        example: String,
        /// Flags of the network that the file is of, where it is recognised.
        flags: Option<String>,
    },
    /// A tensor has another shape.
    #[error(
        "{}: tensor {name} has shape {found:?}, {network} needs {needed:?}; {}",
        path.display(),
        advice(flags, "another width or architecture?")
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network.
        network: String,
        /// The shape needed.
        needed: Vec<usize>,
        /// Flags of the network that the file is of, where it is recognised.
        flags: Option<String>,
    },
    /// The file has a convolution that the network lacks: a deeper network of the same family.
    #[error(
        "{}: tensor {name} of shape {found:?} has no place in {network}; {}",
        path.display(),
        advice(flags, "weights of a deeper network?")
    )]
    Extra {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The network.
        network: String,
        /// Flags of the network that the file is of, where it is recognised.
        flags: Option<String>,
    },
    /// A tensor's values cannot be weights.
    #[error("{}: tensor {name} {problem}; the file is cut short or damaged: take another copy", path.display())]
    Values {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong with them.
        problem: &'static str,
    },
}

fn advice(flags: &Option<String>, question: &str) -> String {
    match flags {
        Some(flags) => format!("these are the weights of another network: give {flags}"),
        None => question.to_owned(),
    }
}

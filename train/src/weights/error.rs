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
        "{}: no tensor {} for {} (the file has {count} tensors, as {example}); {}",
        at.path.display(), at.name, at.network, at.advice("weights of another architecture?")
    )]
    Missing {
        /// What does not fit.
        at: Box<Misfit>,
        /// Tensors of the file.
        count: usize,
        /// One of their names.
        example: String,
    },
    /// A tensor has another shape.
    #[error(
        "{}: tensor {} has shape {found:?}, {} needs {needed:?}; {}",
        at.path.display(), at.name, at.network, at.advice("another width or architecture?")
    )]
    Shape {
        /// What does not fit.
        at: Box<Misfit>,
        /// Its shape.
        found: Vec<usize>,
        /// The shape needed.
        needed: Vec<usize>,
    },
    /// The file has a convolution that the network lacks: a deeper network of the same family.
    #[error(
        "{}: tensor {} of shape {found:?} has no place in {}; {}",
        at.path.display(), at.name, at.network, at.advice("weights of a deeper network?")
    )]
    Extra {
        /// What does not fit.
        at: Box<Misfit>,
        /// Its shape.
        found: Vec<usize>,
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

/// A tensor of a file that does not fit a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The file.
    pub path: PathBuf,
    /// The tensor.
    pub name: String,
    /// The network.
    pub network: String,
    /// Flags of the network that the file is of, where it is recognised.
    pub flags: Option<String>,
}

impl Misfit {
    fn advice(&self, question: &str) -> String {
        match &self.flags {
            Some(flags) => format!("these are the weights of another network: give {flags}"),
            None => question.to_owned(),
        }
    }
}

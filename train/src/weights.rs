//! Pretrained backbone weights from a PyTorch file with torchvision's names.

use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData, backend::Backend};
use burn_store::pytorch::PytorchReader;

use crate::architecture::ConvNode;
use crate::network::Network;

/// Weights that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file cannot be read as PyTorch weights.
    #[error(
        "cannot read weights {}: {problem}; a .pt or .pth state dict is needed (`dnc-train weights fetch \
         mobilenet-v2` gets one)",
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
        "{}: no tensor {name} for {network} (the file has {count} tensors, as {example}); weights of another \
         architecture?",
        path.display()
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
    },
    /// A tensor has another shape.
    #[error(
        "{}: tensor {name} has shape {found:?}, {network} needs {needed:?}; another width or architecture?",
        path.display()
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
    },
}

struct File<'a> {
    path: &'a Path,
    reader: PytorchReader,
    network: String,
    /// Blocks are counted through; the two spellings overlap, so only one of them may be looked up.
    flat: bool,
}

/// torchvision's nested name (`features.2.conv.0.1.weight`) as files of a flat block spell it
/// (`features.2.conv.1.weight`): the convolution, normalisation and activation of a block counted through.
fn flat_name(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('.').collect();
    let [_, block, "conv", part, rest @ ..] = parts.as_slice() else { return None };
    let (first_block, part): (bool, usize) = (*block == "1", part.parse().ok()?);
    let nested = rest.len() == 2;
    let place = if nested {
        part * 3 + rest[0].parse::<usize>().ok()?
    } else {
        // Projection (last convolution) and its normalisation follow the nested parts.
        let nested_parts = if first_block { 1 } else { 2 };
        nested_parts * 3 + part.checked_sub(nested_parts)?
    };
    let place = place.to_string();
    let tail = *parts.last()?;
    parts.truncate(3);
    parts.extend([place.as_str(), tail]);
    Some(parts.join("."))
}

impl File<'_> {
    fn tensor(&self, name: &str, needed: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let spelled = if self.flat { flat_name(name) } else { None };
        let found = self.reader.get(spelled.as_deref().unwrap_or(name));
        let path = self.path.to_owned();
        let Some(snapshot) = found else {
            let mut names = self.reader.keys();
            names.sort();
            return Err(WeightsError::Missing {
                path,
                name: name.to_owned(),
                network: self.network.clone(),
                count: names.len(),
                example: names.into_iter().next().unwrap_or_default(),
            });
        };
        let read = |problem: String| WeightsError::Read {
            path: self.path.to_owned(),
            problem: format!("tensor {name}: {problem}"),
        };
        let data = snapshot.to_data().map_err(|e| read(format!("{e:?}")))?;
        if data.shape.as_slice() != needed {
            return Err(WeightsError::Shape {
                path,
                name: name.to_owned(),
                found: data.shape.to_vec(),
                network: self.network.clone(),
                needed: needed.to_vec(),
            });
        }
        data.convert::<f32>().into_vec().map_err(|e| read(format!("{e:?}")))
    }

    /// C_out×C_in×k×k as (k·k·C_in)×C_out.
    fn convolution(&self, conv: &ConvNode) -> Result<Vec<f32>, WeightsError> {
        let per_group = if conv.spec.depthwise { 1 } else { conv.c_in };
        let k = conv.spec.kernel;
        let values = self.tensor(&format!("{}.weight", conv.conv_name), &[conv.c_out, per_group, k, k])?;
        let mut rows = vec![0.0; values.len()];
        for (i, value) in values.into_iter().enumerate() {
            let (tap, rest) = (i % (k * k), i / (k * k));
            rows[(tap * per_group + rest % per_group) * conv.c_out + rest / per_group] = value;
        }
        Ok(rows)
    }
}

/// Replaces the backbone's weights by those of `path`; the embedding layer keeps its own.
///
/// # Errors
/// Where the file cannot be read, lacks a tensor, or has one of another shape; nothing is replaced then.
pub fn load<B: Backend>(mut network: Network<B>, path: &Path, device: &B::Device) -> Result<Network<B>, WeightsError> {
    let read = |problem: String| WeightsError::Read { path: path.to_owned(), problem };
    // The reader trusts lengths inside the file; a broken one must not end the program.
    let reader = std::panic::catch_unwind(|| PytorchReader::new(path))
        .map_err(|_| read("the file is damaged".into()))?
        .map_err(|e| read(e.to_string()))?;
    let flat = reader.get("features.1.conv.3.weight").is_some();
    let file = File { path, reader, network: network.graph().name.clone(), flat };
    let convs: Vec<ConvNode> = network.graph().convs().cloned().collect();
    for (unit, conv) in network.units.iter_mut().zip(&convs) {
        let c = conv.c_out;
        let vector = |what: &str| -> Result<Tensor<B, 1>, WeightsError> {
            let values = file.tensor(&format!("{}.{what}", conv.norm_name), &[c])?;
            Ok(Tensor::from_data(TensorData::new(values, [c]), device))
        };
        let weight = TensorData::new(file.convolution(conv)?, [conv.weight_rows(), c]);
        unit.weight = unit.weight.clone().map(|_| Tensor::from_data(weight, device).require_grad());
        let (gamma, beta) = (vector("weight")?, vector("bias")?);
        let (mean, var) = (vector("running_mean")?, vector("running_var")?);
        unit.gamma = unit.gamma.clone().map(|_| gamma.require_grad());
        unit.beta = unit.beta.clone().map(|_| beta.require_grad());
        unit.running_mean = unit.running_mean.clone().map(|_| mean.set_require_grad(false));
        unit.running_var = unit.running_var.clone().map(|_| var.set_require_grad(false));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_have_their_flat_place() {
        let flat = |name: &str| flat_name(name).unwrap();
        assert_eq!(flat("features.1.conv.0.0.weight"), "features.1.conv.0.weight");
        assert_eq!(flat("features.1.conv.0.1.bias"), "features.1.conv.1.bias");
        assert_eq!(flat("features.1.conv.1.weight"), "features.1.conv.3.weight");
        assert_eq!(flat("features.1.conv.2.running_mean"), "features.1.conv.4.running_mean");
        assert_eq!(flat("features.7.conv.1.0.weight"), "features.7.conv.3.weight");
        assert_eq!(flat("features.7.conv.2.weight"), "features.7.conv.6.weight");
        assert_eq!(flat("features.7.conv.3.bias"), "features.7.conv.7.bias");
        assert_eq!(flat_name("features.0.0.weight"), None);
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"no weights at all").unwrap();
        let layout = dnc_core::EmbeddingLayout::new(8, 1).unwrap();
        let graph = crate::architecture::mobilenet_v2(0.35);
        let network = Network::<burn_flex::Flex>::new(graph, layout, 1, &Default::default());
        let error = load(network, file.path(), &Default::default()).unwrap_err().to_string();
        assert!(error.contains("cannot read weights") && error.contains("weights fetch"), "{error}");
    }
}

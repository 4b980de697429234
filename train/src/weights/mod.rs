//! Pretrained backbone weights from a file with torchvision's names.

mod error;
mod file;
mod naming;
mod recognise;

use std::path::Path;

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::architecture::{ConvNode, Graph};
use crate::network::Network;
pub use error::{Misfit, WeightsError};
use file::WeightsFile;
use naming::Naming;

/// Replaces the backbone's weights by those of `path`, a PyTorch state dict (`.pt`, `.pth`, of any PyTorch) or
/// safetensors, names with or without the prefix of a wrapper (`module.`, `backbone.`). The embedding layer keeps
/// its own; the file's classifier is left alone.
///
/// # Errors
/// Where the file cannot be read, lacks a convolution or has one too many, or a tensor has another shape or no
/// proper values; nothing is replaced then.
pub fn load<B: Backend>(mut network: Network<B>, path: &Path, device: &B::Device) -> Result<Network<B>, WeightsError> {
    let file = WeightsFile::open(path)?;
    let graph = network.graph().clone();
    let source = Source { file: &file, graph: &graph, naming: Naming::of(&file, &graph) };
    for (unit, conv) in network.units.iter_mut().zip(graph.convs()) {
        let c = conv.c_out;
        let weight = TensorData::new(source.convolution(conv)?, [conv.weight_rows(), c]);
        let vector = |values: Vec<f32>| Tensor::<B, 1>::from_data(TensorData::new(values, [c]), device);
        let name = |what: &str| format!("{}.{what}", conv.norm_name);
        let gamma = vector(source.values(&name("weight"), &[c])?);
        let beta = vector(source.values(&name("bias"), &[c])?);
        let mean = vector(source.values(&name("running_mean"), &[c])?);
        let var = vector(source.nonzero(&name("running_var"), &[c])?);
        unit.weight = unit.weight.clone().map(|_| Tensor::from_data(weight, device).require_grad());
        unit.gamma = unit.gamma.clone().map(|_| gamma.require_grad());
        unit.beta = unit.beta.clone().map(|_| beta.require_grad());
        unit.running_mean = unit.running_mean.clone().map(|_| mean.set_require_grad(false));
        unit.running_var = unit.running_var.clone().map(|_| var.set_require_grad(false));
    }
    source.refuse_extra()?;
    Ok(network)
}

/// A file as one network reads it.
struct Source<'a> {
    file: &'a WeightsFile,
    graph: &'a Graph,
    naming: Naming,
}

impl Source<'_> {
    fn misfit(&self, name: &str) -> Box<Misfit> {
        let (path, network) = (self.file.path().to_owned(), self.graph.name.clone());
        Box::new(Misfit { path, name: name.to_owned(), network, flags: recognise::flags(self.file) })
    }

    /// The file's name for a tensor of the network, its shape checked.
    fn find(&self, name: &str, needed: &[usize]) -> Result<String, WeightsError> {
        let spelled = self.naming.spell(name);
        let Some(found) = self.file.shape(&spelled) else {
            let mut names = self.file.names();
            let (count, example) = (names.len(), names.next().unwrap_or("none").to_owned());
            return Err(WeightsError::Missing { at: self.misfit(name), count, example });
        };
        if found != needed {
            let (found, needed) = (found.to_vec(), needed.to_vec());
            return Err(WeightsError::Shape { at: self.misfit(name), found, needed });
        }
        Ok(spelled)
    }

    fn values(&self, name: &str, needed: &[usize]) -> Result<Vec<f32>, WeightsError> {
        self.file.values(&self.find(name, needed)?)
    }

    fn nonzero(&self, name: &str, needed: &[usize]) -> Result<Vec<f32>, WeightsError> {
        self.file.nonzero(&self.find(name, needed)?)
    }

    /// C_out×C_in×k×k as (k·k·C_in)×C_out.
    fn convolution(&self, conv: &ConvNode) -> Result<Vec<f32>, WeightsError> {
        let (per_group, taps) = (conv.group_channels(), conv.spec.kernel.pow(2));
        let values = self.nonzero(&format!("{}.weight", conv.conv_name), &conv.torch_shape())?;
        let mut rows = vec![0.0; values.len()];
        for (i, value) in values.into_iter().enumerate() {
            let (tap, rest) = (i % taps, i / taps);
            rows[(tap * per_group + rest % per_group) * conv.c_out + rest / per_group] = value;
        }
        Ok(rows)
    }

    fn refuse_extra(&self) -> Result<(), WeightsError> {
        let Some((name, found)) = recognise::extra(self.file, self.graph, &self.naming) else { return Ok(()) };
        Err(WeightsError::Extra { at: self.misfit(name), found: found.to_vec() })
    }
}

#[cfg(test)]
mod tests;

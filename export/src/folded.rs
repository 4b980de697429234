//! The network as it is shipped: the one description with plain numbers, batch normalisation folded into the
//! convolutions. The ONNX writer and the quantiser work on it.

use burn::tensor::{Tensor, backend::Backend};
use dnc_core::{EmbeddingLayout, LayoutError};
use dnc_train::architecture::{ConvNode, Graph};
use dnc_train::network::{ConvUnit, Network};
use dnc_train::ops::NetOps;

/// A network without batch normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedNetwork {
    /// The description it runs from.
    pub graph: Graph,
    /// Numbers of each convolution of the graph, in its order.
    pub convs: Vec<FoldedConv>,
    /// The embedding layer.
    pub head: FoldedHead,
}

/// A convolution's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedConv {
    /// C_out×C_in×k×k, C_in those of a group: as ONNX and PyTorch order them.
    pub weight: Vec<f32>,
    /// C_out values.
    pub bias: Vec<f32>,
}

/// The embedding layer's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedHead {
    /// features×d, row by row.
    pub weight: Vec<f32>,
    /// d values.
    pub bias: Vec<f32>,
    /// Its slices.
    pub layout: EmbeddingLayout,
}

/// The first learners cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// More learners are asked for than there are.
    #[error("{asked} learners are to be kept and the model has {learners}; give 1 to {learners}")]
    Learners {
        /// Learners to be kept.
        asked: usize,
        /// Learners of the model.
        learners: usize,
    },
    /// Their slices make no layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().expect("converted to f32 just before")
}

impl FoldedConv {
    fn of<B: NetOps>(unit: &ConvUnit<B>, conv: &ConvNode) -> Self {
        let (weight, bias) = unit.folded();
        let (taps, c_out, per_group) = (conv.spec.kernel.pow(2), conv.c_out, conv.group_channels());
        // The network keeps (k·k·C_in)×C_out.
        let rows = values(weight);
        let mut weight = vec![0.0; rows.len()];
        for (i, value) in rows.iter().enumerate() {
            let (row, out) = (i / c_out, i % c_out);
            weight[(out * per_group + row % per_group) * taps + row / per_group] = *value;
        }
        Self { weight, bias: values(bias) }
    }

    /// Weights of each output channel, in order.
    pub fn filters(&self) -> std::slice::ChunksExact<'_, f32> {
        self.weight.chunks_exact(self.weight.len() / self.bias.len())
    }
}

impl FoldedNetwork {
    /// Folds every normalisation by its running statistics: exact up to rounding.
    pub fn of<B: NetOps>(network: &Network<B>) -> Self {
        let graph = network.graph().clone();
        let convs = network.units.iter().zip(graph.convs()).map(|(unit, conv)| FoldedConv::of(unit, conv)).collect();
        let (weight, bias) = (values(network.head.weight.val()), values(network.head.bias.val()));
        Self { convs, head: FoldedHead { weight, bias, layout: network.layout() }, graph }
    }

    /// The network whose embedding has the slices of the first `learners` only. They are what the whole embedding
    /// begins with, so that its accuracy can be told from the whole one's.
    ///
    /// # Errors
    /// Where there are not so many learners, or none is kept.
    pub fn keep_learners(mut self, learners: usize) -> Result<Self, KeepError> {
        let head = &mut self.head;
        let (d, all) = (head.layout.dim(), head.layout.learners());
        if learners == 0 || learners > all {
            return Err(KeepError::Learners { asked: learners, learners: all });
        }
        let kept = head.layout.slice(learners - 1).end;
        head.weight = head.weight.chunks_exact(d).flat_map(|row| &row[..kept]).copied().collect();
        head.bias.truncate(kept);
        head.layout = EmbeddingLayout::new(kept, learners)?;
        Ok(self)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use burn_flex::{Flex, FlexDevice};
    use dnc_train::architecture::Backbone;

    /// A network with random weights.
    pub fn random(backbone: Backbone, width: f64, dim: usize, learners: usize) -> FoldedNetwork {
        let layout = EmbeddingLayout::new(dim, learners).unwrap();
        FoldedNetwork::of(&Network::<Flex>::new(backbone.graph(width), layout, 5, &FlexDevice))
    }

    #[test]
    fn filters_are_in_the_order_of_onnx() {
        let layout = EmbeddingLayout::new(4, 1).unwrap();
        let network = Network::<Flex>::new(Backbone::Small.graph(0.25), layout, 5, &FlexDevice);
        let folded = FoldedNetwork::of(&network);
        let first = folded.graph.convs().next().unwrap();
        let rows = values(network.units[0].folded().0);
        for (out, filter) in folded.convs[0].filters().enumerate() {
            for channel in 0..3 {
                for tap in 0..9 {
                    assert_eq!(filter[channel * 9 + tap], rows[(tap * 3 + channel) * first.c_out + out]);
                }
            }
        }
    }

    #[test]
    fn the_first_learners_are_kept_as_they_are() {
        let whole = random(Backbone::Small, 0.25, 10, 4);
        let kept = whole.clone().keep_learners(2).unwrap();
        assert_eq!((kept.head.layout.dim(), kept.head.layout.learners()), (6, 2), "slices of three");
        assert_eq!(kept.head.weight[6..12], whole.head.weight[10..16]);
        assert_eq!(kept.head.bias[..], whole.head.bias[..6]);
        assert_eq!(whole.clone().keep_learners(4).unwrap(), whole, "the last slice is shorter and stays so");
        let error = whole.keep_learners(5).unwrap_err().to_string();
        assert!(error.contains("5 learners") && error.contains("1 to 4"), "{error}");
    }
}

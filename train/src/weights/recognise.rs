//! Which network a file's weights are of.

use clap::ValueEnum;

use super::file::WeightsFile;
use super::naming::Naming;
use crate::architecture::{Backbone, Graph};

/// Widths that weights are published at.
const WIDTHS: [f64; 8] = [1.0, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 2.0];

/// The flags that ask for the network whose convolutions are the file's, if it is one that can be asked for.
pub fn flags(file: &WeightsFile) -> Option<String> {
    let candidates = Backbone::value_variants().iter().flat_map(|b| WIDTHS.map(|width| (*b, width)));
    let (backbone, width) = candidates.into_iter().find(|(backbone, width)| is_of(file, &backbone.graph(*width)))?;
    let name = backbone.to_possible_value()?.get_name().to_owned();
    Some(if width == 1.0 { format!("--backbone {name}") } else { format!("--backbone {name} --width {width}") })
}

fn is_of(file: &WeightsFile, graph: &Graph) -> bool {
    let naming = Naming::of(file, graph);
    let fits = |name: String, shape: &[usize]| file.shape(&naming.spell(&name)) == Some(shape);
    graph.convs().all(|conv| fits(format!("{}.weight", conv.conv_name), &conv.torch_shape()))
        && extra(file, graph, &naming).is_none()
}

/// The first convolution's weights of the file that stand among the network's blocks and that it lacks, with their
/// shape: a deeper network has all tensors of a shallower one, and more. A head beside the blocks is nobody's
/// business.
pub fn extra<'a>(file: &'a WeightsFile, graph: &Graph, naming: &Naming) -> Option<(&'a str, &'a [usize])> {
    // `layer1.0.conv1` stands among the blocks of `layer1`.
    let places: Vec<String> =
        graph.convs().filter_map(|c| Some(naming.spell(c.conv_name.split_once('.')?.0))).collect();
    let known: Vec<String> = graph.convs().map(|conv| naming.spell(&format!("{}.weight", conv.conv_name))).collect();
    file.names().filter(|name| name.ends_with(".weight")).find_map(|name| {
        let shape = file.shape(name).filter(|shape| shape.len() == 4)?;
        let among = places.iter().any(|p| name.strip_prefix(p.as_str()).is_some_and(|rest| rest.starts_with('.')));
        (among && !known.iter().any(|k| k == name)).then_some((name, shape))
    })
}

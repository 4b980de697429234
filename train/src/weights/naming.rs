//! How a file spells torchvision's names: behind the prefix of a wrapper, MobileNetV2's blocks nested or flat.

use super::file::WeightsFile;
use crate::architecture::Graph;

/// Modules that networks are commonly wrapped in, and keys that checkpoints keep state dicts under.
const WRAPPERS: [&str; 8] =
    ["module", "backbone", "model", "encoder", "net", "network", "state_dict", "model_state_dict"];

/// One file's spelling of one network's names.
pub struct Naming {
    prefix: String,
    /// Blocks are counted through; the two spellings overlap, so only one of them may be looked up.
    flat: bool,
}

impl Naming {
    /// The spelling under which the file has the network's first convolution; plain where it has none.
    pub fn of(file: &WeightsFile, graph: &Graph) -> Self {
        let first = graph.convs().next().map(|conv| format!("{}.weight", conv.conv_name)).unwrap_or_default();
        let prefix = file
            .names()
            .filter_map(|name| name.strip_suffix(&first))
            .filter(|prefix| is_wrapper(prefix))
            .min_by_key(|prefix| prefix.len())
            .unwrap_or_default()
            .to_owned();
        let flat = file.shape(&format!("{prefix}features.1.conv.3.weight")).is_some();
        Self { prefix, flat }
    }

    /// The file's name for torchvision's `name`.
    pub fn spell(&self, name: &str) -> String {
        let flat = if self.flat { flat_name(name) } else { None };
        format!("{}{}", self.prefix, flat.as_deref().unwrap_or(name))
    }
}

fn is_wrapper(prefix: &str) -> bool {
    prefix.is_empty() || prefix.strip_suffix('.').is_some_and(|p| p.split('.').all(|part| WRAPPERS.contains(&part)))
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
    fn wrappers_are_prefixes_and_blocks_are_not() {
        assert!(["", "module.", "backbone.", "state_dict.module."].into_iter().all(is_wrapper));
        // `layer1.0.conv1.weight` ends as the first convolution's name does.
        assert!(!["layer1.0.", "module", "module.layer1.0."].into_iter().any(is_wrapper));
    }
}

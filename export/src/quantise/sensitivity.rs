//! Which layers cost most when they are quantised, and the fewest of them to leave in float.

use super::plan::Plan;
use crate::folded::FoldedNetwork;

/// One convolution's damage.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LayerCost {
    /// Its name.
    pub layer: String,
    /// Mean cosine to the float embeddings where it alone is quantised, with its input and output.
    pub cosine: f64,
    /// Whether it was left in float.
    pub kept_float: bool,
}

/// Measures each convolution alone: `cosine` answers the mean cosine of a plan's embeddings to the float ones. The
/// costliest comes first.
///
/// # Errors
/// What `cosine` answers.
pub fn layer_costs(
    network: &FoldedNetwork,
    plan: &Plan,
    mut cosine: impl FnMut(&Plan) -> anyhow::Result<f64>,
) -> anyhow::Result<Vec<LayerCost>> {
    let mut alone = Plan { convs: vec![None; plan.convs.len()], head: None, ..plan.clone() };
    let mut costs = Vec::with_capacity(plan.convs.len());
    for (at, conv) in network.graph.convs().enumerate() {
        alone.convs[at].clone_from(&plan.convs[at]);
        costs.push(LayerCost { layer: conv.conv_name.clone(), cosine: cosine(&alone)?, kept_float: false });
        alone.convs[at] = None;
    }
    costs.sort_by(|a, b| a.cosine.total_cmp(&b.cosine));
    Ok(costs)
}

/// `plan` with the `count` costliest layers in float; `costs` are marked so.
pub fn with_costliest_in_float(network: &FoldedNetwork, plan: &Plan, costs: &mut [LayerCost], count: usize) -> Plan {
    let mut plan = plan.clone();
    for (rank, cost) in costs.iter_mut().enumerate() {
        cost.kept_float = rank < count;
        if cost.kept_float {
            let at = network.graph.convs().position(|conv| conv.conv_name == cost.layer);
            plan.convs[at.expect("a cost of one of the network's layers")] = None;
        }
    }
    plan
}

/// The smallest number of layers in float, 0 to `most`, that `good` accepts; `None` where not even `most` is enough.
/// More layers in float are taken to be never worse, so that the numbers between need not all be tried.
///
/// # Errors
/// What `good` answers.
pub fn fewest(most: usize, mut good: impl FnMut(usize) -> anyhow::Result<bool>) -> anyhow::Result<Option<usize>> {
    // Most networks need none or few: double first, then halve.
    let mut bad: Option<usize> = None;
    let mut next = 0;
    let mut enough = loop {
        if good(next)? {
            break next;
        }
        if next == most {
            return Ok(None);
        }
        bad = Some(next);
        next = (next * 2).clamp(1, most);
    };
    while bad.is_some_and(|bad| enough - bad > 1) {
        let between = usize::midpoint(bad.unwrap_or(0), enough);
        if good(between)? {
            enough = between;
        } else {
            bad = Some(between);
        }
    }
    Ok(Some(enough))
}

#[cfg(test)]
mod tests {
    use super::super::affine::{Affine, Integers};
    use super::super::plan::{ChannelScales, QuantisedConv, Scheme};
    use super::*;
    use crate::folded::tests::random;
    use dnc_train::architecture::Backbone;

    #[test]
    fn the_fewest_are_found_with_few_tries() {
        for most in [0usize, 1, 7, 52] {
            for needed in 0..=most + 1 {
                let mut tries = 0;
                let found = fewest(most, |count| {
                    tries += 1;
                    Ok(count >= needed)
                });
                assert_eq!(found.unwrap(), (needed <= most).then_some(needed), "{needed} of {most}");
                assert!(tries <= 13, "{tries} tries for {needed} of {most}");
            }
        }
    }

    #[test]
    fn the_costliest_layers_go_first() {
        let network = random(Backbone::Small, 0.25, 8, 1);
        let planned = |c: usize| QuantisedConv { scales: ChannelScales(vec![0.01; c]), bias: vec![0.0; c] };
        let convs = network.graph.convs().map(|c| Some(planned(c.c_out))).collect();
        let step = Affine::covering(0.0, 1.0, Integers::Unsigned);
        let plan =
            Plan { scheme: Scheme::Ort, activations: vec![step; network.graph.nodes.len() + 1], convs, head: None };
        // The third costs most, then the first.
        let cosine = |plan: &Plan| {
            let alone: Vec<_> = plan.convs.iter().enumerate().filter(|(_, c)| c.is_some()).map(|(i, _)| i).collect();
            assert_eq!(alone.len(), 1, "one layer alone");
            Ok(match alone[0] {
                2 => 0.7,
                0 => 0.8,
                other => 0.9 + other as f64 / 1000.0,
            })
        };
        let mut costs = layer_costs(&network, &plan, cosine).unwrap();
        assert_eq!(costs[0].layer, network.graph.convs().nth(2).unwrap().conv_name);
        let two = with_costliest_in_float(&network, &plan, &mut costs, 2);
        let left: Vec<usize> = two.convs.iter().enumerate().filter(|(_, c)| c.is_none()).map(|(i, _)| i).collect();
        assert_eq!(left, [0, 2]);
        assert_eq!(two.float_layers(&network.graph).len(), 2);
        assert_eq!(costs.iter().filter(|c| c.kept_float).count(), 2);
    }
}

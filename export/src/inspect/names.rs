//! Names of values: each is made once (ONNX specification: static single assignment), so that looking a graph up by name
//! takes time in proportion to it.

use std::collections::HashSet;

use tract_onnx::pb::GraphProto;

/// Inputs and outputs of a node: what joins the most branches has some hundreds.
const MOST_VALUES: usize = 1024;

/// Checks the graph's own nodes; those of graphs within them are not looked into.
///
/// # Errors
/// Where a value is made twice, or a node has more values than any.
pub fn check(graph: &GraphProto) -> Result<(), String> {
    let mut made = HashSet::new();
    for node in &graph.node {
        let values = node.input.len().max(node.output.len());
        if values > MOST_VALUES {
            let name = super::graph::name(node);
            return Err(format!("node {name} has {values} inputs or outputs, at most {MOST_VALUES} are looked at"));
        }
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if !made.insert(output.as_str()) {
                return Err(format!("value {output:?} is made twice; a name stands for one value"));
            }
        }
    }
    Ok(())
}

//! A graph's nodes and constants by the names of their values.

use std::collections::HashMap;

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

/// A graph, looked up by value.
pub struct Lookup<'a> {
    /// The graph.
    pub graph: &'a GraphProto,
    constants: HashMap<&'a str, &'a TensorProto>,
    producers: HashMap<&'a str, &'a NodeProto>,
    readers: HashMap<&'a str, Vec<&'a NodeProto>>,
}

impl<'a> Lookup<'a> {
    /// Of `graph`, without the graphs within it.
    pub fn of(graph: &'a GraphProto) -> Self {
        let mut constants: HashMap<_, _> = graph.initializer.iter().map(|t| (t.name.as_str(), t)).collect();
        let (mut producers, mut readers) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for node in &graph.node {
            for output in node.output.iter().filter(|name| !name.is_empty()) {
                producers.insert(output.as_str(), node);
            }
            for input in node.input.iter().filter(|name| !name.is_empty()) {
                readers.entry(input.as_str()).or_default().push(node);
            }
            if let ("Constant", Some(value), Some(output)) =
                (node.op_type.as_str(), attribute(node, "value"), node.output.first())
                && let Some(tensor) = &value.t
            {
                constants.insert(output.as_str(), tensor);
            }
        }
        Self { graph, constants, producers, readers }
    }

    /// The constant of this name: an initializer or a Constant node's tensor.
    pub fn constant(&self, value: &str) -> Option<&'a TensorProto> {
        self.constants.get(value).copied()
    }

    /// The node that computes this value.
    pub fn producer(&self, value: &str) -> Option<&'a NodeProto> {
        self.producers.get(value).copied()
    }

    /// The nodes that read this value, one that reads it twice twice.
    pub fn readers(&self, value: &str) -> &[&'a NodeProto] {
        self.readers.get(value).map_or(&[], Vec::as_slice)
    }

    /// The graph's inputs that a caller gives: not those which only list an initializer, as old files do.
    pub fn inputs(&self) -> impl Iterator<Item = &'a tract_onnx::pb::ValueInfoProto> {
        self.graph.input.iter().filter(|input| !self.constants.contains_key(input.name.as_str()))
    }
}

/// A node's attribute.
pub fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

/// A node's integer attribute, or its default.
pub fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).map_or(default, |a| a.i)
}

/// A node's attribute of several integers.
pub fn ints<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    attribute(node, name).map(|a| a.ints.as_slice())
}

/// Name of a node's input, where it has one there.
pub fn input(node: &NodeProto, at: usize) -> Option<&str> {
    node.input.get(at).map(String::as_str).filter(|name| !name.is_empty())
}

/// What to call a node: its name, or that of its first output.
pub fn name(node: &NodeProto) -> &str {
    let output = node.output.first().map_or("without name", String::as_str);
    if node.name.is_empty() { output } else { &node.name }
}

/// Whether the operator is one of the ONNX specification or of ONNX Runtime's additions to it: any other domain may
/// give the same name another meaning.
pub fn is_known_domain(node: &NodeProto) -> bool {
    matches!(node.domain.as_str(), "" | "ai.onnx" | "com.microsoft")
}

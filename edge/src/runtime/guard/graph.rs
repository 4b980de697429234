//! The whole graph: names, stored tensors, nodes in their order, declared shapes.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, tensor_proto::DataType, type_proto,
};

use super::super::RuntimeError;
use super::given::Given;
use super::limits::{BATCH, Budget, IR_VERSIONS, NODES, OPSETS};
use super::shapes::infer;
use super::tensor::{self, Fact};
use super::{ModelFault, attributes, operators};

/// Checks a model whose input is N×3×H×W (`input_shape` = `[3, H, W]`).
///
/// # Errors
/// Where the input has another shape, or a part is refused.
pub fn check(model: &ModelProto, input_shape: [usize; 3]) -> Result<(), RuntimeError> {
    versions(model)?;
    let graph = model.graph.as_ref().ok_or_else(|| whole("graph", "missing", "one"))?;
    if graph.node.len() > NODES {
        return Err(whole("number of nodes", graph.node.len(), format!("at most {NODES}")).into());
    }
    let input = input(graph, input_shape)?;
    let mut known = Known::default();
    let stored = known.stored(graph)?;
    let mut budget = Budget::new(input.elements(), stored);
    known.add(&graph.input[0].name, input)?;
    for node in &graph.node {
        known.node(node, &mut budget)?;
    }
    for declared in graph.value_info.iter().chain(&graph.output) {
        known.declared(declared)?;
    }
    known.outputs(graph)?;
    Ok(())
}

fn whole(field: &'static str, found: impl ToString, allowed: impl ToString) -> ModelFault {
    ModelFault::Model { field, found: found.to_string(), allowed: allowed.to_string() }
}

fn versions(model: &ModelProto) -> Result<(), ModelFault> {
    let between = |range: &std::ops::RangeInclusive<i64>| format!("{} to {}", range.start(), range.end());
    if !IR_VERSIONS.contains(&model.ir_version) {
        return Err(whole("format version", model.ir_version, between(&IR_VERSIONS)));
    }
    // Other domains may be named: their operators may not be used.
    let own = model.opset_import.iter().filter(|set| is_onnx(&set.domain));
    match own.map(|set| set.version).collect::<Vec<_>>()[..] {
        [version] if OPSETS.contains(&version) => Ok(()),
        ref versions => Err(whole("operator set", format!("{versions:?}"), between(&OPSETS))),
    }
}

/// Whether a domain is the ONNX specification's.
fn is_onnx(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// The one input; sizes that the file leaves open are the manifest's, and one picture.
fn input(graph: &GraphProto, [c, h, w]: [usize; 3]) -> Result<Fact, RuntimeError> {
    let differs = |found| RuntimeError::Shape {
        field: "input.shape",
        found,
        expected: format!("one input N×{c}×{h}×{w} of f32"),
    };
    let [input] = graph.input.as_slice() else { return Err(differs(format!("{} inputs", graph.input.len()))) };
    let Some((elem_type, dims)) = declared_shape(input) else { return Err(differs("an input of no tensor".into())) };
    // Without a shape, the manifest's.
    let dims = dims.unwrap_or_else(|| vec![None; 4]);
    let text = || {
        let dims: Vec<_> = dims.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect();
        format!("input {}", dims.join("×"))
    };
    let sizes = [c, h, w].map(|size| size as i64);
    let [batch, rest @ ..] = dims.as_slice() else { return Err(differs(text())) };
    if rest.len() != 3 || rest.iter().zip(sizes).any(|(dim, size)| dim.is_some_and(|dim| dim != size)) {
        return Err(differs(text()));
    }
    if elem_type != DataType::Float as i32 {
        return Err(differs(format!("{} of type {elem_type}", text())));
    }
    let batch = batch.unwrap_or(1);
    if !BATCH.contains(&batch) {
        return Err(whole("batch", batch, format!("{} to {}", BATCH.start(), BATCH.end())).into());
    }
    let dims = std::iter::once(batch).chain(sizes).map(i64::unsigned_abs).collect();
    Ok(Fact { data_type: DataType::Float, dims, constant: false })
}

/// Type and sizes, where these are told, of a tensor; `None` for what is no tensor.
fn declared_shape(value: &ValueInfoProto) -> Option<(i32, Option<Vec<Option<i64>>>)> {
    let type_proto::Value::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
    let size = |dim: &Option<Dim>| match dim {
        Some(Dim::DimValue(size)) => Some(*size),
        Some(Dim::DimParam(_)) | None => None,
    };
    let dims = tensor.shape.as_ref().map(|shape| shape.dim.iter().map(|dim| size(&dim.value)).collect());
    Some((tensor.elem_type, dims))
}

/// Values so far, by name.
#[derive(Default)]
struct Known<'a> {
    facts: HashMap<&'a str, Fact>,
    tensors: HashMap<&'a str, &'a TensorProto>,
}

impl<'a> Known<'a> {
    fn add(&mut self, name: &'a str, fact: Fact) -> Result<(), ModelFault> {
        let fault = |problem| Err(ModelFault::Name { name: format!("{name:?}"), problem });
        if name.is_empty() {
            return fault("has no name; every value needs one");
        }
        match self.facts.insert(name, fact) {
            None => Ok(()),
            Some(_) => fault("is made twice; a name stands for one value"),
        }
    }

    /// Stored tensors; answers the number of their values.
    fn stored(&mut self, graph: &'a GraphProto) -> Result<u64, ModelFault> {
        let mut stored = 0u64;
        for tensor in &graph.initializer {
            let fact = tensor::fact(tensor)?;
            stored = stored.saturating_add(fact.elements());
            self.add(&tensor.name, fact)?;
            self.tensors.insert(&tensor.name, tensor);
        }
        let constants = graph.node.iter().filter_map(attributes::tensor);
        for tensor in constants {
            stored = stored.saturating_add(tensor::fact(tensor)?.elements());
        }
        Ok(stored)
    }

    fn node(&mut self, node: &'a NodeProto, budget: &mut Budget) -> Result<(), ModelFault> {
        let name = attributes::name(node);
        let refused = || {
            let domain = if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) };
            ModelFault::Operator { node: name.to_owned(), operator: format!("{domain}{}", node.op_type) }
        };
        let operator = operators::find(&node.op_type).filter(|_| is_onnx(&node.domain)).ok_or_else(refused)?;
        attributes::check(node, operator)?;
        attributes::finite(node)?;
        let (inputs, least) = (node.input.len(), *operator.inputs.start());
        let given = |found: String, expected: String| ModelFault::Given { node: name.to_owned(), found, expected };
        if !operator.inputs.contains(&inputs) || node.input[..least].iter().any(String::is_empty) {
            let expected = format!("{least} to {} for {}", operator.inputs.end(), operator.name);
            return Err(given(format!("{inputs} inputs"), expected));
        }
        let [output] = node.output.as_slice() else {
            return Err(given(format!("{} names for what it makes", node.output.len()), "one".into()));
        };
        let mut facts = Vec::with_capacity(inputs);
        for input in &node.input {
            let fact = self.facts.get(input.as_str());
            if fact.is_none() && !input.is_empty() {
                return Err(given(format!("value {input:?}"), "one that an earlier node makes".into()));
            }
            facts.push(fact);
        }
        let tensors: Vec<_> = node.input.iter().map(|input| self.tensors.get(input.as_str()).copied()).collect();
        let constant = facts.iter().flatten().all(|fact| fact.constant);
        let (data_type, dims) = infer(&Given { node, facts: &facts, tensors: &tensors }, budget)?;
        let stored = match node.op_type.as_str() {
            "Constant" => attributes::tensor(node),
            "Identity" => tensors[0],
            _ => None,
        };
        let fact = Fact { data_type, dims, constant };
        budget.value(name, fact.elements(), constant)?;
        self.add(output, fact)?;
        stored.map(|tensor| self.tensors.insert(output, tensor));
        Ok(())
    }

    /// Checks what the file says of a value against what the nodes make of it.
    fn declared(&self, value: &ValueInfoProto) -> Result<(), ModelFault> {
        let fault = |problem| Err(ModelFault::Name { name: format!("{:?}", value.name), problem });
        // Tools that change a graph leave such lines behind; runtimes look at none of them.
        let Some(fact) = self.facts.get(value.name.as_str()) else { return Ok(()) };
        let Some((elem_type, dims)) = declared_shape(value) else { return Ok(()) };
        let Some(dims) = dims else { return Ok(()) };
        let fits = dims.len() == fact.dims.len()
            && dims.iter().zip(&fact.dims).all(|(said, is)| said.is_none_or(|said| u64::try_from(said) == Ok(*is)));
        if fits && elem_type == fact.data_type as i32 {
            return Ok(());
        }
        fault("is declared with another type or shape than the nodes make")
    }

    fn outputs(&self, graph: &GraphProto) -> Result<(), ModelFault> {
        let mut seen = HashSet::new();
        for output in &graph.output {
            let fault = |problem| Err(ModelFault::Name { name: format!("{:?}", output.name), problem });
            if !self.facts.contains_key(output.name.as_str()) {
                return fault("is an output and no node makes it");
            }
            if !seen.insert(output.name.as_str()) {
                return fault("is an output twice; each is one");
            }
        }
        match graph.output.first().map(|output| &self.facts[output.name.as_str()]) {
            Some(fact) if !fact.constant => Ok(()),
            Some(_) => Err(whole("first output", "the same for every picture", "one that depends on the picture")),
            None => Err(whole("number of outputs", 0, "at least 1")),
        }
    }
}

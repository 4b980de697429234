//! Shapes of all values of a graph, as far as they follow from its inputs: one pass over the nodes in their order
//! (ONNX specification: a node comes behind those it reads).

mod constants;
mod given;
mod layout;
pub(super) mod product;
mod reduce;
pub(super) mod window;

use std::collections::HashMap;

use tract_onnx::pb::{NodeProto, TypeProto, tensor_proto::DataType, tensor_shape_proto::dimension, type_proto};

use super::graph::{Lookup, int, is_known_domain};
use super::tensor;

pub use given::{InputShape, ShapeError, text};

/// Axes of a value, and integers of a shape, at most: nodes that join a value with itself would double them each time.
const MOST: usize = 64;

/// Sizes of a value, each where it is known; `None` where not even their number is.
pub type Shape = Option<Vec<Option<u64>>>;

/// What is known of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fact {
    /// Its sizes.
    pub shape: Shape,
    /// Its type, by ONNX's number; 0 where unknown.
    pub data_type: i32,
    /// Its values, where it is a short vector of integers that shapes are made of.
    integers: Option<Vec<Option<i64>>>,
}

impl Fact {
    /// How many values, where all sizes are known.
    pub fn elements(&self) -> Option<u64> {
        self.shape.as_ref()?.iter().try_fold(1u64, |all, dim| all.checked_mul((*dim)?))
    }

    /// Forgets what is longer than a shape.
    fn bound(&mut self) {
        self.shape.take_if(|shape| shape.len() > MOST);
        self.integers.take_if(|integers| integers.len() > MOST);
    }

    /// All its integers, where every one is known.
    fn all_integers(&self) -> Option<Vec<i64>> {
        self.integers.as_ref()?.iter().copied().collect()
    }
}

/// What is known of every value, by name.
pub struct Facts(HashMap<String, Fact>);

impl Facts {
    /// Of the graph, its inputs as the file says and as `given`.
    ///
    /// # Errors
    /// Where a given shape is not of an input of the graph, or contradicts the file.
    pub fn infer(lookup: &Lookup<'_>, given: &[InputShape]) -> Result<Self, ShapeError> {
        let mut facts = Self(HashMap::new());
        for constant in &lookup.graph.initializer {
            facts.0.insert(constant.name.clone(), constants::of_tensor(constant));
        }
        for input in lookup.inputs() {
            let mut fact = input.r#type.as_ref().map(declared).unwrap_or_default();
            fact.bound();
            // A batch of one, unless the caller says another.
            let named = given.iter().any(|g| g.is_of(&input.name));
            if let (false, Some([batch @ None, ..])) = (named, fact.shape.as_deref_mut()) {
                *batch = Some(1);
            }
            facts.0.insert(input.name.clone(), fact);
        }
        given::apply(&mut facts.0, lookup, given)?;
        let declared: HashMap<_, _> = lookup
            .graph
            .value_info
            .iter()
            .chain(&lookup.graph.output)
            .filter_map(|value| Some((value.name.as_str(), declared(value.r#type.as_ref()?))))
            .collect();
        for node in &lookup.graph.node {
            let mut inferred = node_facts(lookup, node, &facts).unwrap_or_default();
            inferred.resize_with(node.output.len(), Fact::default);
            for (name, mut fact) in node.output.iter().zip(inferred).filter(|(name, _)| !name.is_empty()) {
                // What the file says of a value stands in where an operator is unknown to us.
                if let Some(said) = declared.get(name.as_str()) {
                    fact.shape = fact.shape.or_else(|| said.shape.clone());
                    fact.data_type = if fact.data_type == 0 { said.data_type } else { fact.data_type };
                }
                fact.bound();
                facts.0.insert(name.clone(), fact);
            }
        }
        Ok(facts)
    }

    /// What is known of the value of this name: nothing, where there is none.
    pub fn of(&self, value: &str) -> Fact {
        self.0.get(value).cloned().unwrap_or_default()
    }

    /// Of a node's input.
    pub fn input(&self, node: &NodeProto, at: usize) -> Fact {
        node.input.get(at).map(|name| self.of(name)).unwrap_or_default()
    }
}

/// What the file says of a value.
fn declared(kind: &TypeProto) -> Fact {
    let Some(type_proto::Value::TensorType(tensor)) = &kind.value else { return Fact::default() };
    let known = |dim: &tract_onnx::pb::tensor_shape_proto::Dimension| match &dim.value {
        Some(dimension::Value::DimValue(size)) => u64::try_from(*size).ok(),
        _ => None,
    };
    let shape = tensor.shape.as_ref().map(|shape| shape.dim.iter().map(known).collect());
    Fact { shape, data_type: tensor.elem_type, integers: None }
}

/// Whether the operator is one whose multiply–accumulates we can tell, be they none.
pub fn is_known(node: &NodeProto) -> bool {
    is_known_domain(node) && kind(&node.op_type).is_some()
}

/// Families of operators that share a rule.
enum Kind {
    /// One output, shaped as the first input.
    Same,
    /// One output, shaped as all inputs broadcast together; the inputs that count, by position.
    Broadcast(&'static [usize]),
    Window,
    Product,
    Reduce,
    Layout,
    Constant,
}

fn kind(op: &str) -> Option<Kind> {
    Some(match op {
        "Relu"
        | "LeakyRelu"
        | "PRelu"
        | "Clip"
        | "Sigmoid"
        | "HardSigmoid"
        | "HardSwish"
        | "Tanh"
        | "Elu"
        | "Selu"
        | "Celu"
        | "ThresholdedRelu"
        | "Softplus"
        | "Softsign"
        | "Gelu"
        | "FastGelu"
        | "Mish"
        | "Erf"
        | "Exp"
        | "Log"
        | "Sqrt"
        | "Reciprocal"
        | "Neg"
        | "Abs"
        | "Floor"
        | "Ceil"
        | "Round"
        | "Sign"
        | "Sin"
        | "Cos"
        | "Identity"
        | "Cast"
        | "CastLike"
        | "Dropout"
        | "BatchNormalization"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "GroupNormalization"
        | "LpNormalization"
        | "MeanVarianceNormalization"
        | "LRN"
        | "Softmax"
        | "LogSoftmax"
        | "Hardmax"
        | "QuantizeLinear"
        | "DequantizeLinear"
        | "DynamicQuantizeLinear"
        | "Not"
        | "IsNaN"
        | "IsInf"
        | "CumSum"
        | "QLinearSigmoid"
        | "QLinearLeakyRelu"
        | "QLinearSoftmax" => Kind::Same,
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "Max" | "Min" | "Mean" | "Sum" | "Equal" | "Greater"
        | "Less" | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Xor" | "Where" => Kind::Broadcast(&[]),
        "QLinearAdd" | "QLinearMul" => Kind::Broadcast(&[0, 3]),
        "Conv" | "FusedConv" | "ConvInteger" | "QLinearConv" | "ConvTranspose" | "MaxPool" | "AveragePool"
        | "LpPool" | "QLinearAveragePool" => Kind::Window,
        "Gemm" | "FusedGemm" | "QGemm" | "MatMul" | "FusedMatMul" | "MatMulInteger" | "QLinearMatMul" => Kind::Product,
        "GlobalAveragePool"
        | "GlobalMaxPool"
        | "GlobalLpPool"
        | "QLinearGlobalAveragePool"
        | "ReduceMean"
        | "ReduceSum"
        | "ReduceSumSquare"
        | "ReduceL1"
        | "ReduceL2"
        | "ReduceMax"
        | "ReduceMin"
        | "ReduceProd"
        | "ReduceLogSum"
        | "ReduceLogSumExp"
        | "ArgMax"
        | "ArgMin" => Kind::Reduce,
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" | "Concat" | "Split" | "Slice" | "Pad"
        | "DepthToSpace" | "SpaceToDepth" | "Expand" | "Resize" | "Upsample" => Kind::Layout,
        "Constant" | "ConstantOfShape" | "Shape" | "Gather" => Kind::Constant,
        _ => return None,
    })
}

fn node_facts(lookup: &Lookup<'_>, node: &NodeProto, facts: &Facts) -> Option<Vec<Fact>> {
    if !is_known_domain(node) {
        return None;
    }
    let first = facts.input(node, 0);
    let like_first = |shape: Shape| vec![Fact { shape, data_type: first.data_type, integers: None }];
    Some(match kind(&node.op_type)? {
        Kind::Same => {
            let data_type = output_type(node, facts, first.data_type);
            let keeps = matches!(node.op_type.as_str(), "Identity" | "Cast");
            let integers = first.integers.clone().filter(|_| keeps);
            vec![Fact { shape: first.shape, data_type, integers }]
        }
        Kind::Broadcast(inputs) => {
            let shapes: Vec<Shape> = match inputs {
                [] => node.input.iter().map(|name| facts.of(name).shape).collect(),
                some => some.iter().map(|at| facts.input(node, *at).shape).collect(),
            };
            let data_type = match node.op_type.as_str() {
                "Where" => facts.input(node, 1).data_type,
                "Equal" | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" => DataType::Bool as i32,
                _ => first.data_type,
            };
            vec![Fact { shape: product::broadcast(&shapes), data_type, integers: None }]
        }
        Kind::Window => {
            let shape = window::output(node, &first, &facts.input(node, window::weight_at(node)));
            vec![Fact { shape, data_type: output_type(node, facts, first.data_type), integers: None }]
        }
        Kind::Product => {
            let shape = product::output(node, &first, &facts.input(node, product::second_at(node)));
            vec![Fact { shape, data_type: output_type(node, facts, first.data_type), integers: None }]
        }
        Kind::Reduce => {
            let data_type = if node.op_type.starts_with("Arg") { DataType::Int64 as i32 } else { first.data_type };
            vec![Fact { shape: reduce::output(node, &first, facts), data_type, integers: None }]
        }
        Kind::Layout if node.op_type == "Split" => {
            let shapes = layout::split(node, &first, facts)?;
            shapes.into_iter().map(|s| Fact { shape: Some(s), data_type: first.data_type, integers: None }).collect()
        }
        Kind::Layout => {
            let mut fact = like_first(layout::output(lookup, node, &first, facts));
            fact[0].integers = constants::through(node, facts);
            fact
        }
        Kind::Constant => vec![constants::output(node, facts)],
    })
}

/// Type of an operator's output, where it is not that of its first input.
fn output_type(node: &NodeProto, facts: &Facts, first: i32) -> i32 {
    let of = |at: usize| facts.input(node, at).data_type;
    match node.op_type.as_str() {
        "Cast" => int(node, "to", 0) as i32,
        "DequantizeLinear" => of(1),
        "QuantizeLinear" if node.input.len() < 3 => DataType::Uint8 as i32,
        "QuantizeLinear" => of(2),
        "ConvInteger" | "MatMulInteger" => DataType::Int32 as i32,
        "DynamicQuantizeLinear" => DataType::Uint8 as i32,
        _ => first,
    }
}

/// The type of a constant and its sizes.
fn sizes(constant: &tract_onnx::pb::TensorProto) -> Fact {
    let sizes = || constant.dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
    let integers = tensor::integers(constant).map(|values| values.into_iter().map(Some).collect());
    Fact { shape: (constant.dims.len() <= MOST).then(sizes), data_type: constant.data_type, integers }
}

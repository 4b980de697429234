//! Small pieces of an ONNX graph (protobuf messages of the ONNX specification).

use half::f16;
use tract_onnx::pb::{
    AttributeProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};

/// A graph under construction.
#[derive(Default)]
pub struct Builder {
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
}

/// An attribute of a node.
pub enum Attribute<'a> {
    /// One integer.
    Int(&'a str, i64),
    /// Several integers.
    Ints(&'a str, &'a [i64]),
}

impl Attribute<'_> {
    fn proto(&self) -> AttributeProto {
        use attribute_proto::AttributeType;
        match self {
            Self::Int(name, i) => {
                AttributeProto { name: (*name).into(), r#type: AttributeType::Int as i32, i: *i, ..Default::default() }
            }
            Self::Ints(name, ints) => AttributeProto {
                name: (*name).into(),
                r#type: AttributeType::Ints as i32,
                ints: ints.to_vec(),
                ..Default::default()
            },
        }
    }
}

impl Builder {
    fn tensor(&mut self, name: &str, dims: &[usize], data_type: DataType, raw_data: Vec<u8>) -> String {
        self.initializers.push(TensorProto {
            name: name.into(),
            dims: dims.iter().map(|d| *d as i64).collect(),
            data_type: data_type as i32,
            raw_data,
            ..Default::default()
        });
        name.into()
    }

    /// Adds an f32 tensor and answers its name.
    pub fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        debug_assert_eq!(dims.iter().product::<usize>(), values.len(), "{name}");
        self.tensor(name, dims, DataType::Float, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// Adds an f16 tensor of the nearest values and answers its name; what f16 cannot hold becomes its largest.
    pub fn halves(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        let (least, most) = (f16::MIN.to_f32(), f16::MAX.to_f32());
        let raw = values.iter().flat_map(|v| f16::from_f32(v.clamp(least, most)).to_le_bytes()).collect();
        self.tensor(name, dims, DataType::Float16, raw)
    }

    /// Adds an s8 tensor and answers its name.
    pub fn bytes(&mut self, name: &str, dims: &[usize], values: impl Iterator<Item = i8>) -> String {
        self.tensor(name, dims, DataType::Int8, values.map(|v| v.cast_unsigned()).collect())
    }

    /// Adds a u8 number and answers its name.
    pub fn unsigned_byte(&mut self, name: &str, value: u8) -> String {
        self.tensor(name, &[], DataType::Uint8, vec![value])
    }

    /// Adds a vector of s32 and answers its name.
    pub fn words(&mut self, name: &str, values: &[i32]) -> String {
        self.tensor(name, &[values.len()], DataType::Int32, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// Adds a vector of i64 and answers its name.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> String {
        self.tensor(name, &[values.len()], DataType::Int64, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// Whether a node of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.nodes.iter().any(|n| n.name == name)
    }

    /// The name of a tensor that several nodes read: `make` adds it where it is not there yet.
    pub fn shared(&mut self, name: &str, make: impl FnOnce(&mut Self) -> String) -> String {
        if self.initializers.iter().any(|t| t.name == name) { name.into() } else { make(self) }
    }

    /// Adds a node with one output, named like the node, and answers that name.
    pub fn node(&mut self, op: &str, name: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        self.nodes.push(NodeProto {
            op_type: op.into(),
            name: name.into(),
            input: inputs.iter().map(|i| (*i).into()).collect(),
            output: vec![name.into()],
            attribute: attributes.iter().map(Attribute::proto).collect(),
            ..Default::default()
        });
        name.into()
    }

    /// The graph with one input, all values f32.
    pub fn graph(self, name: &str, input: ValueInfoProto, output: Vec<ValueInfoProto>) -> GraphProto {
        let (node, initializer) = (self.nodes, self.initializers);
        GraphProto { name: name.into(), node, initializer, input: vec![input], output, ..Default::default() }
    }
}

/// An f32 input or output of a graph: `dims` behind a batch axis of `batch` pictures, or of any number, named `N`.
pub fn value(name: &str, batch: Option<usize>, dims: &[usize]) -> ValueInfoProto {
    use dimension::Value;
    let size = |n: usize| Value::DimValue(n as i64);
    let batch = batch.map_or_else(|| Value::DimParam("N".into()), size);
    let dims = std::iter::once(batch).chain(dims.iter().map(|n| size(*n)));
    let dim = dims.map(|value| Dimension { value: Some(value), ..Default::default() }).collect();
    let elem_type = DataType::Float as i32;
    let tensor = type_proto::Tensor { elem_type, shape: Some(TensorShapeProto { dim }) };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}

/// An f32 output of a graph, of unknown shape.
pub fn shapeless(name: &str) -> ValueInfoProto {
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape: None };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}

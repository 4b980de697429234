//! Small pieces of an ONNX graph (protobuf messages of the ONNX specification, IR version 8).

use tract_onnx::pb::{
    AttributeProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_proto, tensor_shape_proto, type_proto,
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
    /// Adds an f32 tensor and answers its name.
    pub fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        debug_assert_eq!(dims.iter().product::<usize>(), values.len(), "{name}");
        self.initializers.push(TensorProto {
            name: name.into(),
            dims: dims.iter().map(|d| *d as i64).collect(),
            data_type: tensor_proto::DataType::Float as i32,
            raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..Default::default()
        });
        name.into()
    }

    /// Adds a vector of i64 and answers its name.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> String {
        self.initializers.push(TensorProto {
            name: name.into(),
            dims: vec![values.len() as i64],
            data_type: tensor_proto::DataType::Int64 as i32,
            raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            ..Default::default()
        });
        name.into()
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

    /// The graph with one input and one output, both f32 with a batch axis `N`.
    pub fn graph(self, name: &str, input: (&str, &[usize]), output: (&str, &[usize])) -> GraphProto {
        GraphProto {
            name: name.into(),
            node: self.nodes,
            initializer: self.initializers,
            input: vec![value(input.0, input.1)],
            output: vec![value(output.0, output.1)],
            ..Default::default()
        }
    }
}

fn value(name: &str, dims: &[usize]) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |value| Dimension { value: Some(value), ..Default::default() };
    let batch = dimension(Value::DimParam("N".into()));
    let rest = dims.iter().map(|d| dimension(Value::DimValue(*d as i64)));
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(rest).collect() };
    let tensor = type_proto::Tensor { elem_type: tensor_proto::DataType::Float as i32, shape: Some(shape) };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}

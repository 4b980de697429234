//! Parts of small networks, for the tests here and for the fuzz targets, which include this file.

use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as Dim};
use tract_onnx::pb::{
    AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType as Kind, type_proto,
};

/// A stored tensor of halves.
pub fn floats(name: &str, dims: &[i64]) -> TensorProto {
    let elements = dims.iter().product::<i64>() as usize;
    let float_data = vec![0.5; elements];
    TensorProto { name: name.into(), dims: dims.to_vec(), data_type: 1, float_data, ..Default::default() }
}

/// A stored list of INT64.
pub fn integers(name: &str, values: &[i64]) -> TensorProto {
    let (dims, int64_data) = (vec![values.len() as i64], values.to_vec());
    TensorProto { name: name.into(), dims, data_type: 7, int64_data, ..Default::default() }
}

/// A stored tensor of `data_type`, from its bytes.
pub fn bytes(name: &str, data_type: i32, dims: &[i64], raw_data: Vec<u8>) -> TensorProto {
    TensorProto { name: name.into(), dims: dims.to_vec(), data_type, raw_data, ..Default::default() }
}

/// A node of one output, which is its name too.
pub fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.into(),
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![output.into()],
        attribute,
        ..Default::default()
    }
}

/// An attribute.
pub fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: Kind::Int as i32, i, ..Default::default() }
}

/// An attribute.
pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: Kind::Ints as i32, ints: values.to_vec(), ..Default::default() }
}

/// An attribute.
pub fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: Kind::Float as i32, f, ..Default::default() }
}

/// An input or output of the graph; −1 stands for any number.
pub fn value(name: &str, elem_type: i32, dims: &[i64]) -> ValueInfoProto {
    let open = Dim::DimParam("N".into());
    let dims = dims.iter().map(|dim| if *dim < 0 { open.clone() } else { Dim::DimValue(*dim) });
    let dim = dims.map(|value| Dimension { value: Some(value), ..Default::default() }).collect();
    let tensor = type_proto::Tensor { elem_type, shape: Some(TensorShapeProto { dim }) };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() };
    ValueInfoProto { name: name.into(), r#type: Some(kind), ..Default::default() }
}

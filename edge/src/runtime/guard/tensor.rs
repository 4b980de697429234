//! Stored tensors: what they say of themselves against what is there.

use tract_onnx::pb::{TensorProto, tensor_proto::DataLocation, tensor_proto::DataType};

use super::ModelFault;
use super::limits::AXES;

/// Type and size of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its numbers.
    pub data_type: DataType,
    /// Its sizes along the axes, each at least 1.
    pub dims: Vec<u64>,
    /// Whether it is the same for every picture.
    pub constant: bool,
}

impl Fact {
    /// Values in it; saturates.
    pub fn elements(&self) -> u64 {
        elements(&self.dims)
    }

    /// As `f32 1×3×32×32`.
    pub fn text(&self) -> String {
        format!("{} {}", self.data_type.as_str_name(), shape(&self.dims))
    }
}

/// Sizes as `1×3×32×32`.
pub fn shape(dims: &[u64]) -> String {
    let dims: Vec<_> = dims.iter().map(u64::to_string).collect();
    if dims.is_empty() { "scalar".into() } else { dims.join("×") }
}

/// Product of sizes; saturates.
pub fn elements(dims: &[u64]) -> u64 {
    dims.iter().fold(1, |all, dim| all.saturating_mul(*dim))
}

/// Types that a network is stored and run in, with the bytes of one value.
pub fn width(data_type: i32) -> Option<(DataType, usize)> {
    let data_type = DataType::try_from(data_type).ok()?;
    Some(match data_type {
        DataType::Float | DataType::Int32 => (data_type, 4),
        DataType::Float16 => (data_type, 2),
        DataType::Int8 | DataType::Uint8 => (data_type, 1),
        DataType::Int64 => (data_type, 8),
        _ => return None,
    })
}

/// What a stored tensor is.
///
/// # Errors
/// Where its type is none of a network's, its sizes are none, or its values are more or fewer than these say.
pub fn fact(tensor: &TensorProto) -> Result<Fact, ModelFault> {
    let fault = |found: String, expected: &str| ModelFault::Tensor {
        tensor: tensor.name.clone(),
        found,
        expected: expected.to_owned(),
    };
    let elsewhere = tensor.data_location.is_some_and(|at| at != DataLocation::Default as i32);
    if elsewhere || !tensor.external_data.is_empty() || tensor.segment.is_some() {
        return Err(fault("values that lie elsewhere".into(), "a tensor that is whole in the file"));
    }
    let Some((data_type, width)) = width(tensor.data_type) else {
        let name = DataType::try_from(tensor.data_type).map_or("of no known number", |t| t.as_str_name());
        return Err(fault(
            format!("type {name} ({})", tensor.data_type),
            "FLOAT, FLOAT16, INT8, UINT8, INT32 or INT64",
        ));
    };
    if tensor.dims.len() > AXES {
        return Err(fault(format!("{} axes", tensor.dims.len()), &format!("at most {AXES}")));
    }
    let dims: Option<Vec<u64>> = tensor.dims.iter().map(|d| u64::try_from(*d).ok().filter(|d| *d > 0)).collect();
    let dims = dims.ok_or_else(|| fault(format!("sizes {:?}", tensor.dims), "sizes of at least 1"))?;
    let typed = match data_type {
        DataType::Float => tensor.float_data.len(),
        DataType::Int64 => tensor.int64_data.len(),
        _ => tensor.int32_data.len(),
    };
    let fields = [
        tensor.float_data.len(),
        tensor.int64_data.len(),
        tensor.int32_data.len(),
        tensor.double_data.len(),
        tensor.uint64_data.len(),
        tensor.string_data.len(),
    ];
    // Values of another type, or twice.
    if fields.iter().sum::<usize>() != typed || (typed > 0 && !tensor.raw_data.is_empty()) {
        return Err(fault("values in fields of several types".into(), "values in one field"));
    }
    let (found, all) = (typed * width + tensor.raw_data.len(), elements(&dims));
    if all.checked_mul(width as u64) != Some(found as u64) {
        let expected = format!("{} values of {width} bytes", shape(&dims));
        return Err(fault(format!("{found} bytes of values"), &expected));
    }
    Ok(Fact { data_type, dims, constant: true })
}

/// Values of an INT64 tensor that [`fact`] accepted.
pub fn integers(tensor: &TensorProto) -> Vec<i64> {
    if tensor.raw_data.is_empty() {
        return tensor.int64_data.clone();
    }
    tensor.raw_data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
}

/// Values of a FLOAT tensor that [`fact`] accepted.
pub fn floats(tensor: &TensorProto) -> Vec<f32> {
    if tensor.raw_data.is_empty() {
        return tensor.float_data.clone();
    }
    tensor.raw_data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

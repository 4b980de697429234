//! Facts of a tensor in the file: its type, size and, of small ones, values.

use tract_onnx::pb::{TensorProto, tensor_proto::DataType};

/// A constant longer than this is no shape or axis.
const MOST_VALUES: usize = 64;

/// The type's name, as in `f32`.
pub fn type_name(data_type: i32) -> &'static str {
    match DataType::try_from(data_type) {
        Ok(DataType::Float) => "f32",
        Ok(DataType::Float16) => "f16",
        Ok(DataType::Bfloat16) => "bf16",
        Ok(DataType::Double) => "f64",
        Ok(DataType::Int8) => "s8",
        Ok(DataType::Uint8) => "u8",
        Ok(DataType::Int16) => "s16",
        Ok(DataType::Uint16) => "u16",
        Ok(DataType::Int32) => "s32",
        Ok(DataType::Uint32) => "u32",
        Ok(DataType::Int64) => "s64",
        Ok(DataType::Uint64) => "u64",
        Ok(DataType::Bool) => "bool",
        Ok(DataType::String) => "string",
        _ => "?",
    }
}

/// Whether numbers of this type are integers that stand for real ones in a quantised model.
pub fn is_quantised(data_type: i32) -> bool {
    matches!(
        DataType::try_from(data_type),
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Int16 | DataType::Uint16 | DataType::Int32)
    )
}

/// How many values the tensor has, by its dimensions; `None` where these are no sizes.
pub fn elements(tensor: &TensorProto) -> Option<u64> {
    tensor.dims.iter().try_fold(1u64, |all, dim| all.checked_mul(u64::try_from(*dim).ok()?))
}

/// Bytes of its values in memory.
pub fn bytes(tensor: &TensorProto) -> Option<u64> {
    let each = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Double | DataType::Int64 | DataType::Uint64 | DataType::Complex64) => 8,
        Ok(DataType::Float | DataType::Int32 | DataType::Uint32) => 4,
        Ok(DataType::Float16 | DataType::Bfloat16 | DataType::Int16 | DataType::Uint16) => 2,
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
        _ => return None,
    };
    elements(tensor)?.checked_mul(each)
}

/// Values of a short integer tensor.
pub fn integers(tensor: &TensorProto) -> Option<Vec<i64>> {
    let values: Vec<i64> = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Int64) if tensor.raw_data.is_empty() => tensor.int64_data.clone(),
        Ok(DataType::Int64) => raw(tensor, i64::from_le_bytes),
        Ok(DataType::Int32) if !tensor.raw_data.is_empty() => raw(tensor, |b| i32::from_le_bytes(b).into()),
        Ok(DataType::Int8) if !tensor.raw_data.is_empty() => raw(tensor, |b| i8::from_le_bytes(b).into()),
        Ok(DataType::Uint8) if !tensor.raw_data.is_empty() => raw(tensor, |b: [u8; 1]| b[0].into()),
        Ok(DataType::Int32 | DataType::Int8 | DataType::Uint8) => {
            tensor.int32_data.iter().map(|v| i64::from(*v)).collect()
        }
        _ => return None,
    };
    (values.len() <= MOST_VALUES && elements(tensor) == Some(values.len() as u64)).then_some(values)
}

/// All values of an f32 tensor.
pub fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    let is_float = tensor.data_type == DataType::Float as i32;
    let values = if tensor.raw_data.is_empty() { tensor.float_data.clone() } else { raw(tensor, f32::from_le_bytes) };
    (is_float && elements(tensor) == Some(values.len() as u64)).then_some(values)
}

fn raw<const N: usize, T>(tensor: &TensorProto, read: impl Fn([u8; N]) -> T) -> Vec<T> {
    tensor.raw_data.as_chunks::<N>().0.iter().map(|b| read(*b)).collect()
}

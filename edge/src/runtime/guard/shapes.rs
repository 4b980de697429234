//! Type and shape of what a node gives, by its operator (ONNX specification, operator sets 13 to 20).

use tract_onnx::pb::tensor_proto::DataType;

use super::attributes::{self, fault, int, list, name};
use super::given::Given;
use super::limits::Budget;
use super::tensor::{self, Fact, elements, shape};
use super::{ModelFault, layout, window};

/// Type and sizes of what `given` gives, its cost taken from `budget`.
///
/// # Errors
/// Where it cannot read what it is given, or takes more than the budget allows.
pub fn infer(given: &Given<'_>, budget: &mut Budget) -> Result<(DataType, Vec<u64>), ModelFault> {
    let node = given.node;
    let real = |dims: Vec<u64>| Ok((given.real(0)?.data_type, dims));
    let same = |dims: Vec<u64>| Ok((given.fact(0)?.data_type, dims));
    match node.op_type.as_str() {
        "Relu" | "Sigmoid" | "HardSigmoid" | "HardSwish" | "LeakyRelu" | "Sqrt" | "Tanh" => {
            real(given.fact(0)?.dims.clone())
        }
        "Identity" => same(given.fact(0)?.dims.clone()),
        "Clip" => {
            for at in [1, 2] {
                scalar(given, at)?;
            }
            real(given.fact(0)?.dims.clone())
        }
        "Add" | "Sub" | "Mul" | "Div" => {
            let [a, b] = [given.real(0)?, given.real(1)?];
            if a.data_type != b.data_type {
                return Err(given.fault(format!("{} and {}", a.text(), b.text()), "numbers of one type"));
            }
            real(broadcast(given, a, b)?)
        }
        "BatchNormalization" => {
            int(node, "training_mode", 0, 0..=0)?;
            let [_, c, ..] = given.map(0)?;
            for at in 1..5 {
                given.constant(at)?;
                if given.real(at)?.dims != [c] {
                    return Err(given.fault(given.real(at)?.text(), format!("{c} values")));
                }
            }
            real(given.fact(0)?.dims.clone())
        }
        "Cast" => {
            let to = int(node, "to", 0, 0..=i64::from(i32::MAX))?;
            let known = i32::try_from(to).ok().and_then(tensor::width);
            let (to, _) = known.ok_or_else(|| fault(node, "to", to, "the number of a type that tensors here have"))?;
            Ok((to, given.fact(0)?.dims.clone()))
        }
        "Constant" => {
            let tensor = attributes::tensor(node).ok_or_else(|| fault(node, "value", "missing", "a tensor"))?;
            let fact = tensor::fact(tensor)?;
            Ok((fact.data_type, fact.dims))
        }
        "Conv" => real(window::convolution(given, budget)?),
        "MaxPool" | "AveragePool" => real(window::pooling(given, budget)?),
        "GlobalAveragePool" => {
            let [n, c, ..] = given.map(0)?;
            real(vec![n, c, 1, 1])
        }
        "QuantizeLinear" => {
            given.real(0)?;
            let zero = conversion(given)?;
            Ok((zero.unwrap_or(DataType::Uint8), given.fact(0)?.dims.clone()))
        }
        "DequantizeLinear" => {
            let fact = given.fact(0)?;
            if !matches!(fact.data_type, DataType::Int8 | DataType::Uint8 | DataType::Int32) {
                return Err(given.fault(fact.text(), "INT8, UINT8 or INT32"));
            }
            if conversion(given)?.is_some_and(|zero| zero != fact.data_type) {
                return Err(given.fault("a zero point of another type", fact.data_type.as_str_name()));
            }
            Ok((DataType::Float, fact.dims.clone()))
        }
        "Gemm" => real(product(given, budget)?),
        "MatMul" => {
            let ([m, k], [inner, n]) = (given.matrix(0)?, given.matrix(1)?);
            if k != inner {
                return Err(given.fault(format!("{m}×{k} and {inner}×{n}"), "matrices that fit each other"));
            }
            budget.work(name(node), elements(&[m, k, n]))?;
            real(vec![m, n])
        }
        "Concat" => same(layout::joined(given)?),
        "Flatten" => {
            let dims = &given.fact(0)?.dims;
            let axes = dims.len() as i64;
            let axis = int(node, "axis", 1, -axes..=axes)?;
            let at = (if axis < 0 { axis + axes } else { axis }).unsigned_abs() as usize;
            same(vec![elements(&dims[..at]), elements(&dims[at..])])
        }
        "ReduceL2" | "ReduceMean" => real(layout::reduced(given)?),
        "Reshape" => same(layout::reshaped(given)?),
        "Slice" => same(layout::cut(given)?),
        "Squeeze" | "Unsqueeze" => same(layout::squeezed(given)?),
        "Transpose" => {
            let dims = &given.fact(0)?.dims;
            let backwards: Vec<i64> = (0..dims.len() as i64).rev().collect();
            let order = given.axes(list(node, "perm").unwrap_or(&backwards), dims.len())?;
            if order.len() != dims.len() {
                return Err(given.fault(shape(dims), format!("{} axes as its perm has", order.len())));
            }
            same(order.into_iter().map(|axis| dims[axis]).collect())
        }
        other => Err(given.fault(format!("operator {other}"), "one whose shape is known")),
    }
}

fn scalar(given: &Given<'_>, at: usize) -> Result<(), ModelFault> {
    let Some(fact) = given.optional(at) else { return Ok(()) };
    given.constant(at)?;
    if fact.dims.is_empty() && fact.data_type == given.real(0)?.data_type {
        return Ok(());
    }
    Err(given.fault(fact.text(), format!("one {} as input {at}", given.real(0)?.data_type.as_str_name())))
}

/// Sizes of two values that are repeated to fit each other.
fn broadcast(given: &Given<'_>, a: &Fact, b: &Fact) -> Result<Vec<u64>, ModelFault> {
    let axes = a.dims.len().max(b.dims.len());
    let size = |fact: &Fact, axis: usize| (axis + fact.dims.len()).checked_sub(axes).map_or(1, |at| fact.dims[at]);
    let sizes = (0..axes).map(|axis| match (size(a, axis), size(b, axis)) {
        (x, 1) => Ok(x),
        (1, y) => Ok(y),
        (x, y) if x == y => Ok(x),
        _ => Err(given.fault(format!("{} and {}", a.text(), b.text()), "shapes that fit each other")),
    });
    sizes.collect()
}

/// Checks scale and zero point of a conversion to or from integers; answers the zero point's type.
fn conversion(given: &Given<'_>) -> Result<Option<DataType>, ModelFault> {
    let value = given.fact(0)?;
    let scale = given.fact(1)?;
    let stored = given.tensors[1].filter(|_| scale.data_type == DataType::Float);
    let Some(stored) = stored else {
        return Err(given.fault(format!("scale {}", scale.text()), "stored FLOAT values"));
    };
    if let Some(wrong) = tensor::floats(stored).into_iter().find(|s| !s.is_finite() || *s <= 0.0) {
        return Err(given.fault(format!("a scale of {wrong}"), "scales above 0 and finite"));
    }
    let axis = int(given.node, "axis", 1, i64::MIN..=i64::MAX)?;
    match scale.dims.as_slice() {
        [] | [1] => {}
        [channels] if value.dims[given.axis(axis, value.dims.len())?] == *channels => {}
        _ => {
            let expected = "one scale, or one for each slice along its axis";
            return Err(given.fault(format!("scales {} for {}", shape(&scale.dims), value.text()), expected));
        }
    }
    let Some(zero) = given.optional(2) else { return Ok(None) };
    given.constant(2)?;
    let integers = matches!(zero.data_type, DataType::Int8 | DataType::Uint8)
        || (zero.data_type == DataType::Int32 && given.node.op_type == "DequantizeLinear");
    // A scalar and a list of one are the same to all runtimes, and ONNX Runtime's quantiser writes them side by side.
    let as_many = zero.dims == scale.dims || (zero.elements() == 1 && scale.elements() == 1 && zero.dims.len() <= 1);
    if !integers || !as_many {
        return Err(given.fault(format!("zero point {}", zero.text()), "8-bit integers, as many as scales"));
    }
    Ok(Some(zero.data_type))
}

fn product(given: &Given<'_>, budget: &mut Budget) -> Result<Vec<u64>, ModelFault> {
    let turned = |name, [rows, columns]: [u64; 2]| {
        int(given.node, name, 0, 0..=1).map(|turned| if turned == 1 { [columns, rows] } else { [rows, columns] })
    };
    let ([m, k], [inner, n]) = (turned("transA", given.matrix(0)?)?, turned("transB", given.matrix(1)?)?);
    if k != inner {
        return Err(given.fault(format!("{m}×{k} and {inner}×{n}"), "matrices that fit each other"));
    }
    if let Some(bias) = given.optional(2) {
        let fits = match bias.dims[..] {
            [] => true,
            [columns] => columns == 1 || columns == n,
            [rows, columns] => (rows == 1 || rows == m) && (columns == 1 || columns == n),
            _ => false,
        };
        if !fits || bias.data_type != given.real(0)?.data_type {
            return Err(given.fault(format!("a bias {}", bias.text()), format!("one that fits {m}×{n}")));
        }
    }
    budget.work(name(given.node), elements(&[m, k, n]))?;
    Ok(vec![m, n])
}

//! Operators that go over a picture with a kernel.

use super::ModelFault;
use super::attributes::{fault, int, ints, name, word};
use super::given::Given;
use super::limits::{Budget, WINDOW};

/// How a kernel goes over rows and columns.
struct Window {
    kernel: [u64; 2],
    strides: [u64; 2],
    dilations: [u64; 2],
    /// Before rows, before columns, after rows, after columns.
    pads: [u64; 4],
}

impl Window {
    fn of(given: &Given<'_>, weight: Option<[u64; 2]>) -> Result<Self, ModelFault> {
        let node = given.node;
        let padding = word(node, "auto_pad", "NOTSET");
        if padding != "NOTSET" {
            return Err(fault(node, "auto_pad", padding, "NOTSET with explicit pads"));
        }
        let kernel: Option<[u64; 2]> = ints(node, "kernel_shape", WINDOW)?;
        let kernel = match (kernel, weight) {
            (Some(kernel), Some(weight)) if kernel != weight => {
                return Err(fault(node, "kernel_shape", kernel, format!("the weights' {weight:?}")));
            }
            (Some(kernel), _) | (None, Some(kernel)) => kernel,
            (None, None) => return Err(fault(node, "kernel_shape", "missing", "one")),
        };
        // Weights of a kernel that no attribute names.
        if kernel.iter().any(|side| *side > WINDOW.end().unsigned_abs()) {
            return Err(fault(node, "kernel_shape", kernel, format!("at most {}", WINDOW.end())));
        }
        let strides = ints(node, "strides", WINDOW)?.unwrap_or([1; 2]);
        let dilations = ints(node, "dilations", WINDOW)?.unwrap_or([1; 2]);
        let pads: [u64; 4] = ints(node, "pads", 0..=i64::MAX)?.unwrap_or([0; 4]);
        let window = Self { kernel, strides, dilations, pads };
        // A kernel that lies wholly on the padding sees no picture.
        let most = [0, 1].map(|axis| window.extent(axis) - 1);
        if (0..4).any(|at| pads[at] > most[at % 2]) {
            let allowed = format!("for this kernel at most {} for rows and {} for columns", most[0], most[1]);
            return Err(fault(node, "pads", pads, allowed));
        }
        Ok(window)
    }

    /// Pixels between the outermost taps of the kernel, these included.
    fn extent(&self, axis: usize) -> u64 {
        self.dilations[axis] * (self.kernel[axis] - 1) + 1
    }

    /// Rows and columns with padding, and of what comes out of `[rows, columns]`.
    fn sizes(&self, given: &Given<'_>, input: [u64; 2]) -> Result<[[u64; 2]; 2], ModelFault> {
        let padded = [0, 1].map(|axis| input[axis].saturating_add(self.pads[axis] + self.pads[axis + 2]));
        if (0..2).any(|axis| padded[axis] < self.extent(axis)) {
            let least = [0, 1].map(|axis| self.extent(axis));
            let found = format!("{} × {} pixels with padding", padded[0], padded[1]);
            return Err(given.fault(found, format!("at least {} × {} for its kernel", least[0], least[1])));
        }
        Ok([padded, [0, 1].map(|axis| (padded[axis] - self.extent(axis)) / self.strides[axis] + 1)])
    }
}

/// Sizes of what a convolution gives.
pub fn convolution(given: &Given<'_>, budget: &mut Budget) -> Result<Vec<u64>, ModelFault> {
    let [n, c, h, w] = given.map(0)?;
    let [c_out, c_each, rows, columns] = given.map(1)?;
    given.constant(1)?;
    let groups = int(given.node, "group", 1, 1..=i64::MAX)?.unsigned_abs();
    if c_each.checked_mul(groups) != Some(c) || c_out % groups != 0 {
        let allowed = format!("a divisor of {c_out} that makes {c} input channels of {c_each} each");
        return Err(fault(given.node, "group", groups, allowed));
    }
    if let Some(bias) = given.facts.get(2).copied().flatten() {
        given.constant(2)?;
        if bias.dims != [c_out] {
            return Err(given.fault(format!("a bias {}", bias.text()), format!("{c_out} values")));
        }
    }
    let window = Window::of(given, Some([rows, columns]))?;
    let [padded, [y, x]] = window.sizes(given, [h, w])?;
    let node = name(given.node);
    let places = product(&[n, y, x]);
    budget.one(node, product(&[n, c, padded[0], padded[1]]))?;
    budget.patches(node, product(&[c, rows, columns, places]))?;
    budget.work(node, product(&[c_out, c_each, rows, columns, places]))?;
    Ok(vec![n, c_out, y, x])
}

/// Sizes of what a pooling gives.
pub fn pooling(given: &Given<'_>, budget: &mut Budget) -> Result<Vec<u64>, ModelFault> {
    let [n, c, h, w] = given.map(0)?;
    for attribute in ["ceil_mode", "storage_order"] {
        int(given.node, attribute, 0, 0..=0)?;
    }
    int(given.node, "count_include_pad", 0, 0..=1)?;
    let window = Window::of(given, None)?;
    let [padded, [y, x]] = window.sizes(given, [h, w])?;
    let node = name(given.node);
    budget.one(node, product(&[n, c, padded[0], padded[1]]))?;
    budget.work(node, product(&[n, c, y, x, window.kernel[0], window.kernel[1]]))?;
    Ok(vec![n, c, y, x])
}

fn product(sizes: &[u64]) -> u64 {
    super::tensor::elements(sizes)
}

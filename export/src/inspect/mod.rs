//! What an ONNX file holds: its layers with shapes, parameters, multiply–accumulates and precision. Works on any
//! model; what it does not know it shows as unknown.

pub mod graph;
#[cfg(test)]
mod hostile;
mod names;
mod precision;
mod read;
mod report;
mod shapes;
mod table;
mod tensor;
mod weights;
mod work;

pub use read::{ReadError, read};
pub use report::{Layer, Report, Totals, inspect};
pub use shapes::{InputShape, ShapeError};
pub use table::table;
pub use tensor::{elements, floats, integers, type_name};

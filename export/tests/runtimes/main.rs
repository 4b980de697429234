//! One network, all runtimes: the training network, ONNX Runtime and tract, in every operator set and precision.

mod forms;
mod guard;
mod integers;
mod python;
mod support;

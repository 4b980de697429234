//! What a node is given: its inputs, each read as what it has to be.

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

use super::ModelFault;
use super::attributes::name;
use super::limits::AXES;
use super::tensor::{self, Fact};

/// A node and what it reads.
pub struct Given<'a> {
    /// The node.
    pub node: &'a NodeProto,
    /// Its inputs; `None` where one is left out.
    pub facts: &'a [Option<&'a Fact>],
    /// The stored tensors among them.
    pub tensors: &'a [Option<&'a TensorProto>],
}

impl Given<'_> {
    /// Why it cannot read what it is given.
    pub fn fault(&self, found: impl Into<String>, expected: impl Into<String>) -> ModelFault {
        ModelFault::Given { node: name(self.node).to_owned(), found: found.into(), expected: expected.into() }
    }

    /// What an input is, which must be there.
    pub fn fact(&self, at: usize) -> Result<&Fact, ModelFault> {
        self.optional(at).ok_or_else(|| self.fault(format!("nothing as input {at}"), "a value"))
    }

    /// What an input is; `None` where it is left out.
    pub fn optional(&self, at: usize) -> Option<&Fact> {
        self.facts.get(at).copied().flatten()
    }

    /// Sizes of a real input of four axes.
    pub fn map(&self, at: usize) -> Result<[u64; 4], ModelFault> {
        self.real(at)?;
        self.sizes(at, "a map N×C×H×W")
    }

    /// Sizes of a real input of two axes.
    pub fn matrix(&self, at: usize) -> Result<[u64; 2], ModelFault> {
        self.real(at)?;
        self.sizes(at, "a matrix")
    }

    fn sizes<const N: usize>(&self, at: usize, expected: &str) -> Result<[u64; N], ModelFault> {
        let fact = self.fact(at)?;
        fact.dims.as_slice().try_into().map_err(|_| self.fault(fact.text(), expected))
    }

    /// What an input of real numbers is.
    pub fn real(&self, at: usize) -> Result<&Fact, ModelFault> {
        let fact = self.fact(at)?;
        let real = matches!(fact.data_type, DataType::Float | DataType::Float16);
        if real { Ok(fact) } else { Err(self.fault(fact.text(), "real numbers")) }
    }

    /// Checks that an input is the same for every picture.
    pub fn constant(&self, at: usize) -> Result<(), ModelFault> {
        if self.fact(at)?.constant { Ok(()) } else { Err(self.fault(format!("input {at} computed"), "a stored one")) }
    }

    /// Values of a stored list of integers; `None` where the input is left out.
    pub fn list(&self, at: usize) -> Result<Option<Vec<i64>>, ModelFault> {
        let Some(fact) = self.optional(at) else { return Ok(None) };
        match self.tensors[at] {
            Some(tensor)
                if fact.data_type == DataType::Int64 && fact.dims.len() == 1 && fact.elements() <= AXES as u64 =>
            {
                Ok(Some(tensor::integers(tensor)))
            }
            _ => {
                Err(self
                    .fault(format!("{} as input {at}", fact.text()), format!("a stored list of up to {AXES} INT64")))
            }
        }
    }

    /// An axis counted from the front.
    pub fn axis(&self, axis: i64, axes: usize) -> Result<usize, ModelFault> {
        let from_front = if axis < 0 { axis.checked_add(axes as i64) } else { Some(axis) };
        let found = from_front.and_then(|axis| usize::try_from(axis).ok()).filter(|axis| *axis < axes);
        found.ok_or_else(|| self.fault(format!("axis {axis}"), format!("one of {axes} axes")))
    }

    /// Axes counted from the front, none twice.
    pub fn axes(&self, given: &[i64], axes: usize) -> Result<Vec<usize>, ModelFault> {
        let mut found = Vec::new();
        for axis in given {
            let axis = self.axis(*axis, axes)?;
            if found.contains(&axis) {
                return Err(self.fault(format!("axis {axis} twice"), "each once"));
            }
            found.push(axis);
        }
        Ok(found)
    }
}

//! What a file's bytes would become in memory, told before they are read: two bytes can stand for a whole empty node.

use super::ModelFault;
use super::limits::{LOOKED_AT_PARTS, NESTING, PARTS};

/// What the file is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be run: what no network for embeddings has is refused.
    Run,
    /// To be looked at: any network's file, whatever it is made of.
    Look,
}

/// Messages of the ONNX format that hold others (onnx.proto).
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    SparseTensor,
    Function,
    Training,
    /// The type of a list or of what may be missing.
    Several,
    /// The type of a table.
    Map,
    /// Holds only numbers and names.
    Leaf,
}

impl Message {
    /// The message in a field of this one.
    fn within(self, field: u64) -> Self {
        match (self, field) {
            (Self::Model, 7) | (Self::Training, 1 | 2) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 20) => Self::Training,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::SparseTensor, 1 | 2) => Self::Tensor,
            (Self::Graph, 11..=13) | (Self::Function, 12) => Self::ValueInfo,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Self::SparseTensor,
            (Self::Node, 5) | (Self::Function, 11) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::Attribute, 14 | 15) | (Self::Several, 1) | (Self::Map, 2) => Self::Type,
            (Self::Type, 1 | 8) => Self::TensorType,
            (Self::Type, 4 | 9) => Self::Several,
            (Self::Type, 5) => Self::Map,
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        }
    }

    /// What no network that is run here has, in a field of this message.
    fn foreign(self, field: u64) -> Option<&'static str> {
        match (self, field) {
            (Self::Model, 20) => Some("training information"),
            (Self::Model, 25) => Some("functions of its own"),
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Some("sparse tensors"),
            (Self::Attribute, 6 | 11) => Some("a graph within a node"),
            (Self::Attribute, 14 | 15) => Some("a type within a node"),
            (Self::Type, 4 | 5 | 8 | 9) => Some("values that are no tensors"),
            _ => None,
        }
    }
}

/// Counts the parts of the model in `bytes`. Bytes that are no protobuf message are left to whoever reads them.
///
/// # Errors
/// Where there are too many, they are nested too deep, or one is of a kind that is not run here and should be.
pub fn check(bytes: &[u8], purpose: Purpose) -> Result<(), ModelFault> {
    let most = if purpose == Purpose::Run { PARTS } else { LOOKED_AT_PARTS };
    Walk { purpose, parts: 0, most }.through(bytes, Message::Model, 0).map(|_| ())
}

/// The way through a file.
struct Walk {
    purpose: Purpose,
    parts: usize,
    most: usize,
}

fn fault(field: &'static str, found: String, allowed: &str) -> ModelFault {
    ModelFault::Model { field, found, allowed: allowed.to_owned() }
}

impl Walk {
    /// `Ok(None)` where the bytes end too early.
    fn through(&mut self, mut bytes: &[u8], message: Message, depth: usize) -> Result<Option<()>, ModelFault> {
        if depth > NESTING {
            return Err(fault("nesting", format!("deeper than {NESTING}"), "no more"));
        }
        while !bytes.is_empty() {
            let Some(key) = varint(&mut bytes) else { return Ok(None) };
            let length = match key & 7 {
                0 => {
                    let Some(_) = varint(&mut bytes) else { return Ok(None) };
                    continue;
                }
                1 => 8,
                2 => match varint(&mut bytes) {
                    Some(length) => length,
                    None => return Ok(None),
                },
                5 => 4,
                _ => return Ok(None),
            };
            let Some((inner, rest)) = usize::try_from(length).ok().and_then(|n| bytes.split_at_checked(n)) else {
                return Ok(None);
            };
            bytes = rest;
            if key & 7 != 2 {
                continue;
            }
            self.parts += 1;
            if self.parts > self.most {
                return Err(fault("number of nodes, names and attributes", format!("above {}", self.most), "no more"));
            }
            let foreign = message.foreign(key >> 3).filter(|_| self.purpose == Purpose::Run);
            if let Some(part) = foreign {
                return Err(fault("graph", format!("one with {part}"), "none"));
            }
            let within = message.within(key >> 3);
            if !matches!(within, Message::Leaf) && self.through(inner, within, depth + 1)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }
}

/// A base-128 number from the front of `bytes`.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

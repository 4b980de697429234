//! What a file's bytes would become in memory, told before they are read: two bytes can stand for a whole empty node.

use super::ModelFault;
use super::limits::PARTS;

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
    /// Holds only numbers and names.
    Leaf,
}

impl Message {
    /// The message in a field of this one; `Err` where no network has such a part.
    fn within(self, field: u64) -> Result<Self, &'static str> {
        Ok(match (self, field) {
            (Self::Model, 7) => Self::Graph,
            (Self::Model, 20) => return Err("training information"),
            (Self::Model, 25) => return Err("functions of its own"),
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => return Err("sparse tensors"),
            (Self::Node, 5) => Self::Attribute,
            (Self::Attribute, 6 | 11) => return Err("a graph within a node"),
            (Self::Attribute, 14 | 15) => return Err("a type within a node"),
            (Self::ValueInfo, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::Type, 4 | 5 | 8 | 9) => return Err("values that are no tensors"),
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        })
    }
}

/// Counts the parts of the model in `bytes`. Bytes that are no protobuf message are left to whoever reads them.
///
/// # Errors
/// Where there are more than [`PARTS`], or one of a kind that is not run here.
pub fn check(bytes: &[u8]) -> Result<(), ModelFault> {
    walk(bytes, Message::Model, &mut 0).map(|_| ())
}

/// `Ok(None)` where the bytes end too early.
fn walk(mut bytes: &[u8], message: Message, parts: &mut usize) -> Result<Option<()>, ModelFault> {
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
        *parts += 1;
        let fault = |field, found: String, allowed: &str| ModelFault::Model { field, found, allowed: allowed.into() };
        if *parts > PARTS {
            return Err(fault("number of nodes, names and attributes", format!("above {PARTS}"), "no more"));
        }
        let within = message.within(key >> 3).map_err(|part| fault("graph", format!("one with {part}"), "none"))?;
        if !matches!(within, Message::Leaf) && walk(inner, within, parts)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(()))
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

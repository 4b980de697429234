//! Values of a graph as the nodes of an ONNX file read them: as they are, or through a pair of QuantizeLinear and
//! DequantizeLinear.

use dnc_train::architecture::{Graph, ValueId};

use super::builder::{Attribute, Builder};
use super::options::Numbers;
use crate::quantise::affine::{Affine, Integers};
use crate::quantise::plan::{ChannelScales, Scheme};

/// Values so far.
pub struct Values<'a> {
    numbers: Numbers<'a>,
    /// Which values are integers on their way.
    quantised: Vec<bool>,
    names: Vec<String>,
}

impl<'a> Values<'a> {
    /// The graph's input alone.
    pub fn new(graph: &Graph, numbers: Numbers<'a>, input: &str) -> Self {
        let quantised = match numbers {
            Numbers::Int8(plan) => plan.quantised_values(graph),
            Numbers::F32 | Numbers::F16 => vec![false; graph.nodes.len() + 1],
        };
        Self { numbers, quantised, names: vec![input.to_owned()] }
    }

    /// Adds the next value.
    pub fn push(&mut self, name: String) {
        self.names.push(name);
    }

    /// The name of the last value as it was computed.
    pub fn last(&self) -> ValueId {
        self.names.len() - 1
    }

    /// The names of all values as they were computed.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }

    /// The form of a value that is an integer on its way.
    fn affine(&self, id: ValueId) -> Option<Affine> {
        match self.numbers {
            Numbers::Int8(plan) if self.quantised[id] => Some(plan.activations[id]),
            _ => None,
        }
    }

    /// What `reader` reads of a value: each reader has a DequantizeLinear of its own, as runtimes that join it with
    /// the reader want.
    pub fn read(&self, b: &mut Builder, id: ValueId, reader: &str) -> String {
        let name = &self.names[id];
        match self.affine(id) {
            Some(affine) => dequantised(b, name, affine, reader),
            None => name.clone(),
        }
    }

    /// What a float reader takes of a value that comes as integers. ONNX Runtime makes integers, with one step for the
    /// whole tensor, of float weights that it finds between integers (its optimiser WeightBiasQuantization), which
    /// ruins a layer that is in float because it must not be rounded: a cut at the ends of what the integers can say
    /// changes nothing and keeps it from that.
    pub fn set_apart(&self, b: &mut Builder, id: ValueId, read: &str, reader: &str) -> String {
        let Some(affine) = self.affine(id) else { return read.to_owned() };
        let (least, most) = affine.integers.limits();
        let [low, high] = [least, most].map(|integer| (integer - affine.zero_point) as f32 * affine.scale);
        let low = b.floats(&format!("{reader}.input.low"), &[], &[low]);
        let high = b.floats(&format!("{reader}.input.high"), &[], &[high]);
        b.node("Clip", &format!("{reader}.input"), &[read, &low, &high], &[])
    }

    /// Scale of the values that `id` gives to its readers, where these are integers.
    pub fn scale(&self, id: ValueId) -> Option<f32> {
        self.affine(id).map(|affine| affine.scale)
    }

    /// A constant of a float layer: f16 where these are asked for.
    pub fn constant(&self, b: &mut Builder, name: &str, dims: &[usize], values: &[f32]) -> String {
        if !matches!(self.numbers, Numbers::F16) {
            return b.floats(name, dims, values);
        }
        let half = b.halves(&format!("{name}.f16"), dims, values);
        b.node("Cast", name, &[&half], &[Attribute::Int("to", 1)])
    }
}

/// `name` through QuantizeLinear, which all readers share, and a DequantizeLinear for `reader`.
pub fn dequantised(b: &mut Builder, name: &str, affine: Affine, reader: &str) -> String {
    let (scale, zero, integers) = (format!("{name}.scale"), format!("{name}.zero"), format!("{name}.int8"));
    if !b.has(&integers) {
        b.floats(&scale, &[], &[affine.scale]);
        match affine.integers {
            Integers::Unsigned => b.unsigned_byte(&zero, affine.zero_point as u8),
            Integers::Signed | Integers::Symmetric => b.bytes(&zero, &[], std::iter::once(affine.zero_point as i8)),
        };
        b.node("QuantizeLinear", &integers, &[name, &scale, &zero], &[]);
    }
    b.node("DequantizeLinear", &format!("{name}.for.{reader}"), &[&integers, &scale, &zero], &[])
}

/// Weights as s8 with a scale for each slice along `axis`, dequantised.
pub fn weights(
    b: &mut Builder,
    name: &str,
    dims: &[usize],
    values: &[f32],
    scales: &ChannelScales,
    axis: usize,
) -> String {
    let (channels, inner) = (dims[axis], dims[axis + 1..].iter().product::<usize>());
    let form =
        |i: usize| Affine { scale: scales.0[i / inner % channels], zero_point: 0, integers: Integers::Symmetric };
    let integers = values.iter().enumerate().map(|(i, value)| form(i).quantise(*value) as i8);
    let integers = b.bytes(&format!("{name}.int8"), dims, integers);
    let scale = b.floats(&format!("{name}.scale"), &[channels], &scales.0);
    let zero = b.bytes(&format!("{name}.zero"), &[channels], std::iter::repeat_n(0, channels));
    b.node("DequantizeLinear", name, &[&integers, &scale, &zero], &[Attribute::Int("axis", axis as i64)])
}

/// A bias in the form that `scheme` wants, beside weights of `scales` and inputs of step `input`.
pub fn bias(b: &mut Builder, name: &str, values: &[f32], scheme: Scheme, input: f32, scales: &ChannelScales) -> String {
    match scheme {
        Scheme::Tensorrt | Scheme::WeightsOnly => b.floats(name, &[values.len()], values),
        Scheme::Ort => {
            let steps: Vec<f32> = scales.0.iter().map(|s| s * input).collect();
            // f64: s32 has more digits than f32. `as` saturates.
            let integers: Vec<i32> = values
                .iter()
                .zip(&steps)
                .map(|(v, s)| (f64::from(*v) / f64::from(*s)).round_ties_even() as i32)
                .collect();
            let integers = b.words(&format!("{name}.int32"), &integers);
            let scale = b.floats(&format!("{name}.scale"), &[steps.len()], &steps);
            let zero = b.words(&format!("{name}.zero"), &vec![0; steps.len()]);
            b.node("DequantizeLinear", name, &[&integers, &scale, &zero], &[Attribute::Int("axis", 0)])
        }
    }
}

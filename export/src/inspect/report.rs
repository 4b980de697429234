//! All that is told of a model.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto};

use super::graph::{self, Lookup};
use super::shapes::{Facts, InputShape, ShapeError, text};
use super::tensor::{elements, is_quantised, type_name};
use super::{precision, weights, work};

/// One node that is more than a conversion of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Its operator.
    pub op: String,
    /// Shape of what it gives, as `1×64×8×8`.
    pub shape: String,
    /// Values it keeps in the file.
    pub parameters: u64,
    /// Multiply–accumulates; `None` where they cannot be told.
    pub macs: Option<u64>,
    /// Bytes of its values in the file.
    pub bytes: u64,
    /// What it computes in.
    pub precision: String,
}

/// Sums over all layers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Totals {
    /// Values in the file; one that several layers read counts once.
    pub parameters: u64,
    /// Multiply–accumulates of the layers where they can be told.
    pub macs: u64,
    /// Layers where they cannot.
    pub unknown: usize,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the parameters, scales and zero points not counted.
    pub parameter_bytes: u64,
    /// Share of the parameters that are stored as integers, in \[0, 1\].
    pub quantised_parameters: f64,
    /// Share of the parameters' bytes that are of integers, in \[0, 1\]: less than that of the parameters, as a value left in
    /// float takes more.
    pub quantised_bytes: f64,
    /// Share of the multiply–accumulates that are done on integers, in \[0, 1\].
    pub quantised_macs: f64,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Operator sets by domain; the ONNX specification's own is `ai.onnx`.
    pub opsets: BTreeMap<String, i64>,
    /// Version of the file format.
    pub ir_version: i64,
    /// Program that wrote it, with its version.
    pub producer: String,
    /// Inputs with type and shape.
    pub inputs: BTreeMap<String, String>,
    /// Outputs with type and shape.
    pub outputs: BTreeMap<String, String>,
    /// Metadata.
    pub metadata: BTreeMap<String, String>,
    /// Layers, in the order they run.
    pub layers: Vec<Layer>,
    /// Sums over them.
    pub totals: Totals,
}

/// Looks into a model whose file has `file_bytes` bytes. Open batch axes are taken as 1 where `given` says nothing of the
/// input.
///
/// # Errors
/// Where a given shape fits no input.
pub fn inspect(model: &ModelProto, file_bytes: u64, given: &[InputShape]) -> Result<Report, ShapeError> {
    let empty = GraphProto::default();
    let graph = model.graph.as_ref().unwrap_or(&empty);
    let lookup = Lookup::of(graph);
    let facts = Facts::infer(&lookup, given)?;
    let mut layers = Vec::new();
    let mut seen = HashSet::new();
    // Values and bytes, each of all parameters and of those in integers.
    let [mut parameters, mut integers, mut all_bytes, mut integer_bytes] = [0u64; 4];
    for node in graph.node.iter().filter(|node| !weights::is_conversion(&lookup, node)) {
        let kept = weights::of(&lookup, node);
        let count = |tensor: &&tract_onnx::pb::TensorProto| elements(tensor).unwrap_or(0);
        for tensor in &kept {
            if seen.insert(tensor.name.as_str()) {
                parameters = parameters.saturating_add(count(tensor));
                all_bytes = all_bytes.saturating_add(weights::bytes(tensor));
                if is_quantised(tensor.data_type) {
                    integers = integers.saturating_add(count(tensor));
                    integer_bytes = integer_bytes.saturating_add(weights::bytes(tensor));
                }
            }
        }
        let shape = node.output.first().map_or_else(|| "?".into(), |o| text(&facts.of(o).shape));
        layers.push(Layer {
            name: graph::name(node).to_owned(),
            op: if node.domain.is_empty() { node.op_type.clone() } else { format!("{}.{}", node.domain, node.op_type) },
            shape,
            parameters: kept.iter().map(count).fold(0, u64::saturating_add),
            macs: work::macs(node, &facts),
            bytes: kept.iter().map(|t| weights::bytes(t)).fold(0, u64::saturating_add),
            precision: precision::of(&lookup, node, &kept, &facts),
        });
    }
    let macs = |of: &dyn Fn(&Layer) -> bool| {
        layers.iter().filter(|l| of(l)).filter_map(|l| l.macs).fold(0, u64::saturating_add)
    };
    let (all, on_integers) = (macs(&|_| true), macs(&|l| l.precision == "int8"));
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let totals = Totals {
        parameters,
        macs: all,
        unknown: layers.iter().filter(|l| l.macs.is_none()).count(),
        file_bytes,
        parameter_bytes: all_bytes,
        quantised_parameters: share(integers, parameters),
        quantised_bytes: share(integer_bytes, all_bytes),
        quantised_macs: share(on_integers, all),
    };
    let values = |values: &mut dyn Iterator<Item = &ValueInfoProto>| -> BTreeMap<String, String> {
        values
            .map(|v| {
                let fact = facts.of(&v.name);
                (v.name.clone(), format!("{} {}", type_name(fact.data_type), text(&fact.shape)))
            })
            .collect()
    };
    let domain = |name: &str| if name.is_empty() { "ai.onnx".to_owned() } else { name.to_owned() };
    Ok(Report {
        opsets: model.opset_import.iter().map(|set| (domain(&set.domain), set.version)).collect(),
        ir_version: model.ir_version,
        producer: format!("{} {}", model.producer_name, model.producer_version).trim().to_owned(),
        inputs: values(&mut lookup.inputs()),
        outputs: values(&mut graph.output.iter()),
        metadata: model.metadata_props.iter().map(|p| (p.key.clone(), p.value.clone())).collect(),
        layers,
        totals,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folded::tests::random;
    use crate::onnx::{Form, Numbers, model};
    use crate::quantise::calibration::tests::pictures;
    use crate::quantise::plan::Scheme;
    use crate::quantise::{Calibrated, Recipe};
    use dnc_train::architecture::Backbone;
    use prost::Message;

    fn report(numbers: Numbers<'_>, network: &crate::folded::FoldedNetwork) -> Report {
        let proto = model(network, Form { numbers, ..Form::plain(32) }, &[("space_id", "s".into())]);
        inspect(&proto, proto.encoded_len() as u64, &["picture=1,3,32,32".parse().unwrap()]).unwrap()
    }

    #[test]
    fn parameters_and_work_are_those_of_the_description() {
        let network = random(Backbone::MobilenetV2, 0.25, 8, 2);
        let found = report(Numbers::F32, &network);
        // Folded: a bias in place of each normalisation's scale and shift; then the embedding layer.
        let convs: usize = network.graph.convs().map(|c| (c.weight_rows() + 1) * c.c_out).sum();
        let head = (network.graph.features + 1) * 8;
        // The normalisation adds nothing.
        assert_eq!(found.totals.parameters, (convs + head) as u64);
        // The first convolution: 16×16 places, 27 products each.
        let first = &found.layers[0];
        assert_eq!((first.shape.as_str(), first.op.as_str()), ("1×8×16×16", "Conv"));
        assert_eq!(first.macs, Some(8 * 16 * 16 * 27));
        assert_eq!((found.totals.unknown, found.totals.quantised_parameters), (0, 0.0));
        assert_eq!(found.outputs["embedding"], "f32 1×8");
        assert_eq!((found.opsets["ai.onnx"], found.metadata["space_id"].as_str()), (17, "s"));
    }

    #[test]
    fn every_precision_is_told() {
        let network = random(Backbone::Small, 0.25, 8, 2);
        let precision =
            |report: &Report, op: &str| report.layers.iter().find(|l| l.op == op).unwrap().precision.clone();
        let f16 = report(Numbers::F16, &network);
        assert_eq!(precision(&f16, "Conv"), "f16 weights");
        let float = report(Numbers::F32, &network);
        for (scheme, says) in [(Scheme::Ort, "int8"), (Scheme::Tensorrt, "int8"), (Scheme::WeightsOnly, "int8 weights")]
        {
            let read = pictures(4, 32);
            let calibrated = Calibrated::of(network.clone(), 32, true, &read, &|_| ()).unwrap();
            let quantised = calibrated.quantise(Recipe::best(scheme)).unwrap();
            let found = report(Numbers::Int8(&quantised.plan), &quantised.network);
            assert_eq!(precision(&found, "Conv"), says, "{scheme:?}");
            assert_eq!(precision(&found, "Gemm"), "f32");
            assert_eq!((found.totals.parameters, found.totals.macs), (float.totals.parameters, float.totals.macs));
            let on_integers = found.totals.quantised_macs;
            assert_eq!(on_integers > 0.9, says == "int8", "{scheme:?} {on_integers}");
            let totals = &found.totals;
            assert!(totals.quantised_parameters > 0.5, "{scheme:?}");
            // Of every tensor that a layer reads, as it lies in the file.
            let bytes: u64 = found.layers.iter().map(|l| l.bytes).sum();
            let float_bytes: u64 = found.layers.iter().filter(|l| l.op == "Gemm").map(|l| l.bytes).sum();
            let float_biases =
                if scheme == Scheme::Ort { 0 } else { 4 * network.graph.convs().map(|c| c.c_out).sum::<usize>() };
            assert_eq!(totals.parameter_bytes, bytes);
            let expected = 1.0 - (float_bytes + float_biases as u64) as f64 / bytes as f64;
            assert!((totals.quantised_bytes - expected).abs() < 1e-9, "{scheme:?} {totals:?}");
            assert!(totals.quantised_bytes < totals.quantised_parameters);
            // The activation of a layer in integers is one too; that of the last layers' divisor is not.
            let activations = found.layers.iter().filter(|l| l.op == "Clip" || l.op == "Relu");
            let (divisors, behind): (Vec<_>, Vec<_>) = activations.partition(|l| l.name.ends_with("divisor"));
            let expected = if says == "int8" { "int8" } else { "f32" };
            assert!(!behind.is_empty() && behind.iter().all(|l| l.precision == expected), "{scheme:?} {behind:?}");
            assert!(!divisors.is_empty() && divisors.iter().all(|l| l.precision == "f32"), "{divisors:?}");
        }
    }
}

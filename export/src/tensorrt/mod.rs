//! Rules of TensorRT's explicit quantisation that a QDQ graph must keep, as NVIDIA's TensorRT documentation states them
//! ("Working with Quantized Types", sections "Explicit Quantization" and "Processing of Q/DQ Networks").
//!
//! Nothing here ever ran on TensorRT: a graph without findings is one that keeps the written rules.

mod rules;

use serde::Serialize;
use tract_onnx::pb::ModelProto;

use crate::inspect::graph::{Lookup, name};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// Zero points are 0: TensorRT quantises symmetrically ("Quantization Schemes").
    ZeroPoint,
    /// Integers are s8 ("Quantized Types": INT8 is signed; INT4 and FP8 are other modes than the one checked here, and
    /// there are no 16-bit types).
    SignedIntegers,
    /// Scales are constants, positive and finite ("Explicit Quantization": Q and DQ take build-time constant scales).
    Scale,
    /// Activations have one scale, weights one or one for each output channel ("Quantization Modes": per-tensor and
    /// per-channel; per-channel is for weights only).
    Granularity,
    /// A layer's weights are quantised where its input is, so that the layer can run in integers ("Processing of Q/DQ
    /// Networks": a quantisable layer is fused with the DQ nodes at its inputs).
    Weights,
    /// Biases stay in float: TensorRT quantises them itself with the scales of input and weights ("Q/DQ Layer-Placement
    /// Recommendations").
    Bias,
    /// Both terms of a residual sum are quantised, or none ("Q/DQ Layer-Placement Recommendations": quantise the residual
    /// input of an elementwise addition).
    Sum,
    /// Every QuantizeLinear is read by DequantizeLinear alone ("Explicit Quantization": Q/DQ pairs).
    Pair,
    /// The graph is in QDQ form: layers in operators of their own, as QLinearConv, are not ("Explicit Quantization": the
    /// ONNX parser takes QuantizeLinear and DequantizeLinear).
    Form,
    /// QuantizeLinear and DequantizeLinear per axis need operator set 13 (ONNX specification).
    OperatorSet,
}

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The node, or what else it is about.
    pub node: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// All places where `model` breaks a rule, in the order of its nodes.
pub fn lint(model: &ModelProto) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |rule, node: &str, problem: String| {
        findings.push(Finding { rule, node: node.to_owned(), problem });
    };
    let opset = model.opset_import.iter().find(|set| set.domain.is_empty() || set.domain == "ai.onnx");
    if opset.is_none_or(|set| set.version < 13) {
        let version = opset.map_or(0, |set| set.version);
        found(Rule::OperatorSet, "model", format!("operator set {version}; write the model with 13 or newer"));
    }
    let Some(graph) = &model.graph else { return findings };
    let lookup = Lookup::of(graph);
    for node in &graph.node {
        match node.op_type.as_str() {
            "QuantizeLinear" | "DequantizeLinear" => rules::conversion(&lookup, node, &mut found),
            op if rules::is_layer(op) => rules::layer(&lookup, node, &mut found),
            "Add" => rules::sum(&lookup, node, &mut found),
            op if is_integer_operator(op) => {
                let problem = format!("{op} computes in integers itself; write the model in QDQ form");
                found(Rule::Form, name(node), problem);
            }
            _ => {}
        }
    }
    findings
}

/// Whether any part of `model` is quantised at all: a file without any keeps every rule, and runs in float.
pub fn is_quantised(model: &ModelProto) -> bool {
    let nodes = model.graph.iter().flat_map(|graph| &graph.node);
    let is_conversion = |op: &str| matches!(op, "QuantizeLinear" | "DequantizeLinear");
    nodes.map(|node| node.op_type.as_str()).any(|op| is_conversion(op) || is_integer_operator(op))
}

/// Operators that read and give integers (ONNX specification and ONNX Runtime's additions).
fn is_integer_operator(op: &str) -> bool {
    op.starts_with("QLinear") || matches!(op, "ConvInteger" | "MatMulInteger" | "DynamicQuantizeLinear" | "QGemm")
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
    use tract_onnx::pb::GraphProto;

    fn graph_of(scheme: Scheme) -> ModelProto {
        let network = random(Backbone::MobilenetV2, 0.25, 8, 2);
        let read = pictures(2, 32);
        let calibrated = Calibrated::of(network, 32, true, &read, &|_| ()).unwrap();
        let quantised = calibrated.quantise(Recipe::best(scheme)).unwrap();
        model(&quantised.network, Form { numbers: Numbers::Int8(&quantised.plan), ..Form::plain(32) }, &[])
    }

    fn broken(change: impl FnOnce(&mut GraphProto)) -> Vec<Rule> {
        let mut model = graph_of(Scheme::Tensorrt);
        change(model.graph.as_mut().unwrap());
        let mut rules: Vec<Rule> = lint(&model).into_iter().map(|f| f.rule).collect();
        rules.dedup();
        rules
    }

    fn tensor<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut tract_onnx::pb::TensorProto {
        graph.initializer.iter_mut().find(|t| t.name == name).unwrap()
    }

    #[test]
    fn what_is_written_for_tensorrt_keeps_every_rule_and_what_is_not_does_not() {
        assert_eq!(lint(&graph_of(Scheme::Tensorrt)), []);
        let other: std::collections::HashSet<Rule> = lint(&graph_of(Scheme::Ort)).into_iter().map(|f| f.rule).collect();
        for rule in [Rule::ZeroPoint, Rule::SignedIntegers, Rule::Bias] {
            assert!(other.contains(&rule), "{rule:?} in {other:?}");
        }
    }

    #[test]
    fn each_broken_rule_is_found() {
        let first = "features.0.0";
        assert_eq!(broken(|g| tensor(g, "picture.zero").raw_data = vec![3]), [Rule::ZeroPoint]);
        assert_eq!(broken(|g| tensor(g, "picture.zero").data_type = 2), [Rule::SignedIntegers]);
        for scale in [0.0f32, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(broken(|g| tensor(g, "picture.scale").raw_data = scale.to_le_bytes().to_vec()), [Rule::Scale]);
        }
        let two = |g: &mut GraphProto| {
            let scale = tensor(g, "picture.scale");
            (scale.dims, scale.raw_data) = (vec![2], [0.5f32, 0.5].map(f32::to_le_bytes).concat());
        };
        assert_eq!(broken(two), [Rule::Granularity]);
        let axis = |g: &mut GraphProto| {
            let weight = g.node.iter_mut().find(|n| n.name == format!("{first}.weight")).unwrap();
            weight.attribute[0].i = 1;
        };
        assert_eq!(broken(axis), [Rule::Granularity]);
        let plain_weight = |g: &mut GraphProto| {
            let conv = g.node.iter_mut().find(|n| n.name == first).unwrap();
            conv.input[1] = format!("{first}.bias");
        };
        assert!(broken(plain_weight).contains(&Rule::Weights));
        let unpaired = |g: &mut GraphProto| {
            let relu = g.node.iter_mut().find(|n| n.op_type == "Clip" && n.name.ends_with("relu6")).unwrap();
            relu.input[0] = "picture.int8".into();
        };
        assert_eq!(broken(unpaired), [Rule::Pair]);
        let one_term = |g: &mut GraphProto| {
            let add = g.node.iter().position(|n| n.op_type == "Add").unwrap();
            let read = g.node[add].input[0].clone();
            let quantised = g.node.iter().find(|n| n.output[0] == read).unwrap().input[0].clone();
            let raw = g.node.iter().find(|n| n.output[0] == quantised).unwrap().input[0].clone();
            g.node[add].input[0] = raw;
        };
        assert!(broken(one_term).contains(&Rule::Sum));
    }

    /// Zero points of other types, of long tensors, and none at all.
    #[test]
    fn integers_are_told_by_whatever_says_their_type() {
        for (data_type, bytes) in [(2, 1), (4, 2), (5, 2), (17, 1), (19, 1)] {
            let other = |g: &mut GraphProto| {
                let zero = tensor(g, "picture.zero");
                (zero.data_type, zero.raw_data) = (data_type, vec![0; bytes]);
            };
            assert_eq!(broken(other), [Rule::SignedIntegers], "{data_type}");
        }
        // More channels than a shape has values.
        let one_of_many = |g: &mut GraphProto| {
            let zero = g.initializer.iter_mut().filter(|t| t.name.ends_with("weight.zero")).max_by_key(|t| t.dims[0]);
            let zero = zero.unwrap();
            assert!(zero.raw_data.len() > 64, "{}", zero.name);
            *zero.raw_data.last_mut().unwrap() = 1;
        };
        assert_eq!(broken(one_of_many), [Rule::ZeroPoint]);
        // Without a zero point a DequantizeLinear reads what its input is.
        let without = |unsigned: bool| {
            move |g: &mut GraphProto| {
                let weight = g.node.iter_mut().find(|n| n.name == "features.0.0.weight").unwrap();
                weight.input.truncate(2);
                if unsigned {
                    tensor(g, "features.0.0.weight.int8").data_type = 2;
                }
            }
        };
        assert_eq!(broken(without(false)), []);
        assert_eq!(broken(without(true)), [Rule::SignedIntegers]);
        let of_activation = |g: &mut GraphProto| {
            let read = g.node.iter_mut().find(|n| n.op_type == "DequantizeLinear" && n.input[0] == "picture.int8");
            read.unwrap().input.truncate(2);
        };
        assert_eq!(broken(of_activation), [], "the QuantizeLinear before it gives s8");
    }

    #[test]
    fn axes_count_from_either_end() {
        let with = |from_the_end: i64| {
            move |g: &mut GraphProto| {
                let weight = g.node.iter_mut().find(|n| n.name == "features.0.0.weight").unwrap();
                weight.attribute[0].i = from_the_end;
            }
        };
        assert_eq!(broken(with(-4)), []);
        assert_eq!(broken(with(-3)), [Rule::Granularity]);
    }

    /// A product of stacks of matrices has its output channels in the last axis.
    #[test]
    fn products_above_two_axes_have_their_channels_last() {
        let with = |axis: i64| {
            move |g: &mut GraphProto| {
                let (weight, conv) = ("features.0.0.weight", "features.0.0");
                let weight = g.node.iter_mut().find(|n| n.name == weight).unwrap();
                weight.attribute[0].i = axis;
                let conv = g.node.iter_mut().find(|n| n.name == conv).unwrap();
                (conv.op_type, conv.attribute) = ("MatMul".into(), Vec::new());
                conv.input.truncate(2);
            }
        };
        assert_eq!(broken(with(3)), []);
        assert_eq!(broken(with(-1)), []);
        assert_eq!(broken(with(1)), [Rule::Granularity]);
    }

    #[test]
    fn a_file_without_integers_and_one_of_another_form_are_told() {
        let network = random(Backbone::Small, 0.25, 8, 2);
        let mut float = model(&network, Form::plain(32), &[]);
        assert!(!is_quantised(&float) && lint(&float).is_empty());
        assert!(is_quantised(&graph_of(Scheme::WeightsOnly)));
        float.graph.as_mut().unwrap().node[0].op_type = "QLinearConv".into();
        assert!(is_quantised(&float));
        assert_eq!(lint(&float).iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::Form]);
    }

    /// The sum that was found in a trained model: its float layer is the last of a block.
    #[test]
    fn what_is_written_beside_float_layers_keeps_every_rule() {
        let network = random(Backbone::MobilenetV2, 0.25, 8, 2);
        let read = pictures(2, 32);
        let calibrated = Calibrated::of(network, 32, true, &read, &|_| ()).unwrap();
        let quantised = calibrated.quantise(Recipe::best(Scheme::Tensorrt)).unwrap();
        for at in 0..quantised.plan.convs.len() {
            let mut plan = quantised.plan.clone();
            plan.convs[at] = None;
            let file = model(&quantised.network, Form { numbers: Numbers::Int8(&plan), ..Form::plain(32) }, &[]);
            assert_eq!(lint(&file), [], "layer {at} in float");
        }
    }

    #[test]
    fn an_old_operator_set_is_found() {
        let mut model = graph_of(Scheme::Tensorrt);
        model.opset_import[0].version = 12;
        assert_eq!(lint(&model)[0].rule, Rule::OperatorSet);
    }
}

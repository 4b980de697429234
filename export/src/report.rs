//! What the gate found, for people and for programs; written whether a bundle was or not.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dnc_core::manifest::{AgainstF32, CalibrationFacts, Target};
use prost::Message;
use serde::Serialize;
use tract_onnx::pb::ModelProto;

use crate::quantise::sensitivity::LayerCost;
use crate::shipped::Shipped;
use crate::tensorrt::{Finding, lint};

/// The gate's findings on one variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VariantReport {
    /// Its name.
    pub variant: &'static str,
    /// Bytes of its file.
    pub bytes: usize,
    /// How it was quantised.
    pub calibration: Option<CalibrationFacts>,
    /// What it loses.
    pub against_f32: Option<AgainstF32>,
    /// What single layers cost, the costliest first, where the search needed to know.
    pub layers: Vec<LayerCost>,
    /// Where its file breaks TensorRT's written rules, where it is made for TensorRT. Nothing ran on TensorRT here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tensorrt: Option<Vec<Finding>>,
}

impl VariantReport {
    /// Of a variant.
    pub fn of(shipped: &Shipped) -> Self {
        Self {
            variant: shipped.kind.name(),
            bytes: shipped.onnx.len(),
            calibration: shipped.calibration.clone(),
            against_f32: shipped.against_f32.clone(),
            layers: shipped.layers.clone(),
            tensorrt: shipped
                .kind
                .targets()
                .contains(&Target::Tensorrt)
                .then(|| lint(&ModelProto::decode(&*shipped.onnx).expect("a variant's file is what was just written"))),
        }
    }

    /// Whether it may be shipped.
    pub fn passed(&self) -> bool {
        self.against_f32.as_ref().is_none_or(|a| a.passed)
    }

    /// A line on what it loses, a table of the layers that cost most, and where TensorRT's rules are broken.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(a) = &self.against_f32 {
            text += &format!(
                "{:<14} R@1 {:.2} % of f32's {:.2} %: drop {:+.2} points (95 % interval {:+.2} to {:+.2}), mean cosine \
                 {:.4}, {} queries, {}: {}\n",
                self.variant,
                100.0 * a.recall_at_1,
                100.0 * a.f32_recall_at_1,
                a.drop,
                a.interval[0],
                a.interval[1],
                a.mean_cosine,
                a.queries,
                a.runtime,
                if a.passed { "passed" } else { "FAILED" }
            );
        }
        if !self.layers.is_empty() {
            let width = self.layers.iter().map(|l| l.layer.len()).max().unwrap_or(0);
            text += &format!("  {:<width$}  cosine alone  kept float\n", "layer");
            for layer in self.layers.iter().take(SHOWN) {
                let kept = if layer.kept_float { "yes" } else { "no" };
                text += &format!("  {:<width$}  {:>12.5}  {kept}\n", layer.layer, layer.cosine);
            }
            if self.layers.len() > SHOWN {
                text += &format!("  and {} layers that cost less\n", self.layers.len() - SHOWN);
            }
        }
        for finding in self.tensorrt.iter().flatten() {
            text += &format!("  TensorRT's rule {:?}: {}: {}\n", finding.rule, finding.node, finding.problem);
        }
        if self.tensorrt.as_ref().is_some_and(Vec::is_empty) {
            text += "  keeps TensorRT's written rules (dnc-export lint); it never ran on TensorRT here\n";
        }
        text
    }
}

/// Layers that the table shows.
const SHOWN: usize = 12;

/// Where the report of a bundle is written: beside it.
pub fn path(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".gate.json");
    out.with_file_name(name)
}

/// Writes the report beside `out`.
///
/// # Errors
/// Where it cannot be written.
pub fn write(out: &Path, variants: &[VariantReport]) -> anyhow::Result<PathBuf> {
    let path = path(out);
    let mut text = serde_json::to_string_pretty(variants)?;
    text.push('\n');
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folded::tests::random;
    use crate::kind::Kind;
    use crate::onnx::{Form, model};
    use dnc_train::architecture::Backbone;

    fn report(kind: Kind, opset: i64) -> VariantReport {
        let mut proto = model(&random(Backbone::Small, 0.25, 8, 2), Form::plain(32), &[]);
        proto.opset_import[0].version = opset;
        let onnx = proto.encode_to_vec();
        VariantReport::of(&Shipped { kind, onnx, calibration: None, against_f32: None, layers: Vec::new() })
    }

    #[test]
    fn what_is_made_for_tensorrt_is_held_against_its_rules() {
        let good = report(Kind::Int8Tensorrt, 17);
        assert_eq!(good.tensorrt, Some(Vec::new()));
        assert!(good.text().contains("never ran on TensorRT"), "{}", good.text());
        let old = report(Kind::Int8Tensorrt, 12);
        assert!(old.text().contains("OperatorSet: model: operator set 12"), "{}", old.text());
        assert!(serde_json::to_string(&old).unwrap().contains("\"operator-set\""));
        let other = report(Kind::Int8Ort, 12);
        assert!(other.tensorrt.is_none() && !serde_json::to_string(&other).unwrap().contains("tensorrt"));
    }
}

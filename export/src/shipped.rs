//! The bytes of each variant; for one in integers the fewest layers left in float that the gate accepts.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use dnc_core::manifest::{AgainstF32, CalibrationFacts};
use prost::Message;

use crate::folded::FoldedNetwork;
use crate::gate::{Limits, compare};
use crate::kind::Kind;
use crate::onnx::{Form, Numbers, model};
use crate::quantise::bias_correction::correct;
use crate::quantise::plan::Plan;
use crate::quantise::sensitivity::{LayerCost, fewest, layer_costs, with_costliest_in_float};
use crate::quantise::{Calibrated, CalibrationError, Pictures, Quantised, Recipe};
use crate::runner::{Reference, Runner};
use crate::verify::mean_cosine;

/// Pictures on which single layers are judged: spread over the calibration pictures.
const LAYER_PICTURES: usize = 64;

/// What the variants of one export share.
pub struct Shipment<'a> {
    /// The network, with the learners that are kept.
    pub network: &'a FoldedNetwork,
    /// Form of the files; its numbers are each variant's own.
    pub form: Form<'a>,
    /// Metadata of the files.
    pub metadata: &'a [(&'static str, String)],
    /// Where they are run.
    pub runner: Runner,
    /// Calibration pictures, of the training part, and where they are from.
    pub calibration: Pictures<'a>,
    /// Set and part of the calibration pictures, and the seed that drew them.
    pub calibration_set: (String, u64),
    /// Validation pictures.
    pub validation: Pictures<'a>,
    /// Their identities.
    pub labels: &'a [u32],
    /// What the gate allows.
    pub limits: Limits,
    /// How numbers become integers, but for the scheme.
    pub recipe: Recipe,
    /// Told what is done, how far it is, and how far it goes.
    pub progress: &'a (dyn Fn(&str, usize, usize) + Sync),
}

/// One variant, ready to be written.
#[derive(Debug)]
pub struct Shipped {
    /// What it is.
    pub kind: Kind,
    /// Its ONNX file.
    pub onnx: Vec<u8>,
    /// How it was quantised.
    pub calibration: Option<CalibrationFacts>,
    /// What it loses, where there are validation pictures and it is not f32 itself.
    pub against_f32: Option<AgainstF32>,
    /// What single layers cost, the costliest first, where the search needed to know.
    pub layers: Vec<LayerCost>,
}

impl Shipment<'_> {
    fn bytes(&self, network: &FoldedNetwork, numbers: Numbers<'_>) -> Vec<u8> {
        model(network, Form { numbers, ..self.form }, self.metadata).encode_to_vec()
    }

    /// The f32 variant, then `kinds`, each gated against it.
    ///
    /// # Errors
    /// Where a picture cannot be read, or a runtime cannot be had or fails. A variant that does not pass is no error.
    pub fn make(&self, kinds: &[Kind]) -> anyhow::Result<Vec<Shipped>> {
        let f32_onnx = self.bytes(self.network, Numbers::F32);
        let mut made = Vec::new();
        // Shared by the variants: f32's embeddings, and what calibration saw.
        let mut reference = Reference::of(&self.runner, &f32_onnx);
        let mut calibrated = None;
        for kind in kinds {
            let mut one = || {
                let gate = self.gate(*kind, &mut reference)?;
                let Some(scheme) = kind.scheme() else {
                    let onnx = self.bytes(self.network, Numbers::F16);
                    let against_f32 = gate.as_ref().map(|gate| gate.judge(&onnx)).transpose()?;
                    return Ok(Shipped { against_f32, ..Shipped::of(*kind, onnx) });
                };
                let calibrated = match &mut calibrated {
                    Some(calibrated) => calibrated,
                    none => none.insert(self.calibrate()?),
                };
                let recipe = Recipe { scheme, ..self.recipe };
                self.quantised(*kind, recipe, &calibrated.quantise(recipe)?, gate.as_ref(), &f32_onnx)
            };
            made.push(one().with_context(|| format!("variant {}", kind.name()))?);
        }
        made.insert(0, Shipped::of(Kind::F32, f32_onnx));
        Ok(made)
    }

    fn calibrate(&self) -> Result<Calibrated<'_>, CalibrationError> {
        let total = 2 * self.calibration.len;
        let seen = AtomicUsize::new(0);
        let count = |n: usize| (self.progress)("calibrate", seen.fetch_add(n, Ordering::Relaxed) + n, total);
        Calibrated::of(self.network.clone(), self.form.size, self.recipe.equalise, &self.calibration, &count)
    }

    fn quantised(
        &self,
        kind: Kind,
        recipe: Recipe,
        quantised: &Quantised,
        gate: Option<&Gate<'_>>,
        f32_onnx: &[u8],
    ) -> anyhow::Result<Shipped> {
        let mut search = Search { shipment: self, recipe, quantised, layers: Vec::new() };
        let mut found = search.candidate(0, quantised.plan.clone(), gate)?;
        if !found.passed() {
            search.layers = search.costs(kind, f32_onnx)?;
            // With more than half of the layers in float nothing is gained by the others.
            let most = quantised.plan.convs.len() / 2;
            fewest(most, |count| {
                if count == 0 {
                    return Ok(false);
                }
                let plan = search.plan_with(count)?;
                let next = search.candidate(count, plan, gate)?;
                (self.progress)("search", count, most);
                let passed = next.passed();
                // What was found last and passes is the answer; until then the last that did not.
                if passed || !found.passed() {
                    found = next;
                }
                Ok(passed)
            })?;
            with_costliest_in_float(&quantised.network, &quantised.plan, &mut search.layers, found.in_float);
        }
        let (set, seed) = self.calibration_set.clone();
        let calibration = CalibrationFacts {
            set,
            pictures: self.calibration.len,
            seed,
            observer: recipe.observer.name().to_owned(),
            equalised: recipe.equalise,
            bias_corrected: recipe.correct_bias,
            float_layers: found.plan.float_layers(&quantised.network.graph),
        };
        let (onnx, against_f32) = (found.onnx, found.against_f32);
        Ok(Shipped { kind, onnx, calibration: Some(calibration), against_f32, layers: search.layers })
    }

    /// What judges a variant's bytes; `None` without validation pictures.
    fn gate<'r>(&'r self, kind: Kind, reference: &'r mut Reference<'_>) -> anyhow::Result<Option<Gate<'r>>> {
        if self.validation.len == 0 {
            return Ok(None);
        }
        let f32_rows = &reference.embedded(kind.engine(), &self.validation).context("validation pictures, f32")?.rows;
        Ok(Some(Gate { shipment: self, kind, f32_rows }))
    }
}

impl Shipped {
    /// A variant of which nothing is told yet.
    fn of(kind: Kind, onnx: Vec<u8>) -> Self {
        Self { kind, onnx, calibration: None, against_f32: None, layers: Vec::new() }
    }
}

/// Judges the bytes of one kind of variant.
struct Gate<'a> {
    shipment: &'a Shipment<'a>,
    kind: Kind,
    f32_rows: &'a [f32],
}

impl Gate<'_> {
    fn judge(&self, onnx: &[u8]) -> anyhow::Result<AgainstF32> {
        let s = self.shipment;
        let embedded = s.runner.embed(onnx, self.kind.engine(), &s.validation)?;
        Ok(compare(self.f32_rows, &embedded.rows, s.runner.dim, s.labels, &embedded.runtime, s.limits))
    }
}

/// A plan with some layers in float, written and judged.
struct Candidate {
    in_float: usize,
    plan: Plan,
    onnx: Vec<u8>,
    against_f32: Option<AgainstF32>,
}

impl Candidate {
    fn passed(&self) -> bool {
        self.against_f32.as_ref().is_none_or(|a| a.passed)
    }
}

/// The search for layers to leave in float.
struct Search<'a> {
    shipment: &'a Shipment<'a>,
    recipe: Recipe,
    quantised: &'a Quantised,
    layers: Vec<LayerCost>,
}

impl Search<'_> {
    fn bytes(&self, plan: &Plan) -> Vec<u8> {
        self.shipment.bytes(&self.quantised.network, Numbers::Int8(plan))
    }

    fn candidate(&self, in_float: usize, plan: Plan, gate: Option<&Gate<'_>>) -> anyhow::Result<Candidate> {
        let onnx = self.bytes(&plan);
        let against_f32 = gate.map(|gate| gate.judge(&onnx)).transpose()?;
        Ok(Candidate { in_float, plan, onnx, against_f32 })
    }

    /// The plan with the `count` costliest layers in float, its biases corrected anew.
    fn plan_with(&mut self, count: usize) -> anyhow::Result<Plan> {
        let (network, s) = (&self.quantised.network, self.shipment);
        let mut plan = with_costliest_in_float(network, &self.quantised.plan, &mut self.layers, count);
        if self.recipe.correct_bias {
            correct(network, &mut plan, s.form.size, &s.calibration)?;
        }
        Ok(plan)
    }

    /// What each layer costs alone, on a part of the calibration pictures.
    fn costs(&self, kind: Kind, f32_onnx: &[u8]) -> anyhow::Result<Vec<LayerCost>> {
        let (s, network) = (self.shipment, &self.quantised.network);
        let len = s.calibration.len.min(LAYER_PICTURES);
        let read = |at: usize| (s.calibration.read)(at * s.calibration.len / len);
        let pictures = Pictures { len, read: &read };
        let float = s.runner.embed(f32_onnx, kind.engine(), &pictures)?.rows;
        let layers = self.quantised.plan.convs.len();
        let mut done = 0;
        layer_costs(network, &self.quantised.plan, |plan| {
            let rows = s.runner.embed(&self.bytes(plan), kind.engine(), &pictures)?.rows;
            done += 1;
            (s.progress)("layers", done, layers);
            Ok(mean_cosine(&float, &rows, s.runner.dim))
        })
    }
}

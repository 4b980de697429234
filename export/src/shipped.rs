//! The bytes of each variant; for one in integers the fewest layers left in float that the gate accepts.

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
use crate::quantise::{Pictures, Quantised, Recipe, quantise};
use crate::runner::Runner;
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

    /// The f32 variant.
    pub fn f32(&self) -> Shipped {
        let onnx = self.bytes(self.network, Numbers::F32);
        Shipped { kind: Kind::F32, onnx, calibration: None, against_f32: None, layers: Vec::new() }
    }

    /// Any other variant, gated against the f32 variant's bytes.
    ///
    /// # Errors
    /// Where a picture cannot be read, or a runtime cannot be had or fails. A variant that does not pass is no error.
    pub fn make(&self, kind: Kind, f32_onnx: &[u8]) -> anyhow::Result<Shipped> {
        match kind.scheme() {
            None => {
                let onnx = self.bytes(self.network, Numbers::F16);
                let against_f32 = self.gate(kind, f32_onnx)?.map(|gate| gate.judge(&onnx)).transpose()?;
                Ok(Shipped { kind, onnx, calibration: None, against_f32, layers: Vec::new() })
            }
            Some(scheme) => self.quantised(kind, Recipe { scheme, ..self.recipe }, f32_onnx),
        }
    }

    fn quantised(&self, kind: Kind, recipe: Recipe, f32_onnx: &[u8]) -> anyhow::Result<Shipped> {
        let total = 2 * self.calibration.len;
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let count = |n: usize| {
            let done = seen.fetch_add(n, std::sync::atomic::Ordering::Relaxed) + n;
            (self.progress)("calibrate", done, total);
        };
        let quantised = quantise(self.network.clone(), self.form.size, recipe, &self.calibration, &count)?;
        let gate = self.gate(kind, f32_onnx)?;
        let mut search = Search { shipment: self, recipe, quantised: &quantised, layers: Vec::new() };
        let mut plan = quantised.plan.clone();
        let mut onnx = search.bytes(&plan);
        let mut against_f32 = gate.as_ref().map(|gate| gate.judge(&onnx)).transpose()?;
        if let (Some(gate), Some(first)) = (&gate, &against_f32)
            && !first.passed
        {
            search.layers = search.costs(kind, f32_onnx)?;
            // With more than half of the layers in float nothing is gained by the others.
            let most = plan.convs.len() / 2;
            let mut best = (0, plan.clone(), onnx.clone(), first.clone());
            fewest(most, |count| {
                if count == 0 {
                    return Ok(false);
                }
                let candidate = search.plan_with(count)?;
                let bytes = search.bytes(&candidate);
                let judged = gate.judge(&bytes)?;
                let passed = judged.passed;
                (self.progress)("search", count, most);
                // What was found last and passes is the answer; until then the last that did not.
                if passed || !best.3.passed {
                    best = (count, candidate, bytes, judged);
                }
                Ok(passed)
            })?;
            with_costliest_in_float(&quantised.network, &quantised.plan, &mut search.layers, best.0);
            (plan, onnx, against_f32) = (best.1, best.2, Some(best.3));
        }
        let (set, seed) = self.calibration_set.clone();
        let calibration = CalibrationFacts {
            set,
            pictures: self.calibration.len,
            seed,
            observer: recipe.observer.name().to_owned(),
            equalised: recipe.equalise,
            bias_corrected: recipe.correct_bias,
            float_layers: plan.float_layers(&quantised.network.graph),
        };
        Ok(Shipped { kind, onnx, calibration: Some(calibration), against_f32, layers: search.layers })
    }

    /// What judges a variant's bytes; `None` without validation pictures.
    fn gate(&self, kind: Kind, f32_onnx: &[u8]) -> anyhow::Result<Option<Gate<'_>>> {
        if self.validation.len == 0 {
            return Ok(None);
        }
        let f32_rows =
            self.runner.embed(f32_onnx, kind.engine(), &self.validation).context("validation pictures, f32")?;
        Ok(Some(Gate { shipment: self, kind, f32_rows }))
    }
}

/// Judges the bytes of one kind of variant.
struct Gate<'a> {
    shipment: &'a Shipment<'a>,
    kind: Kind,
    f32_rows: Vec<f32>,
}

impl Gate<'_> {
    fn judge(&self, onnx: &[u8]) -> anyhow::Result<AgainstF32> {
        let s = self.shipment;
        let runtime = s.runner.load(onnx, self.kind.engine())?.name().to_owned();
        let rows = s.runner.embed(onnx, self.kind.engine(), &s.validation)?;
        Ok(compare(&self.f32_rows, &rows, s.runner.dim, s.labels, &runtime, s.limits))
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
        let float = s.runner.embed(f32_onnx, kind.engine(), &pictures)?;
        let layers = self.quantised.plan.convs.len();
        let mut done = 0;
        layer_costs(network, &self.quantised.plan, |plan| {
            let rows = s.runner.embed(&self.bytes(plan), kind.engine(), &pictures)?;
            done += 1;
            (s.progress)("layers", done, layers);
            Ok(mean_cosine(&float, &rows, s.runner.dim))
        })
    }
}

//! One model file and what was measured with it.

use std::path::Path;

use super::range::Fields;
use super::{ManifestError, decision};
use crate::manifest::{Accuracy, AgainstF32, CalibrationFacts, Precision, Variant, Verification};

/// Operator sets of ONNX that a file may name.
const OPSETS: std::ops::RangeInclusive<i64> = 1..=99;
/// Most layers left in float.
const MAX_LAYERS: usize = 10_000;
/// Most values of k that recall is told at.
const MAX_RECALLS: usize = 1000;
/// Points of rounding that a difference of two written shares may show.
const ROUNDING: f64 = 1e-6;

pub(super) fn variant(variant: &Variant, fields: Fields<'_>) -> Result<(), ManifestError> {
    let file = &variant.file;
    fields.text("variants[].file", file)?;
    let plain =
        Path::new(file).components().count() == 1 && !file.contains(['/', '\\']) && ![".", ".."].contains(&&**file);
    fields.check(plain, "variants[].file", file, "a file name without folders")?;
    if let Some(opset) = variant.opset {
        fields.count("variants[].opset", opset, OPSETS)?;
    }
    if let Some(facts) = &variant.calibration {
        let precision = format!("given for precision {:?}", variant.precision).to_lowercase();
        let whole = variant.precision == Precision::Int8;
        fields.check(whole, "variants[].calibration", precision, "it for int8 alone")?;
        calibration(facts, fields)?;
    }
    verification(&variant.verification, fields)?;
    variant.accuracy.iter().try_for_each(|a| accuracy(a, fields))?;
    variant.against_f32.iter().try_for_each(|a| against_f32(a, fields))?;
    variant.decision.iter().try_for_each(|d| decision::decision(d, fields))
}

fn calibration(facts: &CalibrationFacts, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.some("variants[].calibration.pictures", facts.pictures)?;
    fields.text("variants[].calibration.observer", &facts.observer)?;
    fields.count("variants[].calibration.float_layers", facts.float_layers.len(), 0..=MAX_LAYERS)?;
    facts.float_layers.iter().try_for_each(|name| fields.text("variants[].calibration.float_layers[]", name))
}

fn verification(v: &Verification, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.cosine("variants[].verification.min_cosine", v.min_cosine)?;
    let Some(mean) = v.mean_cosine else { return Ok(()) };
    fields.cosine("variants[].verification.mean_cosine", mean)?;
    let expected = format_args!("at least min_cosine, {}", v.min_cosine);
    fields.check(mean >= v.min_cosine - ROUNDING, "variants[].verification.mean_cosine", mean, expected)
}

fn accuracy(a: &Accuracy, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.count("variants[].accuracy.recall", a.recall.len(), 0..=MAX_RECALLS)?;
    let mut nearer = 0.0;
    for (k, recall) in &a.recall {
        fields.share("variants[].accuracy.recall", *recall)?;
        let expected = format_args!("at k {k} at least that of a smaller k, {nearer}");
        fields.check(*recall >= nearer, "variants[].accuracy.recall", recall, expected)?;
        nearer = *recall;
    }
    fields.share("variants[].accuracy.map", a.map)
}

fn against_f32(a: &AgainstF32, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.some("variants[].against_f32.queries", a.queries)?;
    fields.share("variants[].against_f32.recall_at_1", a.recall_at_1)?;
    fields.share("variants[].against_f32.f32_recall_at_1", a.f32_recall_at_1)?;
    fields.share("variants[].against_f32.map", a.map)?;
    fields.share("variants[].against_f32.f32_map", a.f32_map)?;
    let lost = 100.0 * (a.f32_recall_at_1 - a.recall_at_1);
    let expected = format_args!("{lost}, 100 × (f32_recall_at_1 − recall_at_1)");
    fields.check((a.drop - lost).abs() <= ROUNDING, "variants[].against_f32.drop", a.drop, expected)?;
    for end in a.interval {
        fields.count("variants[].against_f32.interval", end, -100.0..=100.0)?;
    }
    let interval = format_args!("{:?}", a.interval);
    fields.check(a.interval[0] <= a.interval[1], "variants[].against_f32.interval", interval, "the lower end first")?;
    fields.some("variants[].against_f32.resamples", a.resamples)?;
    fields.count("variants[].against_f32.max_drop", a.max_drop, 0.0..=100.0)?;
    fields.count("variants[].against_f32.mean_cosine", a.mean_cosine, -1.0 - ROUNDING..=1.0 + ROUNDING)?;
    fields.count("variants[].against_f32.min_cosine", a.min_cosine, -1.0..=1.0)?;
    let within = a.drop <= a.max_drop && a.mean_cosine >= a.min_cosine;
    let expected = format_args!(
        "{within}: drop is {}, max_drop {}, mean_cosine {}, min_cosine {}",
        a.drop, a.max_drop, a.mean_cosine, a.min_cosine
    );
    fields.check(a.passed == within, "variants[].against_f32.passed", a.passed, expected)
}

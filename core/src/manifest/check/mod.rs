//! Whether the fields of a manifest are in range and agree with one another. A hostile manifest may say anything:
//! nothing that memory or a loop is sized by is left without a bound.

mod decision;
mod range;
mod tensors;
mod variant;

use std::path::Path;

use super::{Manifest, ManifestError};
use range::Fields;

/// Most model files of a bundle.
const MAX_VARIANTS: usize = 64;

/// Checks every field of `manifest`, read from the file `path`.
///
/// # Errors
/// Where a value is out of range or two contradict one another; the error names file, field and value.
pub(super) fn manifest(manifest: &Manifest, path: &Path) -> Result<(), ManifestError> {
    manifest.layout().map_err(|source| ManifestError::Layout { path: path.to_owned(), source })?;
    let fields = Fields::of(path);
    tensors::input(&manifest.input, fields)?;
    tensors::output(&manifest.output, fields)?;
    fields.count("variants", manifest.variants.len(), 1..=MAX_VARIANTS)?;
    manifest.variants.iter().try_for_each(|v| variant::variant(v, fields))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{manifest, manifest_with_everything};
    use super::super::{AgainstF32, CalibrationFacts, DecisionFacts, IdentificationThreshold, Manifest, Precision};

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Manifest), words: &[&str]) {
        let mut m = manifest_with_everything();
        change(&mut m);
        let error = Manifest::parse(&m.to_json(), Path::new("dir/manifest.json")).unwrap_err().to_string();
        for word in words.iter().chain(&["dir/manifest.json"]) {
            assert!(error.contains(word), "{word:?} is not in: {error}");
        }
    }

    fn calibration(m: &mut Manifest) -> &mut CalibrationFacts {
        m.variants[0].calibration.as_mut().unwrap()
    }

    fn against(m: &mut Manifest) -> &mut AgainstF32 {
        m.variants[0].against_f32.as_mut().unwrap()
    }

    fn decision(m: &mut Manifest) -> &mut DecisionFacts {
        m.variants[0].decision.as_mut().unwrap()
    }

    fn row(m: &mut Manifest) -> &mut IdentificationThreshold {
        &mut decision(m).by_gallery[0]
    }

    #[test]
    fn contradictions_are_refused_by_field() {
        refused(|m| m.format.major = 2, &["format.major is 2"]);
        refused(|m| m.input.shape = [3, 16, 32], &["input.shape", "[3, 16, 32]"]);
        refused(|m| m.output.learners = 9, &["output"]);
        refused(|m| m.output.dim = 70_000, &["output.dim is 70000"]);
        refused(|m| m.variants.clear(), &["variants is 0"]);
        refused(|m| m.variants = vec![m.variants[0].clone(); 65], &["variants is 65"]);
        refused(|m| m.input.preprocess.std[1] = 0.0, &["input.preprocess.std"]);
        refused(|m| m.input.preprocess.resize_shorter = 100_000, &["input.preprocess.resize_shorter is 100000"]);
        for file in ["../../etc/passwd", "..", ".", "a\\b", ""] {
            refused(|m| m.variants[0].file = file.into(), &["variants[].file"]);
        }
        assert!(Manifest::parse("{", Path::new("dir/m")).unwrap_err().to_string().contains("dir/m"));
    }

    #[test]
    fn the_tensors_of_format_1_1_are_checked() {
        refused(|m| m.input.batch = Some(0), &["input.batch is 0"]);
        refused(|m| m.input.batch = Some(1025), &["input.batch is 1025"]);
        refused(|m| m.output.features.as_mut().unwrap().dim = 0, &["output.features.dim is 0"]);
        refused(|m| m.output.features.as_mut().unwrap().dim = 1 << 40, &["output.features.dim is 1099511627776"]);
        refused(|m| m.output.features.as_mut().unwrap().name.clear(), &["output.features.name"]);
        let same = |m: &mut Manifest| m.output.features.as_mut().unwrap().name = m.output.name.clone();
        refused(same, &["output.features.name is embedding"]);
        refused(|m| m.variants[0].opset = Some(-1), &["variants[].opset is -1"]);
    }

    #[test]
    fn the_calibration_is_checked() {
        refused(|m| m.variants[0].precision = Precision::F32, &["variants[].calibration", "f32"]);
        refused(|m| calibration(m).pictures = 0, &["calibration.pictures is 0"]);
        refused(|m| calibration(m).observer = "x".repeat(300), &["calibration.observer", "300 characters"]);
        refused(|m| calibration(m).float_layers = vec!["l".into(); 20_000], &["calibration.float_layers is 20000"]);
        refused(|m| calibration(m).float_layers[0].clear(), &["calibration.float_layers"]);
    }

    #[test]
    fn scores_are_checked() {
        refused(|m| m.variants[0].verification.min_cosine = 1.5, &["verification.min_cosine is 1.5"]);
        refused(|m| m.variants[0].verification.mean_cosine = Some(0.2), &["verification.mean_cosine is 0.2"]);
        refused(|m| m.variants[0].accuracy.as_mut().unwrap().map = -0.1, &["accuracy.map is -0.1"]);
        let recall = |k: usize, value: f64| {
            move |m: &mut Manifest| m.variants[0].accuracy.as_mut().unwrap().recall.extend([(k, value)])
        };
        refused(recall(1, 2.0), &["accuracy.recall is 2"]);
        refused(recall(9, 0.1), &["accuracy.recall is 0.1", "at k 9"]);
        refused(|m| against(m).queries = 0, &["against_f32.queries is 0"]);
        refused(|m| against(m).f32_map = 1.1, &["against_f32.f32_map is 1.1"]);
        refused(|m| against(m).drop = -0.5, &["against_f32.drop is -0.5", "0.5"]);
        refused(|m| against(m).interval = [0.9, 0.1], &["against_f32.interval is [0.9, 0.1]"]);
        refused(|m| against(m).interval = [0.1, 101.0], &["against_f32.interval is 101"]);
        refused(|m| against(m).resamples = 0, &["against_f32.resamples is 0"]);
        refused(|m| against(m).max_drop = -1.0, &["against_f32.max_drop is -1"]);
        refused(|m| against(m).passed = false, &["against_f32.passed is false", "true"]);
    }

    #[test]
    fn thresholds_are_checked() {
        refused(|m| decision(m).rule.threshold = 1.5, &["decision.rule.threshold is 1.5"]);
        refused(|m| decision(m).rule.margin = -0.1, &["decision.rule.margin is -0.1"]);
        refused(|m| decision(m).rates.known_accept_rate = 7.0, &["decision.rates.known_accept_rate is 7"]);
        refused(|m| decision(m).gallery_identities = 0, &["decision.gallery_identities is 0"]);
        refused(|m| row(m).gallery_identities = 0, &["by_gallery[].gallery_identities is 0"]);
        refused(|m| row(m).views_per_identity = 0, &["by_gallery[].views_per_identity is 0"]);
        refused(|m| row(m).target = 0.0, &["by_gallery[].target is 0"]);
        refused(|m| row(m).fpir = 0.2, &["by_gallery[].fpir is 0.2", "0.1"]);
        refused(|m| row(m).rule.threshold = -3.0, &["by_gallery[].rule.threshold is -3"]);
        refused(|m| row(m).known_accept_rate = 1.2, &["by_gallery[].known_accept_rate is 1.2"]);
        refused(|m| row(m).stranger_probes = 0, &["by_gallery[].stranger_probes is 0"]);
        refused(|m| row(m).known_probes = 0, &["by_gallery[].known_probes is 0"]);
        refused(|m| row(m).draws = 0, &["by_gallery[].draws is 0"]);
        refused(|m| decision(m).by_gallery.push(decision(&mut manifest_with_everything()).by_gallery[0]), &["twice"]);
        refused(|m| decision(m).by_gallery = vec![*row(m); 2000], &["by_gallery is 2000"]);
    }

    #[test]
    fn both_samples_are_sound() {
        for m in [manifest(), manifest_with_everything()] {
            super::manifest(&m, Path::new("m")).unwrap();
        }
    }
}

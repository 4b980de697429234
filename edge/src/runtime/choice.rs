//! Which variant of a bundle is run, and with which library.

use dnc_core::manifest::{Precision, Target, Variant};

use super::options::{Engine, Provider, RuntimeOptions};
use crate::bundle::{Bundle, BundleError};

/// Name of a precision as it is asked for.
pub fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F16 => "f16",
        Precision::Int8 => "int8",
    }
}

/// Targets of the variants that `engine` takes, the most wanted first: ONNX Runtime takes what is made for TensorRT where
/// that is the first execution provider, and where the file is asked for by name.
fn targets(engine: Engine, variant: &Variant, options: &RuntimeOptions) -> Vec<Target> {
    let by_name = options.variant.as_ref() == Some(&variant.file);
    match engine {
        Engine::Ort if options.ort.providers.first() == Some(&Provider::Tensorrt) => {
            vec![Target::Tensorrt, Target::Ort]
        }
        Engine::Ort if by_name => vec![Target::Ort, Target::Tensorrt],
        engine => vec![engine.target()],
    }
}

/// The first variant that fits what is asked for. Where no library is asked for tract runs what is made for it, ONNX
/// Runtime the rest.
///
/// # Errors
/// Where no variant fits; the error lists those of the bundle.
pub fn choose<'a>(bundle: &'a Bundle, options: &RuntimeOptions) -> Result<(Engine, &'a Variant), BundleError> {
    let named = |variant: &Variant| {
        options.variant.as_deref().is_none_or(|v| v == variant.file || v == precision_name(variant.precision))
    };
    let engines = options.engine.map_or(vec![Engine::Tract, Engine::Ort], |engine| vec![engine]);
    let variants = &bundle.manifest().variants;
    let fitting = engines.iter().find_map(|engine| {
        // How much a variant is wanted: its place among the engine's targets.
        let rank = |v: &Variant| targets(*engine, v, options).iter().position(|target| v.targets.contains(target));
        let wanted = variants.iter().filter(|v| named(v)).filter_map(|v| rank(v).map(|rank| (rank, v)));
        wanted.min_by_key(|(rank, _)| *rank).map(|(_, v)| (*engine, v))
    });
    fitting.ok_or_else(|| {
        let engines: Vec<_> = engines.iter().map(|e| e.name()).collect();
        let wanted = match &options.variant {
            Some(variant) => format!("{variant} for {}", engines.join(" or ")),
            None => engines.join(" or "),
        };
        bundle.no_variant(wanted)
    })
}

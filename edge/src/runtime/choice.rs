//! Which variant of a bundle is run, and with which library.

use dnc_core::manifest::{Precision, Variant};

use super::options::{Engine, RuntimeOptions};
use crate::bundle::{Bundle, BundleError};

/// Name of a precision as it is asked for.
pub fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F16 => "f16",
        Precision::Int8 => "int8",
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
        variants.iter().find(|v| v.targets.contains(&engine.target()) && named(v)).map(|v| (*engine, v))
    });
    fitting.ok_or_else(|| {
        let engines: Vec<_> = engines.iter().map(|e| format!("{e:?}").to_lowercase()).collect();
        let wanted = match &options.variant {
            Some(variant) => format!("{variant} for {}", engines.join(" or ")),
            None => engines.join(" or "),
        };
        bundle.no_variant(wanted)
    })
}

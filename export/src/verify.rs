//! Comparing the exported model, run by the device's own runtime, with the training network.

use dnc_core::distance::dot;
use dnc_core::manifest::Verification;

/// Lowest cosine, on any picture, between the training network's embedding and the device's f32 one.
pub const MIN_COSINE: f64 = 0.9999;
/// The same of 16-bit weights, whose values have 11 binary digits: 50 layers add that up, and slices of few values feel it most
/// (0.9989 was seen on a picture of a sound MobileNetV2 with slices of 16). A fault of the exporter is far below.
pub const MIN_COSINE_F16: f64 = 0.99;

/// An export that is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The embeddings differ too much.
    #[error(
        "{runtime} and the training network disagree: cosine {cosine:.6} on {picture}, at least {least} is \
         needed; no bundle was written. This is a fault of the exporter: report it with the run's config.toml"
    )]
    Differs {
        /// The device's runtime.
        runtime: String,
        /// Lowest cosine found.
        cosine: f64,
        /// The picture that gave it.
        picture: String,
        /// Lowest cosine that is accepted.
        least: f64,
    },
    /// There is nothing to compare on.
    #[error("no picture of the training set can be read, and an export is verified on real pictures; give --data PATH")]
    NoPictures,
}

/// Cosine of two embeddings; NaN (never accepted) where one has no length.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    f64::from(dot(a, b)) / (f64::from(dot(a, a)).sqrt() * f64::from(dot(b, b)).sqrt())
}

/// Mean cosine of the rows of two matrices; 0 without rows.
pub fn mean_cosine(a: &[f32], b: &[f32], dim: usize) -> f64 {
    let rows = (a.len() / dim).max(1) as f64;
    a.chunks_exact(dim).zip(b.chunks_exact(dim)).map(|(a, b)| cosine(a, b)).sum::<f64>() / rows
}

/// Compares row-major embeddings of the same pictures.
///
/// # Errors
/// Where there is no picture, or one's cosine is below `least` or not a number.
///
/// # Panics
/// Where the matrices have different sizes.
pub fn compare(
    trained: &[f32],
    device: &[f32],
    dim: usize,
    runtime: &str,
    least: f64,
    picture: impl Fn(usize) -> String,
) -> Result<Verification, VerifyError> {
    assert_eq!(trained.len(), device.len(), "embeddings of the same pictures");
    let pictures = trained.len() / dim;
    let cosines = trained.chunks_exact(dim).zip(device.chunks_exact(dim)).map(|(a, b)| cosine(a, b));
    // A cosine that is no number is the worst of all.
    let rank = |cosine: f64| if cosine.is_nan() { f64::NEG_INFINITY } else { cosine };
    let worst = cosines.enumerate().min_by(|a, b| rank(a.1).total_cmp(&rank(b.1)));
    let (at, cosine) = worst.ok_or(VerifyError::NoPictures)?;
    if cosine >= least {
        let mean_cosine = Some(mean_cosine(trained, device, dim));
        Ok(Verification { runtime: runtime.to_owned(), pictures, min_cosine: cosine, mean_cosine })
    } else {
        Err(VerifyError::Differs { runtime: runtime.to_owned(), cosine, picture: picture(at), least })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_picture_decides() {
        let trained = [1.0, 0.0, 0.0, 1.0, 0.6, 0.8];
        let name = |i| format!("picture {i}");
        let same = compare(&trained, &trained, 2, "tract", MIN_COSINE, name).unwrap();
        assert_eq!(same.pictures, 3);
        let device = [1.0, 0.0, 0.1, 1.0, 0.6, 0.8];
        let error = compare(&trained, &device, 2, "tract", MIN_COSINE, name).unwrap_err().to_string();
        assert!(error.contains("picture 1") && error.contains("0.995"), "{error}");
    }

    #[test]
    fn no_number_and_no_picture_are_refused() {
        let device = [1.0, 0.0, f32::NAN, 0.0, 1.0, 0.0];
        let trained = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        assert!(compare(&trained, &device, 2, "tract", MIN_COSINE, |i| i.to_string()).is_err());
        assert!(matches!(compare(&[], &[], 2, "tract", MIN_COSINE, |i| i.to_string()), Err(VerifyError::NoPictures)));
    }
}

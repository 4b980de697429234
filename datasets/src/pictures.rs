//! Decoding many pictures at once, broken ones reported together.

use dnc_core::picture::{self, PictureError};
use image::RgbImage;
use rayon::prelude::*;

use crate::{DatasetError, Sample};

/// Decodes the pictures of `samples` in parallel and hands each to `each`; answers the results in order, and
/// what is broken. `progress` is called once a picture, from any thread.
pub fn map<T: Send>(
    samples: &[&Sample],
    each: impl Fn(&Sample, RgbImage) -> T + Sync,
    progress: impl Fn() + Sync,
) -> (Vec<Option<T>>, Vec<PictureError>) {
    let results: Vec<Result<T, PictureError>> = samples
        .par_iter()
        .map(|sample| {
            let result = picture::read(&sample.path).map(|picture| each(sample, picture));
            progress();
            result
        })
        .collect();
    let mut broken = Vec::new();
    let values = results.into_iter().map(|r| r.map_err(|e| broken.push(e)).ok()).collect();
    (values, broken)
}

/// Refuses broken pictures, or tells of them where they may be skipped.
///
/// # Errors
/// [`DatasetError::Broken`] with the list, unless `skip`.
pub fn refuse_broken(broken: Vec<PictureError>, of: usize, skip: bool) -> Result<usize, DatasetError> {
    if broken.is_empty() || skip { Ok(broken.len()) } else { Err(DatasetError::Broken(broken, of)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, Split};

    #[test]
    fn broken_pictures_are_listed_together() {
        let dir = tempfile::tempdir().unwrap();
        RgbImage::new(3, 2).save(dir.path().join("good.png")).unwrap();
        std::fs::write(dir.path().join("cut.png"), b"\x89PNG").unwrap();
        let samples: Vec<Sample> = ["good.png", "cut.png", "absent.png"]
            .iter()
            .map(|f| Sample {
                path: dir.path().join(f),
                identity: 0,
                camera: None,
                split: Split::Train,
                role: Role::Both,
            })
            .collect();
        let refs: Vec<&Sample> = samples.iter().collect();
        let (values, broken) = map(&refs, |_, picture| picture.width(), || ());
        assert_eq!(values, [Some(3), None, None]);
        let count = broken.len();
        let error = refuse_broken(broken, 3, false).unwrap_err().to_string();
        assert!(error.starts_with("2 of 3") && error.contains("cut.png") && error.contains("absent.png"), "{error}");
        assert!(error.contains("--skip-broken"));
        let (_, broken) = map(&refs, |_, _| (), || ());
        assert_eq!(refuse_broken(broken, 3, true).unwrap(), count);
    }
}

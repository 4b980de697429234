//! What the tests of all subjects share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dnc_core::metrics::{Labelled, RetrievalScores, leave_one_out};
use image::RgbImage;
use rayon::prelude::*;

use super::RenderConfig;
use crate::histogram::colour_histogram;

/// All files below a folder with their bytes.
pub(super) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("below the folder").display().to_string();
            (name, fs::read(entry.path()).expect("readable"))
        })
        .collect()
}

/// Scores of colour histograms on the test part, leave-one-out, with recall at 1.
pub(super) fn histogram_scores(
    config: &RenderConfig,
    draw: fn(&RenderConfig, usize, usize, usize) -> RgbImage,
) -> RetrievalScores {
    let jobs: Vec<_> = config.jobs().into_iter().filter(|job| !config.is_training(job.identity)).collect();
    let rows: Vec<Vec<f32>> =
        jobs.par_iter().map(|job| colour_histogram(&draw(config, job.identity, job.camera, job.picture))).collect();
    let labels: Vec<u32> = jobs.iter().map(|job| job.identity as u32).collect();
    let (dim, matrix) = (rows[0].len(), rows.concat());
    leave_one_out(Labelled::new(&matrix, dim, &labels), &[1])
}

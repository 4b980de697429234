//! What the tests of all subjects share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dnc_core::metrics::{Labelled, RetrievalScores, leave_one_out};
use image::RgbImage;
use rayon::prelude::*;

use super::{RenderConfig, RenderError, RenderSummary};
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

/// A renderer of a whole data set.
type Render = fn(&RenderConfig, &Path, &(dyn Fn(usize, usize) + Sync)) -> Result<RenderSummary, RenderError>;

/// Checks that one thread and two render the same bytes; answers the pictures rendered.
pub(super) fn same_bytes_whatever_the_threads(config: &RenderConfig, render: Render) -> usize {
    let with = |threads: usize| {
        let out = tempfile::tempdir().expect("temporary folder");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("thread pool");
        let summary = pool.install(|| render(config, out.path(), &|_, _| {})).expect("renders");
        (summary, tree(out.path()))
    };
    let (one, two) = (with(1), with(2));
    assert_eq!(one.0, two.0);
    assert!(one.1 == two.1, "files differ between one and two threads");
    one.0.pictures
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

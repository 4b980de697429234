//! What is rendered, and where its pictures go.

use std::path::PathBuf;

use image::RgbImage;

use super::config::{Job, RenderConfig};

/// The pixels of one picture and the JPEG quality its camera saves with.
pub(super) struct Shot {
    pub(super) picture: RgbImage,
    pub(super) quality: u8,
}

/// A kind of thing to render, with the layout of the data set that shows it. All paths are relative to the data
/// set's folder.
pub(super) trait Subject: Sync {
    /// Folder that holds the pictures and nothing else.
    fn pictures(&self) -> &'static str;

    /// Where the picture of `job`, number `index` of all, goes.
    fn file(&self, config: &RenderConfig, index: usize, job: Job) -> PathBuf;

    /// Takes a picture.
    fn take(&self, config: &RenderConfig, job: Job) -> Shot;

    /// The lists: path and text of each.
    fn lists(&self, config: &RenderConfig, jobs: &[Job]) -> Vec<(String, String)>;

    /// The line of the README that tells which configuration made a folder.
    fn signature(&self, config: &RenderConfig) -> String;

    /// The README, which contains the signature as a line of its own.
    fn readme(&self, config: &RenderConfig) -> String;
}

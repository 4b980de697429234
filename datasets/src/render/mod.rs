//! Rendered pictures of vehicles for re-identification: a data set that needs no download and no permission.
//!
//! A vehicle's *identity* is a combination of attributes from shared lists: body type and proportions, two of
//! eight paints in one of several layouts, decals, roof load, rims, lamps, glass. A *camera* has a fixed place,
//! height, lens, colour cast, exposure, noise and JPEG quality. Each *picture* adds its own yaw, light, clutter,
//! occlusion and noise. Cameras all see the right flank, from three-quarter front to three-quarter rear, so that
//! any two pictures of a vehicle share something to recognise.
//!
//! Vehicles are convex solids in 3-D, seen through a pinhole camera and filled by `tiny-skia`. Everything is a
//! pure function of [`RenderConfig`]: neither threads nor the order of work change a byte.

mod body;
mod canvas;
mod coachwork;
mod config;
mod decal;
mod error;
mod geometry;
mod identity;
mod layout;
mod lens;
mod occluder;
mod palette;
mod random;
mod roof;
mod scenery;
mod shot;
mod site;
mod solid;
#[cfg(test)]
mod tests;
mod vehicle;
mod wheel;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::codecs::jpeg::JpegEncoder;
use rayon::prelude::*;

pub use config::RenderConfig;
pub use error::RenderError;

/// What [`render_vehicles`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderSummary {
    /// Number of pictures.
    pub pictures: usize,
    /// Size of pictures and lists together.
    pub bytes: u64,
}

/// Renders a data set in the layout of PKU VehicleID into the folder `out`, which is made if missing:
///
/// - `image/0000001.jpg` …
/// - `train_test_split/train_list.txt`, `test_list_<N>.txt` with N the number of test identities; lines
///   `<name without .jpg> <vehicle number from 1>`
/// - `attribute/img2vid.txt`, `color_attr.txt` (vehicle, paint 0..=7), `model_attr.txt` (vehicle, body type
///   0..=9), and `img2cam.txt` (name, camera from 0), which VehicleID does not have
/// - `README.txt` with the configuration
///
/// The lists are written last: a folder with lists is complete. Running again after an interruption rewrites the
/// same bytes. Pictures are drawn on rayon's current thread pool; `progress` is called from its threads with
/// (done, total), where `done` counts finished pictures and may arrive out of order.
///
/// # Errors
/// [`RenderError::OutOfRange`] for a bad configuration, [`RenderError::Occupied`] if `out` holds other pictures,
/// [`RenderError::File`] with the path where reading or writing failed.
pub fn render_vehicles(
    config: &RenderConfig,
    out: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<RenderSummary, RenderError> {
    config.check()?;
    layout::prepare(config, out)?;
    let jobs = config.jobs();
    let done = AtomicUsize::new(0);
    let sizes = jobs
        .par_iter()
        .enumerate()
        .map(|(index, job)| {
            let shot = shot::take(config.seed, config.size_px, job.identity, job.camera, job.picture);
            let path = layout::picture_path(out, index);
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, shot.quality)
                .encode_image(&shot.picture)
                .map_err(|e| RenderError::File { path: path.clone(), source: io::Error::other(e) })?;
            layout::write(&path, &bytes)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            Ok(bytes.len() as u64)
        })
        .collect::<Result<Vec<u64>, RenderError>>()?;
    let lists = layout::write_lists(config, &jobs, out)?;
    Ok(RenderSummary { pictures: jobs.len(), bytes: sizes.iter().sum::<u64>() + lists })
}

/// Draws one picture, before JPEG compression: `size_px` × `size_px` RGB.
///
/// `identity` and `camera` are numbered as in [`RenderConfig`] (training first, from 0) but need not be within its
/// counts: any number gives a valid vehicle or camera. `picture` numbers the pictures of this identity by this
/// camera; another number is another moment. Of `config` only `seed` and `size_px` (taken to lie in 32..=1024)
/// matter.
pub fn draw_vehicle(config: &RenderConfig, identity: usize, camera: usize, picture: usize) -> image::RgbImage {
    shot::take(config.seed, config.size_px.clamp(32, 1024), identity, camera, picture).picture
}

//! Rendered pictures for re-identification: data sets that need no download and no permission.
//!
//! **Vehicles.** A vehicle's *identity* is a combination of attributes from shared lists: body type and
//! proportions, two of eight paints in one of several layouts, decals, roof load, rims, lamps, glass. A *camera*
//! has a fixed place, height, lens, colour cast, exposure, noise and JPEG quality. Each *picture* adds its own yaw,
//! light, clutter, occlusion and noise. Cameras all see the right flank, from three-quarter front to three-quarter
//! rear, so that any two pictures of a vehicle share something to recognise.
//!
//! **Garments.** A garment's *identity* is its cut (kind, lengths, widths, neckline, collar, closure, pockets), its
//! pattern, its prints and its trims, in three of eight dyes that all garments share. A *room* has fixed walls,
//! light, camera, colour cast, exposure, noise and JPEG quality. Each *picture* adds its own pose (worn by
//! somebody, on a hanger, lying on a table), view, folds, light, other clothes, occlusion and noise.
//!
//! Everything is a pure function of [`RenderConfig`]: neither threads nor the order of work change a byte.

mod canvas;
mod colour;
mod config;
mod error;
mod folder;
mod garment;
mod geometry;
mod lens;
mod random;
mod shape;
mod subject;
#[cfg(test)]
mod testing;
mod vehicle;

use std::path::Path;

pub use config::RenderConfig;
pub use error::RenderError;

use config::Job;
use garment::Garments;
use subject::Subject;
use vehicle::Vehicles;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderSummary {
    /// Number of pictures.
    pub pictures: usize,
    /// Size of pictures and lists together.
    pub bytes: u64,
}

/// Renders vehicles in the layout of PKU VehicleID into the folder `out`, which is made if missing:
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
    folder::render(&Vehicles, config, out, progress)
}

/// Draws one picture, before JPEG compression: `size_px` × `size_px` RGB.
///
/// `identity` and `camera` are numbered as in [`RenderConfig`] (training first, from 0) but need not be within its
/// counts: any number gives a valid vehicle or camera. `picture` numbers the pictures of this identity by this
/// camera; another number is another moment. Of `config` only `seed` and `size_px` (taken to lie in 32..=1024)
/// matter.
pub fn draw_vehicle(config: &RenderConfig, identity: usize, camera: usize, picture: usize) -> image::RgbImage {
    draw(&Vehicles, config, identity, camera, picture)
}

/// Renders garments in the layout of In-Shop Clothes Retrieval into the folder `out`, which is made if missing:
///
/// - `Img/img/WOMEN/Dresses/id_00000002/01_1_front.jpg` …: category, item number from 1, number of the picture
///   among its item's, and from where it is seen
/// - `Eval/list_eval_partition.txt`: the number of pictures, the line `image_name item_id evaluation_status`, then
///   a line for each picture, its name relative to `Img`, its item, and `train`, `query` or `gallery`
/// - `Anno/list_room.txt` (name, room from 0), which In-Shop does not have
/// - `README.txt` with the configuration
///
/// The cameras of `config` are rooms, each with its own camera and light. Every second picture of a test item is
/// a query, the others are its gallery. Order of writing, threads and `progress` as in [`render_vehicles`].
///
/// # Errors
/// As [`render_vehicles`].
pub fn render_garments(
    config: &RenderConfig,
    out: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<RenderSummary, RenderError> {
    folder::render(&Garments, config, out, progress)
}

/// Draws one picture of a garment, before JPEG compression: `size_px` × `size_px` RGB. `camera` is a room; numbers
/// are as in [`draw_vehicle`].
pub fn draw_garment(config: &RenderConfig, identity: usize, camera: usize, picture: usize) -> image::RgbImage {
    draw(&Garments, config, identity, camera, picture)
}

fn draw(
    subject: &dyn Subject,
    config: &RenderConfig,
    identity: usize,
    camera: usize,
    picture: usize,
) -> image::RgbImage {
    let config = RenderConfig { size_px: config.size_px.clamp(32, 1024), ..config.clone() };
    subject.take(&config, Job { identity, camera, picture }).picture
}

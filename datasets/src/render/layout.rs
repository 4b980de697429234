//! The PKU VehicleID folder layout, plus a camera list.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::config::{Job, RenderConfig};
use super::error::RenderError;
use super::identity::Identity;

/// Raised whenever the same configuration gives other pictures, so that a folder of an older renderer is not
/// silently mixed with new pictures.
const RENDERER_VERSION: u32 = 1;

const README: &str = "README.txt";

/// Name of picture `index` (from 0) without `.jpg`.
fn name(index: usize) -> String {
    format!("{:07}", index + 1)
}

/// Where picture `index` (from 0) goes.
pub(super) fn picture_path(out: &Path, index: usize) -> PathBuf {
    out.join("image").join(name(index) + ".jpg")
}

/// The vehicle id number in the lists.
fn vehicle_id(identity: usize) -> usize {
    identity + 1
}

/// Makes the folders. A folder with pictures is accepted only if this very configuration made them (an
/// interrupted run): its README, written before the first picture, says so.
pub(super) fn prepare(config: &RenderConfig, out: &Path) -> Result<(), RenderError> {
    let images = out.join("image");
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| RenderError::File { path, source }
    };
    // Refuse before anything is made: a wrong path must stay as it was.
    if images.exists() && fs::read_dir(&images).map_err(failed(&images))?.next().is_some() {
        let made_by = fs::read_to_string(out.join(README)).unwrap_or_default();
        if !made_by.lines().any(|line| line == signature(config)) {
            return Err(RenderError::Occupied { folder: out.to_path_buf() });
        }
    }
    for folder in [&images, &out.join("train_test_split"), &out.join("attribute")] {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    write(&out.join(README), readme(config).as_bytes())
}

/// Writes all lists; gives their size in bytes.
pub(super) fn write_lists(config: &RenderConfig, jobs: &[Job], out: &Path) -> Result<u64, RenderError> {
    let [mut train, mut test, mut vehicles, mut cameras] = [const { String::new() }; 4];
    for (index, job) in jobs.iter().enumerate() {
        let (name, id) = (name(index), vehicle_id(job.identity));
        let list = if config.is_training(job.identity) { &mut train } else { &mut test };
        // Writing to a String cannot fail.
        let _ = writeln!(list, "{name} {id}");
        let _ = writeln!(vehicles, "{name} {id}");
        let _ = writeln!(cameras, "{name} {}", job.camera);
    }
    let [mut colours, mut models] = [const { String::new() }; 2];
    for identity in 0..config.train_identities + config.test_identities {
        let (id, look) = (vehicle_id(identity), Identity::new(config.seed, identity));
        let _ = writeln!(colours, "{id} {}", look.first);
        let _ = writeln!(models, "{id} {}", look.body.number());
    }
    let test_list = format!("train_test_split/test_list_{}.txt", config.test_identities);
    let files = [
        ("train_test_split/train_list.txt", train),
        (test_list.as_str(), test),
        ("attribute/img2vid.txt", vehicles),
        ("attribute/img2cam.txt", cameras),
        ("attribute/color_attr.txt", colours),
        ("attribute/model_attr.txt", models),
    ];
    let mut bytes = 0;
    for (file, text) in files {
        write(&out.join(file), text.as_bytes())?;
        bytes += text.len() as u64;
    }
    Ok(bytes)
}

/// Writes a file; an error carries its path.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    fs::write(path, bytes).map_err(|source| RenderError::File { path: path.to_path_buf(), source })
}

/// The line that tells which configuration made a folder.
fn signature(c: &RenderConfig) -> String {
    format!(
        "configuration: renderer={RENDERER_VERSION} train_identities={} test_identities={} train_cameras={} \
         test_cameras={} views_per_identity={} size_px={} seed={}",
        c.train_identities, c.test_identities, c.train_cameras, c.test_cameras, c.views_per_identity, c.size_px, c.seed
    )
}

fn readme(config: &RenderConfig) -> String {
    format!(
        "Rendered vehicles for re-identification. No photograph, no real vehicle, no number plate.\n\
         \n\
         Made by dnc-reid, dnc_datasets::render::render_vehicles, with\n\
         {}\n\
         The same configuration gives the same bytes.\n\
         \n\
         Layout of PKU VehicleID: image/<name>.jpg; train_test_split/train_list.txt and test_list_<vehicles>.txt\n\
         with lines '<name> <vehicle>'; attribute/img2vid.txt '<name> <vehicle>', color_attr.txt '<vehicle> <0..7>',\n\
         model_attr.txt '<vehicle> <body type>'. Not in VehicleID: attribute/img2cam.txt '<name> <camera>'.\n\
         Test vehicles and test cameras (numbers from {}) are never in the training list.\n",
        signature(config),
        config.train_cameras
    )
}

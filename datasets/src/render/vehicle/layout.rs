//! The PKU VehicleID folder layout, plus a camera list.

use std::fmt::Write;
use std::path::PathBuf;

use super::identity::Identity;
use super::shot;
use crate::render::config::{Job, RenderConfig};
use crate::render::subject::{Shot, Subject};

/// Raised whenever the same configuration gives other pictures, so that a folder of an older renderer is not
/// silently mixed with new pictures.
const RENDERER_VERSION: u32 = 1;

/// Vehicles seen by several cameras.
pub(in crate::render) struct Vehicles;

/// Name of picture `index` (from 0) without `.jpg`.
fn name(index: usize) -> String {
    format!("{:07}", index + 1)
}

/// The vehicle id number in the lists.
fn vehicle_id(identity: usize) -> usize {
    identity + 1
}

impl Subject for Vehicles {
    fn pictures(&self) -> &'static str {
        "image"
    }

    fn file(&self, _: &RenderConfig, index: usize, _: Job) -> PathBuf {
        PathBuf::from(self.pictures()).join(name(index) + ".jpg")
    }

    fn take(&self, config: &RenderConfig, job: Job) -> Shot {
        shot::take(config.seed, config.size_px, job.identity, job.camera, job.picture)
    }

    fn lists(&self, config: &RenderConfig, jobs: &[Job]) -> Vec<(String, String)> {
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
        vec![
            ("train_test_split/train_list.txt".into(), train),
            (format!("train_test_split/test_list_{}.txt", config.test_identities), test),
            ("attribute/img2vid.txt".into(), vehicles),
            ("attribute/img2cam.txt".into(), cameras),
            ("attribute/color_attr.txt".into(), colours),
            ("attribute/model_attr.txt".into(), models),
        ]
    }

    fn signature(&self, config: &RenderConfig) -> String {
        format!("configuration: renderer={RENDERER_VERSION} {config}")
    }

    fn readme(&self, config: &RenderConfig) -> String {
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
            self.signature(config),
            config.train_cameras
        )
    }
}

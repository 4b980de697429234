//! The folder layout of In-Shop Clothes Retrieval (DeepFashion), as its authors ship it.

use std::fmt::Write;
use std::path::PathBuf;

use super::identity::Identity;
use super::shot;
use crate::render::config::{Job, RenderConfig};
use crate::render::subject::{Shot, Subject};

/// Raised whenever the same configuration gives other pictures, so that a folder of an older renderer is not
/// silently mixed with new pictures.
const RENDERER_VERSION: u32 = 1;

/// Garments in several rooms.
pub(in crate::render) struct Garments;

/// The item's name in paths and lists.
fn item(identity: usize) -> String {
    format!("id_{:08}", identity + 1)
}

/// A picture's name in the list, relative to `Img`: its number among the item's pictures stands where In-Shop has
/// the number of the series (one colour of the item, one session).
fn name(config: &RenderConfig, job: Job) -> String {
    let category = Identity::new(config.seed, job.identity).category();
    let aspect = shot::aspect(config.seed, job).name();
    format!("img/{category}/{}/{:02}_{aspect}.jpg", item(job.identity), job.picture + 1)
}

/// What the list says about a picture. Rooms are visited in turn, so that with an even number of them an item's
/// queries and its gallery are never in the same room, while other items' gallery pictures are.
fn status(config: &RenderConfig, job: Job) -> &'static str {
    match (config.is_training(job.identity), job.picture % 2) {
        (true, _) => "train",
        (false, 0) => "query",
        (false, _) => "gallery",
    }
}

impl Subject for Garments {
    fn pictures(&self) -> &'static str {
        "Img"
    }

    fn file(&self, config: &RenderConfig, _: usize, job: Job) -> PathBuf {
        PathBuf::from(self.pictures()).join(name(config, job))
    }

    fn take(&self, config: &RenderConfig, job: Job) -> Shot {
        shot::take(config.seed, config.size_px, job)
    }

    fn lists(&self, config: &RenderConfig, jobs: &[Job]) -> Vec<(String, String)> {
        let [mut partition, mut rooms] = [const { String::new() }; 2];
        // Writing to a String cannot fail.
        let _ = writeln!(partition, "{}\nimage_name item_id evaluation_status", jobs.len());
        for &job in jobs {
            let name = name(config, job);
            // Columns are padded, as the authors' are.
            let _ = writeln!(partition, "{name:<70} {} {:<10}", item(job.identity), status(config, job));
            let _ = writeln!(rooms, "{name} {}", job.camera);
        }
        vec![("Eval/list_eval_partition.txt".into(), partition), ("Anno/list_room.txt".into(), rooms)]
    }

    fn signature(&self, config: &RenderConfig) -> String {
        format!("configuration: garments={RENDERER_VERSION} {config}")
    }

    fn readme(&self, config: &RenderConfig) -> String {
        format!(
            "Rendered garments for re-identification. No photograph, no real garment, no real person.\n\
             \n\
             Made by dnc-reid, dnc_datasets::render::render_garments, with\n\
             {}\n\
             The same configuration gives the same bytes.\n\
             \n\
             Layout of In-Shop Clothes Retrieval: Img/img/<WOMEN or MEN>/<category>/<item>/<picture>_<aspect>.jpg;\n\
             Eval/list_eval_partition.txt with the number of pictures, a header, and lines '<name> <item> <train, query\n\
             or gallery>'. Not in In-Shop: Anno/list_room.txt '<name> <room>'.\n\
             Test items and test rooms (numbers from {}) are never in the training part.\n",
            self.signature(config),
            config.train_cameras
        )
    }
}

//! Tests of the garments as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::frame::Fragment;
use super::identity::Identity;
use super::look::look;
use super::piece::Part;
use crate::render::testing::{histogram_scores, same_bytes_whatever_the_threads, tree};
use crate::render::{RenderConfig, RenderError, draw_garment, render_garments, render_vehicles};

fn small() -> RenderConfig {
    RenderConfig {
        train_identities: 3,
        test_identities: 3,
        train_cameras: 2,
        test_cameras: 2,
        views_per_identity: 3,
        size_px: 32,
        seed: 5,
    }
}

#[test]
fn same_configuration_same_bytes_whatever_the_threads() {
    assert_eq!(same_bytes_whatever_the_threads(&small(), render_garments), 18);
}

#[test]
fn another_seed_gives_other_pictures() {
    let other = RenderConfig { seed: 6, ..small() };
    assert_ne!(draw_garment(&small(), 0, 0, 0), draw_garment(&other, 0, 0, 0));
    assert_ne!(draw_garment(&small(), 0, 0, 0), draw_garment(&small(), 0, 0, 1));
    assert_ne!(draw_garment(&small(), 0, 0, 0), draw_garment(&small(), 1, 0, 0));
    assert_ne!(draw_garment(&small(), 0, 0, 0), draw_garment(&small(), 0, 1, 0));
}

/// Rows of a partition list as a reader of In-Shop takes them: name, item, status.
fn partition(root: &Path) -> Vec<[String; 3]> {
    let text = fs::read_to_string(root.join("Eval/list_eval_partition.txt")).expect("a list");
    let mut lines = text.lines();
    let count: usize = lines.next().expect("a count").parse().expect("a number");
    assert_eq!(lines.next(), Some("image_name item_id evaluation_status"));
    let rows: Vec<[String; 3]> = lines
        .map(|line| {
            let columns: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            columns.try_into().expect("three columns")
        })
        .collect();
    assert_eq!(rows.len(), count);
    rows
}

#[test]
fn the_list_and_the_pictures_agree() {
    let out = tempfile::tempdir().expect("temporary folder");
    render_garments(&small(), out.path(), &|_, _| {}).expect("renders");
    let rows = partition(out.path());
    let mut items: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for [name, item, status] in &rows {
        let picture = image::open(out.path().join("Img").join(name)).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (32, 32));
        let parts: Vec<&str> = name.split('/').collect();
        let [img, people, _category, folder, _file] = parts[..] else { panic!("five parts in {name}") };
        assert!(img == "img" && ["MEN", "WOMEN"].contains(&people), "{name}");
        assert_eq!(folder, item);
        assert!(names.insert(name), "{name} stands twice");
        items.entry(item).or_default().push(status);
    }
    assert_eq!(items.len(), 6);
    for (item, status) in items {
        let test = item > "id_00000003";
        assert_eq!(status.contains(&"train"), !test, "{item}");
        assert_eq!(status.contains(&"query") && status.contains(&"gallery"), test, "{item}");
    }
    let pictures = tree(&out.path().join("Img")).len();
    assert_eq!(pictures, rows.len(), "pictures that no line names");
    let rooms = fs::read_to_string(out.path().join("Anno/list_room.txt")).expect("a list");
    for (line, [name, _, status]) in rooms.lines().zip(&rows) {
        let (picture, room) = line.split_once(' ').expect("two columns");
        assert_eq!(picture, name);
        assert_eq!(room.parse::<usize>().expect("a number") < 2, status == "train");
    }
}

#[test]
fn queries_and_gallery_of_an_item_are_in_other_rooms() {
    let config = RenderConfig { train_identities: 1, test_identities: 4, views_per_identity: 6, ..small() };
    let mut rooms: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
    for job in config.jobs().iter().filter(|job| !config.is_training(job.identity)) {
        rooms.entry((job.identity, job.picture % 2)).or_default().insert(job.camera);
    }
    for identity in 1..5 {
        assert!(rooms[&(identity, 0)].is_disjoint(&rooms[&(identity, 1)]), "{rooms:?}");
    }
}

#[test]
fn a_folder_of_another_configuration_or_subject_is_refused_and_the_same_one_resumed() {
    let out = tempfile::tempdir().expect("temporary folder");
    render_garments(&small(), out.path(), &|_, _| {}).expect("renders");
    let before = tree(out.path());
    render_garments(&small(), out.path(), &|_, _| {}).expect("renders again");
    assert!(before == tree(out.path()));
    let other = RenderConfig { seed: 6, ..small() };
    let refused = [render_garments(&other, out.path(), &|_, _| {}), render_vehicles(&small(), out.path(), &|_, _| {})];
    for error in refused.map(|result| result.expect_err("occupied")) {
        assert!(matches!(error, RenderError::Occupied { .. }), "{error}");
    }
    assert!(before == tree(out.path()), "a refused run must not touch the folder");
}

#[test]
fn any_number_and_size_draws() {
    let config = RenderConfig { size_px: 0, ..small() };
    for identity in 0..40 {
        assert_eq!(draw_garment(&config, 1_000_000 + identity, 999, 77).dimensions(), (32, 32));
    }
}

/// Pinned bytes (made on x86-64; only exact arithmetic is used, so any machine should agree). After a wanted change
/// of the pictures raise `RENDERER_VERSION` in `layout.rs` and put the digest that this test prints here.
#[test]
fn pictures_keep_their_bytes() {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for identity in 0..24 {
        hash.update(draw_garment(&RenderConfig::default(), identity, identity % 10, 0).as_raw());
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "65183d8fcbb85404");
}

/// What tells garments apart is there to be seen: of any two, the cloth of the fronts differs at a tenth of the
/// places at least, or the cut differs in kind or by a hand's breadth.
#[test]
fn no_two_garments_look_alike() {
    let front = |identity: &Identity| -> Vec<Option<[f32; 3]>> {
        let place = |i: usize| Fragment {
            across: (i % 24) as f32 / 24.0 - 0.48,
            along: 1.0 + 2.0 * (i / 24) as f32,
            inside: false,
        };
        (0..24 * 30).map(|i| look(identity, Part::Trunk, 0.0, place(i))).collect()
    };
    let all: Vec<_> = (0..120).map(|i| Identity::new(1, i)).map(|identity| (front(&identity), identity)).collect();
    for (i, (a, one)) in all.iter().enumerate() {
        for (b, other) in &all[..i] {
            let places = a.iter().zip(b).filter(|(p, q)| p != q).count();
            let length = (one.hem - other.hem).abs().max(54.0 * (one.sleeve - other.sleeve).abs());
            let alike = places * 10 < a.len() && one.cut == other.cut && length < 10.0;
            assert!(!alike, "{places} places differ, lengths by {length} cm:\n{one:?}\n{other:?}");
        }
    }
}

/// Colour alone finds some garments and not most, whichever garments and rooms a seed draws: a network has to earn
/// its score.
#[test]
fn a_colour_histogram_finds_some_garments_but_not_most() {
    for seed in [1, 2, 3] {
        let config =
            RenderConfig { size_px: 32, test_identities: 40, views_per_identity: 6, seed, ..Default::default() };
        let scores = histogram_scores(&config, draw_garment);
        let (recall, map) = (scores.recall[&1], scores.map);
        assert!((0.05..=0.40).contains(&recall) && map < 0.2, "seed {seed}: recall@1 {recall}, mAP {map}");
    }
}

//! Tests of the vehicles as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::Vehicles;
use crate::render::testing::{histogram_scores, same_bytes_whatever_the_threads, tree};
use crate::render::{RenderConfig, RenderError, draw_vehicle, folder, render_vehicles};

fn small() -> RenderConfig {
    RenderConfig {
        train_identities: 3,
        test_identities: 2,
        train_cameras: 2,
        test_cameras: 2,
        views_per_identity: 3,
        size_px: 48,
        seed: 5,
    }
}

#[test]
fn same_configuration_same_bytes_whatever_the_threads() {
    assert_eq!(same_bytes_whatever_the_threads(&small(), render_vehicles), 15);
}

#[test]
fn another_seed_gives_other_pictures() {
    let other = RenderConfig { seed: 6, ..small() };
    assert_ne!(draw_vehicle(&small(), 0, 0, 0), draw_vehicle(&other, 0, 0, 0));
    assert_ne!(draw_vehicle(&small(), 0, 0, 0), draw_vehicle(&small(), 0, 0, 1));
    assert_ne!(draw_vehicle(&small(), 0, 0, 0), draw_vehicle(&small(), 1, 0, 0));
}

#[test]
fn lists_agree_with_each_other_and_with_the_pictures() {
    let out = tempfile::tempdir().expect("temporary folder");
    render_vehicles(&small(), out.path(), &|_, _| {}).expect("renders");
    let pairs = |file: &str| -> Vec<(String, usize)> {
        fs::read_to_string(out.path().join(file))
            .expect(file)
            .lines()
            .map(|line| {
                let (name, number) = line.split_once(' ').expect("two columns");
                (name.to_owned(), number.parse().expect("a number"))
            })
            .collect()
    };
    let (train, test) = (pairs("train_test_split/train_list.txt"), pairs("train_test_split/test_list_2.txt"));
    assert_eq!((train.len(), test.len()), (9, 6));
    let ids = |list: &[(String, usize)]| list.iter().map(|l| l.1).collect::<BTreeSet<_>>();
    assert!(ids(&train).is_disjoint(&ids(&test)));
    assert_eq!([train.clone(), test.clone()].concat(), pairs("attribute/img2vid.txt"));
    for (name, _) in train.iter().chain(&test) {
        let picture = image::open(out.path().join(format!("image/{name}.jpg"))).expect("decodes");
        assert_eq!((picture.width(), picture.height()), (48, 48));
    }
    let cameras: BTreeMap<_, _> = pairs("attribute/img2cam.txt").into_iter().collect();
    assert!(train.iter().all(|(name, _)| cameras[name] < 2));
    assert!(test.iter().all(|(name, _)| (2..4).contains(&cameras[name])));
    assert_eq!(pairs("attribute/color_attr.txt").len(), 5);
    assert!(pairs("attribute/model_attr.txt").iter().all(|&(_, model)| model < 10));
}

#[test]
fn a_folder_of_another_configuration_is_refused_and_the_same_one_resumed() {
    let out = tempfile::tempdir().expect("temporary folder");
    render_vehicles(&small(), out.path(), &|_, _| {}).expect("renders");
    let before = tree(out.path());
    render_vehicles(&small(), out.path(), &|_, _| {}).expect("renders again");
    assert!(before == tree(out.path()));
    let other = RenderConfig { seed: 6, ..small() };
    let error = render_vehicles(&other, out.path(), &|_, _| {}).expect_err("occupied");
    assert!(matches!(error, RenderError::Occupied { .. }), "{error}");
    assert!(before == tree(out.path()), "a refused run must not touch the folder");
}

#[test]
fn a_write_error_names_the_file() {
    let out = tempfile::tempdir().expect("temporary folder");
    // A folder where picture 4 should go cannot be overwritten, whoever runs the test.
    folder::prepare(&Vehicles, &small(), &small().jobs(), out.path()).expect("prepares");
    fs::create_dir(out.path().join("image/0000004.jpg")).expect("makes the obstacle");
    let error = render_vehicles(&small(), out.path(), &|_, _| {}).expect_err("cannot write");
    assert!(error.to_string().contains("0000004.jpg"), "{error}");
}

#[test]
fn any_number_and_size_draws() {
    let config = RenderConfig { size_px: 0, ..small() };
    assert_eq!(draw_vehicle(&config, 1_000_000, 999, 77).dimensions(), (32, 32));
}

/// The set is neither trivial nor hopeless for colour alone, whichever vehicles and cameras a seed draws: a
/// network has to earn its score.
#[test]
fn a_colour_histogram_finds_some_vehicles_but_not_most() {
    for (size_px, seed) in [(96, 1), (64, 1), (64, 2), (64, 3)] {
        let config = RenderConfig { size_px, seed, ..RenderConfig::default() };
        let recall = histogram_scores(&config, draw_vehicle).recall[&1];
        assert!((0.10..=0.60).contains(&recall), "recall@1 at {size_px} px with seed {seed}: {recall}");
    }
}

/// Pinned bytes (made on x86-64; only exact arithmetic is used, so any machine should agree). After a wanted change
/// of the pictures raise `RENDERER_VERSION` in `layout.rs` and put the digest that this test prints here.
#[test]
fn pictures_keep_their_bytes() {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for identity in 0..12 {
        hash.update(draw_vehicle(&RenderConfig::default(), identity, identity % 10, 0).as_raw());
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "246198789c1d3f9a");
}

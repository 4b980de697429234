//! Runs that cannot be exported, pictures that moved, and what an export without validation lacks.

use dnc_edge::Bundle;

use crate::support::Site;

#[test]
fn a_run_without_a_checkpoint_is_named_with_the_command_that_makes_one() {
    let site = Site::trained(|_| ());
    std::fs::rename(site.path("run"), site.path("elsewhere")).unwrap();
    site.export("bundle", &[]).refused(&["run: no checkpoint", "dnc-train run --out"]);
    // Settings without a checkpoint: training was refused or never came so far.
    std::fs::create_dir(site.path("run")).unwrap();
    std::fs::copy(site.path("elsewhere/config.toml"), site.path("run/config.toml")).unwrap();
    site.export("bundle", &[]).refused(&["run: no checkpoint", "dnc-train run --out"]);
    assert!(!site.path("bundle").exists());
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let site = Site::trained(|_| ());
    let model = site.path("run/epoch-0002/model.mpk");
    let bytes = std::fs::read(&model).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() / 2]).unwrap();
    site.export("bundle", &[]).refused(&["epoch-0002/model.mpk: damaged", "train again"]);
    assert_eq!(site.names(), ["run", "vehicles"]);
}

#[test]
fn pictures_that_moved_are_given_by_data() {
    let mut site = Site::trained(|_| ());
    std::fs::rename(site.path("vehicles"), site.path("moved")).unwrap();
    site.export("bundle", &[]).refused(&["vehicles does not exist", "where they moved, give --data PATH"]);
    assert!(!site.path("bundle").exists());
    site.export("bundle", &["--data", &site.arg("moved")]).done();
    site.config.data = site.path("moved");
    site.assert_device_agrees("bundle");
}

#[test]
fn a_broken_picture_stops_the_export() {
    let site = Site::trained(|_| ());
    // Whoever is held out: all pictures of the training part are broken.
    for i in 1..=96 {
        std::fs::write(site.path(&format!("vehicles/image/{i:07}.jpg")), b"no picture").unwrap();
    }
    site.export("bundle", &[]).refused(&["64 of 64 pictures cannot be used", "cannot decode picture", ".jpg"]);
    assert_eq!(site.names(), ["run", "vehicles"]);
}

#[test]
fn without_validation_identities_there_is_no_threshold_and_a_note() {
    let site = Site::trained(|c| c.validation_share = 0.0);
    let said = site.export("bundle", &[]).done();
    assert!(said.stderr.contains("no validation identities"), "{}", said.stderr);
    let bundle = Bundle::open(&site.path("bundle")).unwrap();
    let variant = &bundle.manifest().variants[0];
    assert!(variant.accuracy.is_none() && variant.decision.is_none(), "{variant:?}");
    // The device then asks for thresholds: `dnc-edge identify` takes its rule from here.
    assert!(dnc_edge::IdentificationRule::of(variant).is_none());
    assert!(variant.verification.pictures >= 64, "it is verified on training pictures then");
}

#[test]
fn too_few_validation_identities_give_accuracy_but_no_threshold() {
    let site = Site::trained(|c| c.validation_share = 0.1);
    let said = site.export("bundle", &[]).done();
    let words = ["2 validation identities are too few", "validation_share", "--threshold and --margin"];
    assert!(words.iter().all(|w| said.stderr.contains(w)), "{}", said.stderr);
    let bundle = Bundle::open(&site.path("bundle")).unwrap();
    let variant = &bundle.manifest().variants[0];
    assert!(variant.accuracy.is_some() && variant.decision.is_none(), "{variant:?}");
}

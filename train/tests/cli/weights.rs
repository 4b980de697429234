//! Pretrained weights that are missing, damaged, or of another network.

use crate::pickle::state_dict;
use crate::support::{Site, cut};

#[test]
fn files_that_are_no_weights_are_named_with_the_way_to_get_some() {
    let site = Site::new();
    site.write("garbage.pt", "no weights at all, but some text");
    state_dict(&site.path("short.pt"), "features.0.0.weight", &[8, 3, 3, 1]);
    cut(&site.path("short.pt"), 0.5);
    for file in ["absent.pt", "garbage.pt", "short.pt"] {
        let run = site.run("run", &["--weights", &site.arg(file)]);
        run.refused(1, &["cannot read weights", file, "dnc-train weights fetch"]);
        assert!(!site.path("run/checkpoint").exists());
    }
    // A baseline starts from the same file and says the same.
    let (weights, data) = (site.arg("garbage.pt"), site.arg("vehicles"));
    let flags = ["evaluate", "--baseline", "features", "--weights", &weights, "--data", &data];
    crate::support::train(&flags).refused(1, &["cannot read weights", "garbage.pt"]);
}

#[test]
fn weights_of_another_shape_or_architecture_name_the_tensor() {
    let site = Site::new();
    // The small network's first convolution has 8 x 3 x 3 x 3 weights.
    state_dict(&site.path("shape.pt"), "features.0.0.weight", &[4, 3, 3, 3]);
    let run = site.run("run", &["--weights", &site.arg("shape.pt")]);
    run.refused(1, &["shape.pt", "features.0.0.weight", "[4, 3, 3, 3]", "[8, 3, 3, 3]", "another width"]);
    state_dict(&site.path("other.pt"), "conv1.weight", &[2, 3, 3, 3]);
    let run = site.run("run", &["--weights", &site.arg("other.pt")]);
    run.refused(1, &["other.pt", "no tensor features.0.0.weight", "conv1.weight", "another architecture"]);
    let run = site.run("run", &["--backbone", "resnet-18", "--width", "0.125", "--weights", &site.arg("other.pt")]);
    run.refused(1, &["other.pt", "conv1.weight", "[2, 3, 3, 3]", "resnet_18 width 0.125 needs [8, 3, 7, 7]"]);
}

#[test]
fn an_entry_that_claims_more_than_the_file_has_is_refused() {
    let site = Site::new();
    let path = site.path("swollen.pt");
    state_dict(&path, "features.0.0.weight", &[8, 3, 3, 3]);
    // Both places where a zip says how long `data/0` is: 8 · 3 · 3 · 3 numbers of 4 bytes.
    let (mut bytes, length) = (std::fs::read(&path).unwrap(), 864u32.to_le_bytes());
    for at in (0..bytes.len() - 4).filter(|at| bytes[*at..at + 4] == length).collect::<Vec<_>>() {
        bytes[at..at + 4].copy_from_slice(&0xfff0_0000u32.to_le_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    site.run("run", &["--weights", &site.arg("swollen.pt")])
        .refused(1, &["cannot read weights", "swollen.pt", "claims"]);
}

#[test]
fn weights_without_a_package_are_said_to_come_by_path() {
    let said = crate::support::train(&["weights", "list"]).done().stdout;
    for word in ["mobilenet-v2", "SHA-256", "resnet-18, resnet-50", "--weights"] {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[test]
fn unknown_weights_list_the_known_ones() {
    let run = crate::support::train(&["weights", "fetch", "nosuchnet"]);
    assert_ne!(run.code, Some(0));
    assert!(run.stderr.contains("nosuchnet") && run.stderr.contains("mobilenet-v2"), "{}", run.stderr);
}

//! Checkpoints that are damaged.

use std::path::Path;

use crate::support::{Site, cut};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

type Damage = fn(&Path);

#[test]
fn a_damaged_file_is_named_with_what_to_do() {
    let site = Site::new();
    site.run("sound", &[]).done();
    let damages: [(&str, Damage); 8] = [
        ("epoch-0004/model.mpk", |f| cut(f, 0.5)),
        ("epoch-0004/model.mpk", |f| cut(f, 0.0)),
        ("epoch-0004/model.mpk", |f| std::fs::remove_file(f).unwrap()),
        ("epoch-0004/optimizer.mpk", |f| cut(f, 0.9)),
        ("epoch-0004/state.json", |f| cut(f, 0.7)),
        ("epoch-0004/history.json", |f| std::fs::write(f, "{}").unwrap()),
        ("checkpoint", |f| std::fs::write(f, "epoch-0009").unwrap()),
        ("checkpoint", |f| std::fs::write(f, "").unwrap()),
    ];
    for (i, (file, damage)) in damages.into_iter().enumerate() {
        let name = format!("run{i}");
        copy(&site.path("sound"), &site.path(&name));
        damage(&site.path(&name).join(file));
        let advice = format!("delete {} and train again", site.arg(&name));
        let run = site.run(&name, &["--epochs", "5"]);
        run.refused(1, &[file, "another --out", &advice]);
        assert!(!run.stderr.contains("0.14"), "advice on files of another program: {}", run.stderr);
        let uses_file = file.ends_with("model.mpk") || file == "checkpoint";
        if uses_file {
            site.evaluate(&name, &[]).refused(1, &[file, &advice]);
        }
    }
    // The advice is good.
    std::fs::remove_dir_all(site.path("run0")).unwrap();
    site.run("run0", &[]).done();
}

#[test]
fn where_the_newest_weights_are_lost_older_ones_are_named() {
    let site = Site::new();
    site.run("run", &["--keep-every", "1"]).done();
    cut(&site.path("run/epoch-0004/model.mpk"), 0.5);
    std::fs::remove_file(site.path("run/epoch-0002/model.mpk")).unwrap();
    let advice = ["epoch-0004/model.mpk: damaged", "--checkpoint N, after epoch 1, 3; to train", "train again"];
    site.evaluate("run", &[]).refused(1, &advice);
    site.evaluate("run", &["--checkpoint", "3"]).done();
    std::fs::write(site.path("run/checkpoint"), "epoch-0009").unwrap();
    site.evaluate("run", &[]).refused(1, &["run/checkpoint: damaged", "--checkpoint N, after epoch 1, 3, 4"]);
    site.evaluate("run", &["--checkpoint", "3"]).done();
}

#[test]
fn one_flipped_byte_is_told_with_its_file() {
    let site = Site::new();
    site.run("run", &["--ema", "0.9"]).done();
    for name in crate::support::names(&site.path("run/epoch-0004")).iter().filter(|n| *n != "SHA256SUMS") {
        let path = site.path("run/epoch-0004").join(name);
        let sound = std::fs::read(&path).unwrap();
        let mut flipped = sound.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        std::fs::write(&path, flipped).unwrap();
        site.run("run", &["--ema", "0.9", "--epochs", "5"]).refused(1, &[name, "damaged", "SHA-256", "train again"]);
        std::fs::write(&path, sound).unwrap();
    }
    site.run("run", &["--ema", "0.9", "--epochs", "5"]).done();
}

#[test]
fn weights_of_another_network_under_the_same_settings_are_refused() {
    let site = Site::new();
    site.run("run", &[]).done();
    // The checkpoint of one network with the settings of another: as if the program's networks had changed.
    for (field, was, now) in [("width", "0.25", "0.5"), ("backbone", "\"small\"", "\"mobilenet-v2\"")] {
        let config = std::fs::read_to_string(site.path("run/config.toml")).unwrap();
        let changed = config.replace(&format!("{field} = {was}"), &format!("{field} = {now}"));
        assert_ne!(changed, config);
        site.write("run/config.toml", &changed);
        site.evaluate("run", &[]).refused(1, &["model.mpk: damaged", "another version of dnc-train", "train again"]);
    }
}

#[test]
fn damaged_settings_of_a_run_are_named() {
    let site = Site::new();
    site.run("run", &[]).done();
    site.write("run/config.toml", "epochs = \n");
    site.evaluate("run", &[]).refused(1, &["run/config.toml", "line 1"]);
    site.run("run", &[]).refused(1, &["run/config.toml", "line 1"]);
}

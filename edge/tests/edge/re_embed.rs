//! A gallery for another model, from the thumbnails of the old one.

use std::path::Path;

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Precision;
use dnc_core::normalize::group_normalize;
use dnc_edge::gallery::{Embedded, NewView, Outcome};
use dnc_edge::{Gallery, GalleryError, Space};
use serde_json::json;

use crate::edge;
use crate::gallery::view;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

fn other_space() -> Space {
    Space { space_id: "space two".into(), layout: EmbeddingLayout::new(6, 2).unwrap() }
}

/// A model of the other space: what it gives for a thumbnail depends on its bytes, and 200 it cannot embed.
fn other(picture: &[u8]) -> Result<Vec<f32>, String> {
    if picture[0] == 200 {
        return Err("too bright".into());
    }
    let mut values: Vec<f32> = (0..6).map(|i| f32::from(picture[0]) + i as f32).collect();
    group_normalize(&mut values, &other_space().layout);
    Ok(values)
}

#[test]
fn names_times_and_bars_stay_and_what_is_left_out_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut old = crate::transfer::full(&dir.path().join("old"));
    let cannot = NewView { thumbnail: Some(vec![200]), ..view(40, 6) };
    old.enroll(&[cannot]).unwrap();
    let mut new = Gallery::create_or_open(&dir.path().join("new"), &other_space()).unwrap();
    let mut batches = Vec::new();
    let done = old
        .re_embed_into(&mut new, Precision::Int8, 2, |pictures: &[&[u8]]| -> Embedded<GalleryError> {
            batches.push(pictures.len());
            Ok(pictures.iter().map(|p| other(p)).collect())
        })
        .unwrap();
    assert!(batches.iter().all(|n| *n <= 2) && batches.iter().sum::<usize>() == 5 + 1 + 1, "{batches:?}");
    // Of 15 views, those of picture 0, 4, 8, 12 and 16 have a thumbnail; of 7 bars one.
    assert_eq!((done.identities, done.views, done.bars), (5, 5, 1));
    assert_eq!(done.left_out.len(), 10 + 1 + 6);
    let bright = done.left_out.iter().find(|l| l.source == "40.png").unwrap();
    assert_eq!((bright.identity.as_str(), bright.bar, bright.reason.as_str()), ("id6", false, "too bright"));
    let bars = done.left_out.iter().filter(|l| l.bar && l.reason.contains("no thumbnail")).count();
    assert_eq!(bars, 6);

    assert_eq!(new.verify().unwrap().faults, Vec::<String>::new());
    let of = |g: &Gallery| g.identities().unwrap().into_iter().map(|i| (i.name, i.created)).collect::<Vec<_>>();
    assert_eq!(of(&new), of(&old));
    let views = new.views().unwrap();
    let sources: Vec<&str> = views.iter().map(|v| v.source.as_str()).collect();
    assert_eq!(sources, ["0.png", "4.png", "8.png", "12.png", "16.png"]);
    assert!(views.iter().all(|v| v.precision == "int8" && v.has_thumbnail));
    // As in the old one: not for every third.
    assert_eq!(views.iter().map(|v| v.has_f32).collect::<Vec<_>>(), [false, true, true, false, true]);
    let known: Vec<bool> = new.bars().unwrap().into_iter().map(|b| b.has_embedding).collect();
    assert_eq!((known.len(), known.iter().filter(|k| **k).count()), (7, 1));
    assert_eq!(new.snapshot().unwrap().nearest(&other(&[5]).unwrap(), 1)[0].identity, "id0");
    // A bar without an embedding still keeps the picture out.
    let barred = NewView { embedding: other(&[3]).unwrap(), ..view(2, 2) };
    assert_eq!(new.enroll(&[barred]).unwrap(), [Outcome::Barred]);
    assert_eq!(new.counts().unwrap().views, 5);
}

#[test]
fn an_embedding_that_is_none_of_the_new_model_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let old = crate::transfer::full(&dir.path().join("old"));
    let mut new = Gallery::create_or_open(&dir.path().join("new"), &other_space()).unwrap();
    let narrow = |pictures: &[&[u8]]| -> Embedded<GalleryError> { Ok(vec![Ok(vec![1.0]); pictures.len()]) };
    let error = old.re_embed_into(&mut new, Precision::F32, 8, narrow).unwrap_err();
    assert!(matches!(error, GalleryError::Width { found: 1, expected: 6, .. }), "{error}");
}

fn answer(bundle: &Path, gallery: &Path, probe: &Path) -> (String, f64) {
    let line = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json().remove(0);
    (line["identity"].as_str().unwrap().to_owned(), line["similarity"].as_f64().unwrap())
}

#[test]
fn the_command_makes_a_gallery_that_the_new_model_identifies_with() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 4, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people, "--keep-thumbnails=40"].done();
    let (plain, new) = (write(dir.path(), 9, 0), parts(2).folder(&dir.path().join("new")));
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "id9", plain].done();
    let probe = write(dir.path(), 2, 5);
    edge!["identify", "--bundle", new, "--gallery", gallery, probe]
        .refused(1, &["dnc-edge gallery re-embed --bundle B --gallery", "site.gallery", "--out NEW"]);

    let before = std::fs::read(&gallery).unwrap();
    let out = dir.path().join("new.gallery");
    // What an interrupted run may have left is in nobody's way.
    std::fs::write(dir.path().join("new.gallery.partial"), b"half").unwrap();
    let run = edge!["gallery", "re-embed", "--bundle", new, "--gallery", gallery, "--out", out, "--json"];
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("id9") && run.stderr.contains("no thumbnail was kept"), "{}", run.stderr);
    let line = &run.json()[0];
    assert_eq!((&line["identities"], &line["views"]), (&json!(5), &json!(8)));
    assert_eq!(line["left_out"][0]["identity"], "id9");
    assert!(std::fs::read(&gallery).unwrap() == before, "the old gallery stays");
    assert!(!dir.path().join("new.gallery.partial").exists());

    let (name, similarity) = answer(&new, &out, &probe);
    // The same as when the pictures themselves are enrolled with it, but for what JPEG costs.
    let direct = dir.path().join("direct.gallery");
    edge!["enroll", "--bundle", new, "--gallery", direct, "--folder", people].done();
    let (expected, exact) = answer(&new, &direct, &probe);
    assert_eq!(name, expected);
    assert!((similarity - exact).abs() < 0.01, "{similarity} against {exact}");
    // A picture is known by its own hash, not its thumbnail's.
    let again = people.join("id0/v0.png");
    let run = edge!["enroll", "--bundle", new, "--gallery", out, "--identity", "id0", again].done();
    assert!(run.stdout.contains("1 already enrolled"), "{}", run.stdout);
    edge!["gallery", "re-embed", "--bundle", new, "--gallery", gallery, "--out", out].refused(1, &["is there already"]);
    edge!["gallery", "verify", "--gallery", out].done();
}

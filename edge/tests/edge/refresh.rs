//! Answers keep up with the gallery, and it is not read again for nothing.

use std::path::Path;

use dnc_core::manifest::Precision;
use dnc_edge::gallery::NewView;
use dnc_edge::live::{RuleSource, Site, SiteError};
use dnc_edge::{Bundle, Gallery, Space};
use serde_json::json;
use time::OffsetDateTime;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{picture, png};
use crate::support::site::site;

/// A view of picture number `number`; any embedding of the model's width will do.
fn view(space: &Space, identity: &str, number: u8) -> NewView {
    let mut embedding = vec![0.0; space.layout.dim()];
    embedding.iter_mut().step_by(space.layout.dim() / space.layout.learners()).for_each(|first| *first = 1.0);
    NewView {
        identity: identity.into(),
        embedding,
        source: format!("{number}.png"),
        picture_sha256: [number; 32],
        precision: Precision::F32,
        keep_f32: true,
        thumbnail: None,
    }
}

fn opened(dir: &Path) -> (Site, Gallery, Space) {
    let bundle = Bundle::open(&parts(1).folder(&dir.join("bundle"))).unwrap();
    let space = Space::of(bundle.manifest());
    let mut gallery = Gallery::create_or_open(&dir.join("g"), &space).unwrap();
    gallery.enroll(&[view(&space, "a", 1)]).unwrap();
    let variant = bundle.manifest().variants[0].clone();
    let site = Site::new(bundle, variant, RuleSource::default(), Default::default(), &gallery).unwrap();
    (site, gallery, space)
}

#[test]
fn the_gallery_is_read_again_where_a_search_would_read_something_else() {
    let dir = tempfile::tempdir().unwrap();
    let (site, mut gallery, space) = opened(dir.path());
    assert!(!site.refresh(&gallery).unwrap(), "nothing has changed");
    gallery.enroll(&[view(&space, "b", 1)]).unwrap();
    gallery.saw(["a"], OffsetDateTime::now_utc()).unwrap();
    assert!(!site.refresh(&gallery).unwrap(), "a picture that was enrolled before, and a sighting");
    assert_eq!(gallery.stats().unwrap().views, 1);

    let mut changed = |what: &str, change: &dyn Fn(&mut Gallery)| {
        change(&mut gallery);
        assert!(site.refresh(&gallery).unwrap(), "{what}");
        assert!(!site.refresh(&gallery).unwrap(), "{what}, and nothing after it");
    };
    changed("enrol", &|g| assert_eq!(g.enroll(&[view(&space, "b", 2)]).unwrap().len(), 1));
    changed("rename", &|g| g.rename("b", "c").unwrap());
    changed("bar", &|g| assert_eq!(g.bar(&[view(&space, "a", 3)]).unwrap().len(), 1));
    changed("merge", &|g| assert_eq!(g.merge("c", "a").unwrap(), 1));
    changed("remove", &|g| assert_eq!(g.remove("a").unwrap(), 2));
    assert_eq!(site.counts(), (0, 0));
}

#[test]
fn what_another_process_may_have_written_is_read_every_time() {
    let dir = tempfile::tempdir().unwrap();
    let (site, mut gallery, space) = opened(dir.path());
    let reader = Gallery::open(gallery.path()).unwrap();
    gallery.enroll(&[view(&space, "b", 2)]).unwrap();
    assert!(site.refresh(&reader).unwrap() && site.refresh(&reader).unwrap());
    assert_eq!(site.counts(), (2, 2));
}

#[test]
fn changes_that_come_while_one_is_read_share_a_reading() {
    let dir = tempfile::tempdir().unwrap();
    let (site, mut gallery, space) = opened(dir.path());
    let mut revisions = Vec::new();
    for number in 2..6 {
        gallery.enroll(&[view(&space, "b", number)]).unwrap();
        revisions.push(gallery.revision());
    }
    // Each asks for its own state; the first to have the turn reads that of all.
    let mut readings = 0;
    for revision in revisions {
        let newest = || {
            readings += 1;
            Ok::<_, SiteError>(gallery.committed()?)
        };
        site.catch_up(revision, newest).unwrap();
        assert_eq!(site.counts(), (2, 5));
    }
    assert_eq!(readings, 1);
}

#[test]
fn a_state_is_read_as_it_was_while_the_gallery_changes() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut gallery, space) = opened(dir.path());
    let before = gallery.committed().unwrap();
    gallery.enroll(&[view(&space, "b", 2)]).unwrap();
    assert_eq!(before.snapshot(Default::default()).unwrap().views(), 1);
    assert_eq!(gallery.snapshot().unwrap().views(), 2);
    assert!(before.revision() < gallery.revision());
}

#[test]
fn the_service_reads_again_for_changes_alone() {
    let site = site();
    let server = site.serve(&[]);
    let reads = || server.metric("dnc_edge_gallery_reads_total");
    server.ask("POST", "/v1/enroll?identity=id9", &png(&picture(9, 0))).json(201);
    assert_eq!(reads(), 1.0);
    server.ask("POST", "/v1/enroll?identity=id9", &png(&picture(9, 0))).json(200);
    server.get("/v1/identities").json(200);
    server.post_json("/v1/gallery/rename", &json!({"identity": "id9", "to": "id0"})).refused(409, "name_taken");
    assert_eq!(reads(), 1.0, "a duplicate, a list and a refusal change nothing");
}

#[test]
fn what_is_enrolled_at_the_service_can_be_embedded_by_another_model() {
    let site = site();
    let server = site.serve(&["--keep-thumbnails"]);
    server.ask("POST", "/v1/enroll?identity=id8&box=0,0,16,32", &png(&picture(8, 0))).json(201);
    let event = server.ask("POST", "/v1/identify", &png(&picture(30, 0))).json(200);
    let correction = format!("/v1/events/{}/correction", event["id"]);
    server.post_json(&correction, &json!({"new": "id30"})).json(200);
    drop(server);
    let gallery = Gallery::open(&site.gallery).unwrap();
    let kept: Vec<_> = gallery.views().unwrap().iter().map(|v| gallery.thumbnail(v.id).unwrap()).collect();
    let sizes: Vec<_> =
        kept.into_iter().flatten().map(|jpeg| dnc_core::picture::decode(&jpeg).unwrap().dimensions()).collect();
    // The part that was embedded, in its own size: nothing is enlarged.
    assert_eq!(sizes, [(16, 32), (16, 16)]);
    drop(gallery);
    let (other, new) = (parts(2).folder(&site.dir.path().join("other")), site.dir.path().join("new"));
    let made = edge!["gallery", "re-embed", "--gallery", site.gallery, "--bundle", other, "--out", new];
    assert_eq!(made.code, 3, "the site's first four were enrolled without: {}", made.stderr);
    let identities = Gallery::open(&new).unwrap().identities().unwrap();
    let views = |name: &str| identities.iter().find(|i| i.name == name).map(|i| i.views);
    assert_eq!((views("id8"), views("id30"), views("id0")), (Some(1), Some(1), Some(0)));
}

//! Galleries whose times are set by hand.

use std::path::Path;

use dnc_core::EmbeddingLayout;
use redb::backends::InMemoryBackend;

use super::*;
use crate::gallery::Space;
use crate::gallery::transaction::Stop;
use crate::gallery::write::{Entry, Kept};

const HOUR: [&str; 6] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00Z",
    "2026-01-01T02:00:00Z",
    "2026-01-01T03:00:00Z",
    "2026-01-01T04:00:00Z",
    "2026-01-01T05:00:00Z",
];

fn at(hour: usize) -> OffsetDateTime {
    parse(HOUR[hour]).unwrap()
}

/// Of each identity: its name, when it was made, and when each view was enrolled.
fn gallery(identities: &[(&str, usize, &[usize])]) -> Gallery {
    let space = Space { space_id: "s".into(), layout: EmbeddingLayout::new(2, 1).unwrap() };
    let mut gallery = Gallery::create_with_backend(InMemoryBackend::new(), Path::new("g"), &space).unwrap();
    let made = gallery.writing(|tables| {
        let mut picture = [0; 32];
        for (name, created, views) in identities {
            let identity = tables.identity_or_new(name, HOUR[*created])?;
            for hour in *views {
                picture[0] += 1;
                let kept = Kept::Values { values: &[0.6, 0.8], keep: true };
                let (source, time) = ("x.jpg", HOUR[*hour]);
                let entry = Entry { kept, source, picture: &picture, time, precision: "f32", thumbnail: &[1] };
                tables.add(identity, entry)?;
            }
        }
        Ok::<_, Stop<GalleryError>>(())
    });
    made.unwrap();
    gallery
}

fn expired(gallery: &mut Gallery, age: Age, hour: usize) -> (Vec<String>, usize) {
    let before = gallery.counts().unwrap();
    let would = gallery.would_expire(age, at(hour)).unwrap();
    assert_eq!(gallery.counts().unwrap(), before, "asking changes nothing");
    let done = gallery.expire(age, at(hour)).unwrap();
    assert_eq!(would, done);
    assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
    let after = gallery.counts().unwrap();
    assert_eq!(after.views + done.views as u64, before.views);
    assert_eq!(after.identities + done.identities.len() as u64, before.identities);
    (done.identities, done.views)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[test]
fn an_identity_goes_by_the_last_that_was_seen_of_it() {
    let mut g = gallery(&[("a", 0, &[0, 1]), ("b", 0, &[0, 3]), ("c", 0, &[1]), ("d", 2, &[])]);
    g.saw(["c", "nobody"], at(4)).unwrap();
    g.saw(["c"], at(2)).unwrap();
    assert_eq!(expired(&mut g, Age::LastSeen, 1), (names(&[]), 0), "what is just as old stays");
    assert_eq!(expired(&mut g, Age::LastSeen, 2), (names(&["a"]), 2));
    assert_eq!(expired(&mut g, Age::LastSeen, 4), (names(&["b", "d"]), 2), "one without views goes by its creation");
    assert_eq!(
        expired(&mut g, Age::LastSeen, 5),
        (names(&["c"]), 1),
        "an earlier sighting does not replace a later one"
    );
    assert_eq!(g.counts().unwrap().identities, 0);
}

#[test]
fn a_view_goes_by_its_enrolment_and_an_identity_with_its_last_view() {
    let mut g = gallery(&[("a", 0, &[0, 1]), ("b", 0, &[0, 3]), ("c", 0, &[4]), ("d", 2, &[])]);
    g.saw(["a"], at(5)).unwrap();
    assert_eq!(expired(&mut g, Age::Enrolment, 1), (names(&[]), 2));
    assert_eq!(expired(&mut g, Age::Enrolment, 2), (names(&["a"]), 1), "that it was seen plays no part");
    assert_eq!(expired(&mut g, Age::Enrolment, 3), (names(&["d"]), 0));
    assert_eq!(expired(&mut g, Age::Enrolment, 5), (names(&["b", "c"]), 2));
}

#[test]
fn a_bar_goes_with_its_identity_only() {
    let mut g = gallery(&[("a", 0, &[0, 4])]);
    g.bar_views("a", &[1]).unwrap();
    assert_eq!(expired(&mut g, Age::Enrolment, 3), (names(&[]), 0));
    assert_eq!(g.bars().unwrap().len(), 1);
    assert_eq!(expired(&mut g, Age::Enrolment, 5), (names(&["a"]), 1));
    assert_eq!(g.bars().unwrap().len(), 0);
}

#[test]
fn a_time_that_is_none_is_damage() {
    let mut g = gallery(&[("a", 0, &[0])]);
    g.writing(|tables| {
        tables.seen.insert(1, "soon")?;
        Ok::<_, Stop<GalleryError>>(())
    })
    .unwrap();
    let error = g.expire(Age::LastSeen, at(3)).unwrap_err();
    assert!(matches!(error, GalleryError::Damaged { .. }) && error.to_string().contains("soon"), "{error}");
}

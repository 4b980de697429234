//! The power goes at every single call of a long script, by a storage of our own: a killed process leaves its writes in
//! the system's cache, a power cut does not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

use dnc_edge::gallery::{Age, NewView};
use dnc_edge::{Gallery, GalleryError};
use time::{Duration, OffsetDateTime};

use crate::gallery::{space, view};

mod disk;

pub use disk::{Disk, EVERY_LOSS};

/// What a gallery holds, and the same kept in plain sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Content {
    identities: BTreeSet<String>,
    /// Picture → name of its identity, and whether a thumbnail is kept.
    views: BTreeMap<String, (String, bool)>,
    /// Name of an identity, and a picture that is not of it.
    bars: BTreeSet<(String, String)>,
}

fn content(gallery: &Gallery) -> Content {
    let names: BTreeMap<u64, String> = gallery.identities().unwrap().into_iter().map(|i| (i.id, i.name)).collect();
    let views = gallery.views().unwrap().into_iter();
    Content {
        views: views.map(|v| (v.source, (names[&v.identity].clone(), v.has_thumbnail))).collect(),
        bars: gallery.bars().unwrap().into_iter().map(|b| (names[&b.identity].clone(), b.source)).collect(),
        identities: names.into_values().collect(),
    }
}

impl Content {
    fn enroll(&mut self, views: &[NewView]) {
        for view in views {
            let key = (view.identity.clone(), view.source.clone());
            if !self.views.contains_key(&view.source) && !self.bars.contains(&key) {
                self.identities.insert(view.identity.clone());
                self.views.insert(view.source.clone(), (view.identity.clone(), view.thumbnail.is_some()));
            }
        }
    }

    fn owned(&self, name: &str) -> Vec<String> {
        self.views.iter().filter(|(_, (owner, _))| owner == name).map(|(source, _)| source.clone()).collect()
    }

    fn barred_from(&self, name: &str) -> Vec<String> {
        self.bars.iter().filter(|(owner, _)| owner == name).map(|(_, source)| source.clone()).collect()
    }

    /// Everything of `from` becomes `to`'s; of one name another is made in this way too.
    fn hand_over(&mut self, from: &str, to: &str) {
        let bars = self.barred_from(from);
        for source in self.owned(from) {
            self.bars.remove(&(to.to_owned(), source.clone()));
            self.views.get_mut(&source).unwrap().0 = to.to_owned();
        }
        let owned = self.owned(to);
        self.bars.extend(bars.into_iter().filter(|s| !owned.contains(s)).map(|s| (to.to_owned(), s)));
        self.remove(from);
        self.identities.insert(to.to_owned());
    }

    fn remove(&mut self, name: &str) {
        self.identities.remove(name);
        self.views.retain(|_, (owner, _)| owner != name);
        self.bars.retain(|(owner, _)| owner != name);
    }
}

type OnGallery = dyn Fn(&mut Gallery) -> Result<(), GalleryError>;

/// A transaction, and the same on the plain sets.
struct Change {
    on_gallery: Box<OnGallery>,
    on_sets: Box<dyn Fn(&mut Content)>,
}

fn change(
    on_gallery: impl Fn(&mut Gallery) -> Result<(), GalleryError> + 'static,
    on_sets: impl Fn(&mut Content) + 'static,
) -> Change {
    Change { on_gallery: Box::new(on_gallery), on_sets: Box::new(on_sets) }
}

/// Ids of the views of these pictures.
fn ids(gallery: &Gallery, sources: &[String]) -> Vec<u64> {
    gallery.views().unwrap().into_iter().filter(|v| sources.contains(&v.source)).map(|v| v.id).collect()
}

/// The first `n` pictures of an identity, by their path.
fn first_of(gallery: &Gallery, name: &str, n: usize) -> Vec<String> {
    let mut sources = content(gallery).owned(name);
    sources.truncate(n);
    sources
}

fn enroll(round: usize, part: usize) -> Change {
    let numbers = round * 100 + part * 10..round * 100 + part * 10 + 8;
    let views: Vec<NewView> =
        numbers.map(|i| NewView { thumbnail: i.is_multiple_of(3).then(|| vec![7; 300]), ..view(i, i % 5) }).collect();
    let plain = views.clone();
    change(move |g| g.enroll(&views).map(|_| ()), move |c| c.enroll(&plain))
}

/// What another gallery exported.
fn exported(round: usize) -> (Vec<u8>, Vec<NewView>) {
    let views: Vec<NewView> = (0..6).map(|i| view(5_000 + round * 10 + i, 2 + i % 4)).collect();
    let mut other = Gallery::create_with_backend(Disk::holding(Vec::new(), usize::MAX), Path::new("o"), &space());
    let other = other.as_mut().unwrap();
    other.enroll(&views).unwrap();
    let mut file = Vec::new();
    other.export(&mut file).unwrap().unwrap();
    (file, views)
}

/// The changes of one round; the next one begins with an empty gallery.
fn round(round: usize) -> Vec<Change> {
    let new = format!("renamed {round}");
    let again = new.clone();
    let (file, imported) = exported(round);
    let barred = view(9_000 + round, 0);
    let barred_too = barred.clone();
    vec![
        enroll(round, 0),
        enroll(round, 1),
        // Two views of id1 move to a new identity.
        change(
            |g| g.split("id1", &ids(g, &first_of(g, "id1", 2)), "part").map(|_| ()),
            |c| {
                for source in c.owned("id1").into_iter().take(2) {
                    c.views.get_mut(&source).unwrap().0 = "part".into();
                }
                c.identities.insert("part".into());
            },
        ),
        // A view of id2 is barred, and a picture that is not enrolled.
        change(
            |g| g.bar_views("id2", &ids(g, &first_of(g, "id2", 1))).map(|_| ()),
            |c| {
                let source = c.owned("id2").remove(0);
                c.views.remove(&source);
                c.bars.insert(("id2".into(), source));
            },
        ),
        change(
            move |g| g.bar(std::slice::from_ref(&barred)).map(|_| ()),
            move |c| {
                c.bars.insert((barred_too.identity.clone(), barred_too.source.clone()));
            },
        ),
        // What is barred is not enrolled again.
        enroll(round, 0),
        change(|g| g.merge("id2", "part").map(|_| ()), |c| c.hand_over("id2", "part")),
        change(|g| g.remove("id3").map(|_| ()), |c| c.remove("id3")),
        change(move |g| g.rename("id4", &new), move |c| c.hand_over("id4", &again)),
        change(
            move |g| g.import(Cursor::new(&file), Path::new("f")).map(|_| ()).map_err(gallery_error),
            move |c| c.enroll(&imported),
        ),
        change(|g| g.saw(["id0", "part"], OffsetDateTime::now_utc()), |_| ()),
        change(|g| g.compact().map(|_| ()), |_| ()),
        change(
            move |g| g.unbar("id0", &[view(9_000 + round, 0).picture_sha256]),
            |c| c.bars.retain(|(name, _)| name != "id0"),
        ),
        // Everything is old by tomorrow.
        change(
            |g| g.expire(Age::Enrolment, OffsetDateTime::now_utc() + Duration::DAY).map(|_| ()),
            |c| *c = Content::default(),
        ),
    ]
}

fn gallery_error(error: dnc_edge::gallery::ImportError) -> GalleryError {
    match error {
        dnc_edge::gallery::ImportError::Gallery(error) => error,
        other => panic!("the file is whole: {other}"),
    }
}

/// Runs the script until the power goes: how many changes were acknowledged, and the states after each and after the one
/// that was cut.
fn script(disk: &Disk, changes: &[Change]) -> (usize, Vec<Content>) {
    let name = Path::new("site.gallery");
    let mut states = vec![Content::default()];
    let Ok(mut gallery) = Gallery::create_with_backend(disk.clone(), name, &space()) else { return (0, states) };
    for (step, change) in changes.iter().enumerate() {
        let mut next = states[step].clone();
        (change.on_sets)(&mut next);
        states.push(next);
        // Reading ahead of a change may meet the cut too, where pages are no longer in memory.
        if (change.on_gallery)(&mut gallery).is_err() {
            return (step, states);
        }
        assert_eq!(content(&gallery), states[step + 1], "step {step}");
    }
    (changes.len(), states)
}

#[test]
fn a_cut_at_every_call_keeps_what_was_acknowledged() {
    let changes: Vec<Change> = (0..2).flat_map(round).collect();
    let whole = Disk::holding(Vec::new(), usize::MAX);
    assert_eq!(script(&whole, &changes).0, changes.len());
    let calls = whole.calls();
    assert!(calls > 200, "only {calls} calls to cut at");
    let (mut kept_more, mut cut) = (0, 0);
    for at in 0..calls {
        let disk = Disk::holding(Vec::new(), at);
        let (done, states) = script(&disk, &changes);
        assert!(done < changes.len() || at + 20 > calls, "the cut at {at} was not noticed");
        cut += usize::from(done < changes.len());
        for unsynced in EVERY_LOSS {
            let bytes = disk.after_the_cut(unsynced);
            let disk = Disk::holding(bytes, usize::MAX);
            let mut gallery = match Gallery::create_with_backend(disk, Path::new("site.gallery"), &space()) {
                Ok(gallery) => gallery,
                // Cut while the file was made: nothing was acknowledged, and what is there is no gallery yet.
                Err(GalleryError::NotAGallery { .. }) if states.len() == 1 => continue,
                Err(e) => panic!("cut at {at}, {unsynced:?}, after step {done}: {e}"),
            };
            let verified = gallery.verify().unwrap();
            assert_eq!(verified.faults, Vec::<String>::new(), "cut at {at}, {unsynced:?}");
            let found = content(&gallery);
            // What was acknowledged last; or the next one, where the cut came after the commit was on the disk.
            let place = states[done..].iter().position(|state| *state == found);
            let place = place.unwrap_or_else(|| panic!("cut at {at}, {unsynced:?}: {found:?} after step {done}"));
            kept_more += usize::from(place > 0 && states[done] != found);
            gallery.enroll(&[view(8_000, 9)]).unwrap();
        }
    }
    assert!(cut > 200 && kept_more > 0, "{cut} cuts, {kept_more} of them after a commit");
}

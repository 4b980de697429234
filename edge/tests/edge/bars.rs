//! "Not this one", and one identity that is two.

use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::distance::similarity;
use dnc_edge::gallery::{BarOutcome, NewView, Outcome};
use dnc_edge::{Gallery, GalleryError, IdentificationRule};

use crate::gallery::{embedding, layout, space, view};

fn gallery(dir: &tempfile::TempDir, views: &[NewView]) -> Gallery {
    let mut gallery = Gallery::create_or_open(&dir.path().join("g"), &space()).unwrap();
    gallery.enroll(views).unwrap();
    gallery
}

fn nearest(gallery: &Gallery, probe: &[f32]) -> Option<String> {
    gallery.snapshot().unwrap().nearest(probe, 1).pop().map(|m| m.identity)
}

fn clean(gallery: &Gallery) {
    assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
}

/// `a` with a little of `b` in it.
fn between(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    let mut mixed: Vec<f32> = a.iter().zip(b).map(|(a, b)| a + share * (b - a)).collect();
    dnc_core::normalize::group_normalize(&mut mixed, &layout());
    mixed
}

#[test]
fn a_barred_picture_is_not_answered_and_not_enrolled_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = gallery(&dir, &[view(1, 1), view(2, 1), view(3, 3)]);
    let probe = between(&embedding(1), &embedding(50), 0.2);
    assert_eq!(nearest(&gallery, &probe).as_deref(), Some("id1"));
    // The probe was taken for id1 and is somebody else.
    let wrong = NewView { embedding: probe.clone(), ..view(100, 1) };
    assert_eq!(gallery.bar(std::slice::from_ref(&wrong)).unwrap(), [BarOutcome::Barred]);
    assert_eq!(gallery.bar(std::slice::from_ref(&wrong)).unwrap(), [BarOutcome::Already]);
    assert_eq!(nearest(&gallery, &probe).as_deref(), Some("id3"), "the same picture is not id1 again");
    let alike = between(&probe, &embedding(50), 0.1);
    assert_eq!(nearest(&gallery, &alike).as_deref(), Some("id3"), "nor is one that is more like it than like id1");
    // What is nearer to an enrolled view of id1 than to the barred one is still id1.
    for probe in [embedding(1), embedding(2), between(&embedding(1), &probe, 0.2)] {
        assert_eq!(nearest(&gallery, &probe).as_deref(), Some("id1"));
    }
    // It is neither best nor runner-up: no doubt comes from it.
    let rule = IdentificationRule::by_hand(DecisionRule { threshold: -1.0, margin: 2.0 });
    let answer = gallery.snapshot().unwrap().identify(&probe, &rule, 5).unwrap();
    assert_eq!((answer.decision, answer.runner_up, answer.ranked.len()), (Decision::Known, None, 1));

    assert_eq!(gallery.enroll(std::slice::from_ref(&wrong)).unwrap(), [Outcome::Barred]);
    // Under another name it may be enrolled, and the bar stays.
    let right = NewView { identity: "id9".into(), ..wrong.clone() };
    assert_eq!(gallery.enroll(&[right]).unwrap(), [Outcome::Enrolled(4)]);
    assert_eq!(nearest(&gallery, &probe).as_deref(), Some("id9"));
    clean(&gallery);
    gallery.unbar("id1", &[wrong.picture_sha256]).unwrap();
    assert_eq!(gallery.bars().unwrap(), []);
    assert_eq!(gallery.snapshot().unwrap().nearest(&probe, 3).len(), 3);
    let error = gallery.unbar("id1", &[wrong.picture_sha256]).unwrap_err();
    assert!(matches!(&error, GalleryError::NotBarred { .. }) && error.to_string().contains("--barred"), "{error}");
}

/// Whatever is barred, the ranking is that of all pairs compared, without the identities that are struck.
#[test]
fn the_ranking_with_bars_is_that_of_every_pair_compared() {
    for case in 0..30 {
        let dir = tempfile::tempdir().unwrap();
        let (views, identities, bars) = (20 + case * 3, 3 + case % 9, case * 2);
        let mut gallery = gallery(&dir, &(0..views).map(|i| view(i, i % identities)).collect::<Vec<_>>());
        let barred: Vec<NewView> = (0..bars).map(|i| view(1_000 + i, i * 7 % identities)).collect();
        gallery.bar(&barred).unwrap();
        let probe = embedding(7_000 + case);
        let nearness = |v: &NewView| similarity(&v.embedding, &probe, 3);
        let mut expected = Vec::new();
        for identity in 0..identities {
            let name = format!("id{identity}");
            let best = (0..views).filter(|i| i % identities == identity).map(|i| (nearness(&view(i, identity)), i));
            let (best, first) = best.fold((f32::MIN, 0), |a, b| if b.0 > a.0 { b } else { a });
            if !barred.iter().any(|b| b.identity == name && nearness(b) >= best) {
                expected.push((best, first, name));
            }
        }
        expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let snapshot = gallery.snapshot().unwrap();
        for top in [1, 2, 5, 50] {
            let found: Vec<_> = snapshot.nearest(&probe, top).into_iter().map(|m| (m.similarity, m.identity)).collect();
            let expected: Vec<_> = expected.iter().take(top).map(|(s, _, name)| (*s, name.clone())).collect();
            assert_eq!(found, expected, "case {case}, top {top}");
        }
    }
}

#[test]
fn a_view_enrolled_wrongly_is_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    let thumbnail = Some(vec![1, 2, 3]);
    let coded = NewView { keep_f32: false, thumbnail: thumbnail.clone(), ..view(2, 1) };
    let first = NewView { thumbnail, ..view(1, 1) };
    let mut gallery = gallery(&dir, &[first, coded, view(3, 3)]);
    let error = gallery.bar_views("id1", &[1, 3]).unwrap_err().to_string();
    assert!(error.contains("view 3 is not one of \"id1\"") && error.contains("gallery views"), "{error}");
    assert_eq!(gallery.counts().unwrap().views, 3, "nothing is done by half");
    assert_eq!(gallery.bar_views("id1", &[2, 2]).unwrap(), 1);
    let bar = gallery.bars().unwrap().remove(0);
    assert_eq!((bar.identity, bar.source.as_str(), bar.has_embedding, bar.has_thumbnail), (1, "2.png", true, true));
    assert_eq!(gallery.thumbnail(2).unwrap(), None);
    assert_eq!(gallery.enroll(&[view(2, 1)]).unwrap(), [Outcome::Barred]);
    assert_eq!(nearest(&gallery, &embedding(2)).as_deref(), Some("id3"), "also by the code's embedding");
    // The same by the picture; id1 has no view then, and stays. What was kept of the picture is kept.
    assert_eq!(gallery.bar(&[view(1, 1)]).unwrap(), [BarOutcome::TakenOut(1)]);
    assert!(gallery.bars().unwrap().iter().all(|bar| bar.has_thumbnail));
    let identities = gallery.identities().unwrap();
    assert_eq!((identities[0].name.as_str(), identities[0].views), ("id1", 0));
    assert_eq!(gallery.snapshot().unwrap().identities(), 1);
    clean(&gallery);
    assert_eq!(gallery.remove("id1").unwrap(), 0);
    assert_eq!(gallery.bars().unwrap(), [], "the bars go with their identity");
    assert!(matches!(gallery.bar(&[view(7, 1)]).unwrap_err(), GalleryError::NoIdentity { .. }));
    assert!(matches!(gallery.bar_views("id1", &[1]).unwrap_err(), GalleryError::NoIdentity { .. }));
    assert!(matches!(gallery.unbar("id1", &[]).unwrap_err(), GalleryError::NoIdentity { .. }));
    clean(&gallery);
}

#[test]
fn a_merge_takes_the_bars_along_and_lifts_those_that_it_contradicts() {
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = gallery(&dir, &[view(1, 1), view(2, 2), view(3, 2)]);
    // 2 is barred from id1, 1 from id2, 50 from id2.
    gallery.bar(&[view(2, 1), view(1, 2), view(50, 2)]).unwrap();
    gallery.merge("id2", "id1").unwrap();
    let bars: Vec<_> = gallery.bars().unwrap().into_iter().map(|b| (b.identity, b.source)).collect();
    assert_eq!(bars, [(1, "50.png".to_owned())]);
    clean(&gallery);
}

#[test]
fn a_split_moves_the_named_views() {
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = gallery(&dir, &(0..6).map(|i| view(i, i / 5)).collect::<Vec<_>>());
    gallery.bar(&[view(60, 0)]).unwrap();
    assert_eq!(gallery.split("id0", &[2, 4, 4], "new").unwrap(), 2);
    let owners: Vec<u64> = gallery.views().unwrap().into_iter().map(|v| v.identity).collect();
    assert_eq!(owners, [1, 3, 1, 3, 1, 2]);
    let barred: Vec<u64> = gallery.bars().unwrap().into_iter().map(|b| b.identity).collect();
    assert_eq!(barred, [1, 3], "what was not of the whole is of neither part");
    assert_eq!(nearest(&gallery, &embedding(1)).as_deref(), Some("new"));
    assert_eq!(nearest(&gallery, &embedding(0)).as_deref(), Some("id0"));
    clean(&gallery);
    // Back again.
    assert_eq!(gallery.merge("new", "id0").unwrap(), 2);
    clean(&gallery);

    let refused = |gallery: &mut Gallery, from: &str, views: &[u64], to: &str, words: &str| {
        let before = (gallery.views().unwrap(), gallery.identities().unwrap());
        let error = gallery.split(from, views, to).unwrap_err().to_string();
        assert!(error.contains(words), "{words:?} is not in {error}");
        assert_eq!((gallery.views().unwrap(), gallery.identities().unwrap()), before);
    };
    refused(&mut gallery, "id0", &[1, 2, 3, 4, 5], "x", "5 of the 5 views");
    refused(&mut gallery, "id0", &[], "x", "0 of the 5 views");
    refused(&mut gallery, "id0", &[1, 6], "x", "view 6 is not one of");
    refused(&mut gallery, "id0", &[1, 99], "x", "view 99 is not one of");
    refused(&mut gallery, "id0", &[1], "id1", "is there already");
    refused(&mut gallery, "id0", &[1], "", "identity name");
    refused(&mut gallery, "nobody", &[1], "x", "no identity");
}

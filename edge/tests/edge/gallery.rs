//! The gallery as a library.

use dnc_core::EmbeddingLayout;
use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::distance::similarity;
use dnc_core::manifest::Precision;
use dnc_core::normalize::group_normalize;
use dnc_edge::gallery::{NewView, Outcome};
use dnc_edge::{Gallery, GalleryError, IdentificationRule, Space};

pub fn layout() -> EmbeddingLayout {
    EmbeddingLayout::new(12, 3).unwrap()
}

pub fn space() -> Space {
    Space { space_id: "space one".into(), layout: layout() }
}

/// A unit embedding that belongs to `seed`; a small range of values makes equal ones likely.
pub fn embedding(seed: usize) -> Vec<f32> {
    let mut state = seed as u64 * 77 + 1;
    let mut values: Vec<f32> = (0..12)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 60) as f32 - 7.4
        })
        .collect();
    group_normalize(&mut values, &layout());
    values
}

/// View number `i`, of identity `identity`.
pub fn view(i: usize, identity: usize) -> NewView {
    let mut picture_sha256 = [0; 32];
    picture_sha256[..8].copy_from_slice(&i.to_le_bytes());
    NewView {
        identity: format!("id{identity}"),
        embedding: embedding(i),
        source: format!("{i}.png"),
        picture_sha256,
        precision: Precision::F32,
        keep_f32: true,
        thumbnail: None,
    }
}

fn by_hand(threshold: f32, margin: f32) -> IdentificationRule {
    IdentificationRule::by_hand(DecisionRule { threshold, margin })
}

#[test]
fn the_ranking_is_that_of_every_pair_compared() {
    for case in 0..40 {
        let (views, identities) = (1 + case * 5, 1 + case * case % 13);
        let dir = tempfile::tempdir().unwrap();
        let mut gallery = Gallery::create_or_open(&dir.path().join("g"), &space()).unwrap();
        // The last cases give almost every view to one identity: it must not push the others out.
        let owner = |i: usize| if case > 30 && !i.is_multiple_of(20) { 0 } else { i % identities };
        gallery.enroll(&(0..views).map(|i| view(i, owner(i))).collect::<Vec<_>>()).unwrap();
        let probe = embedding(9999 + case);
        let mut best: Vec<(f32, usize, String)> = Vec::new();
        for i in 0..views {
            let (s, name) = (similarity(&embedding(i), &probe, 3), format!("id{}", owner(i)));
            match best.iter_mut().find(|b| b.2 == name) {
                Some(b) if s > b.0 => (b.0, b.1) = (s, i),
                Some(_) => {}
                None => best.push((s, i, name)),
            }
        }
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let snapshot = gallery.snapshot().unwrap();
        for top in [1, 3, 50] {
            let answer = snapshot.identify(&probe, &by_hand(0.0, 0.0), top).unwrap();
            let found: Vec<_> = answer.ranked.iter().map(|m| (m.similarity, m.identity.clone())).collect();
            let expected: Vec<_> = best.iter().take(top).map(|b| (b.0, b.2.clone())).collect();
            assert_eq!(found, expected, "case {case}, top {top}");
            assert_eq!(answer.best.as_ref(), answer.ranked.first());
            assert_eq!(answer.runner_up.map(|m| m.identity), best.get(1).map(|b| b.2.clone()), "case {case}");
        }
    }
}

#[test]
fn the_decision_is_over_identities_not_views() {
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = Gallery::create_or_open(&dir.path().join("g"), &space()).unwrap();
    let empty = gallery.snapshot().unwrap().identify(&embedding(1), &by_hand(-1.0, 0.0), 3).unwrap();
    assert_eq!((empty.decision, empty.best), (Decision::Unknown, None));
    // Two views of one identity are equally near: no runner-up, so no doubt.
    let twin = NewView { picture_sha256: [9; 32], ..view(1, 7) };
    gallery.enroll(&[view(1, 7), twin.clone()]).unwrap();
    let answer = gallery.snapshot().unwrap().identify(&embedding(1), &by_hand(0.9, 0.5), 3).unwrap();
    assert_eq!((answer.decision, answer.runner_up), (Decision::Known, None));
    // The same embedding under another name is a reason for doubt.
    gallery.enroll(&[NewView { identity: "other".into(), picture_sha256: [8; 32], ..twin }]).unwrap();
    let answer = gallery.snapshot().unwrap().identify(&embedding(1), &by_hand(0.9, 0.01), 3).unwrap();
    assert_eq!(answer.decision, Decision::Unsure);
}

#[test]
fn what_was_enrolled_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("g");
    let mut gallery = Gallery::create_or_open(&path, &space()).unwrap();
    let outcomes = gallery.enroll(&[view(1, 1), view(2, 2), view(1, 3)]).unwrap();
    assert_eq!(outcomes[..2], [Outcome::Enrolled(1), Outcome::Enrolled(2)]);
    assert!(matches!(&outcomes[2], Outcome::Duplicate(d) if d.identity == "id1" && d.view == 1), "{outcomes:?}");
    let (identities, views) = (gallery.identities().unwrap(), gallery.views().unwrap());
    drop(gallery);
    let mut gallery = Gallery::create_or_open(&path, &space()).unwrap();
    assert_eq!((gallery.identities().unwrap(), gallery.views().unwrap()), (identities, views.clone()));
    assert_eq!(views[1].picture_sha256, dnc_core::manifest::hex(&view(2, 2).picture_sha256));
    assert!(views[0].time.ends_with('Z') && views[0].time.len() == 20, "{}", views[0].time);
    assert_eq!(gallery.remove("id1").unwrap(), 1);
    assert_eq!(gallery.find_picture(&view(1, 1).picture_sha256).unwrap(), None);
    assert_eq!(gallery.find_picture(&view(2, 2).picture_sha256).unwrap().unwrap().identity, "id2");
    // An id is not given again.
    assert_eq!(gallery.enroll(&[view(1, 1)]).unwrap(), [Outcome::Enrolled(3)]);
    assert_eq!(gallery.identities().unwrap().iter().map(|i| i.id).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_batch_is_taken_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = Gallery::create_or_open(&dir.path().join("g"), &space()).unwrap();
    let mut long = view(2, 2);
    long.embedding[0] += 1.0;
    let error = gallery.enroll(&[view(1, 1), long]).unwrap_err();
    assert!(matches!(error, GalleryError::Embedding { .. }), "{error}");
    let narrow = NewView { embedding: vec![1.0], ..view(3, 3) };
    let error = gallery.enroll(&[view(1, 1), narrow]).unwrap_err();
    assert!(matches!(error, GalleryError::Width { found: 1, expected: 12, .. }), "{error}");
    assert_eq!(gallery.counts().unwrap().views, 0);
    let error = gallery.snapshot().unwrap().identify(&[1.0], &by_hand(0.0, 0.0), 1).unwrap_err();
    assert!(matches!(error, GalleryError::Width { found: 1, .. }), "{error}");
}

#[test]
fn readers_follow_a_writer_and_a_second_writer_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("g");
    let mut writer = Gallery::create_or_open(&path, &space()).unwrap();
    let mut reader = Gallery::open(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap().views(), 0);
    writer.enroll(&[view(1, 1)]).unwrap();
    assert_eq!(reader.snapshot().unwrap().views(), 1);
    assert!(matches!(reader.enroll(&[view(2, 2)]).unwrap_err(), GalleryError::ReadOnly { .. }));
    let error = Gallery::open_writing(&path).unwrap_err();
    assert!(matches!(error, GalleryError::Busy { .. }), "{error}");
    drop(writer);
    Gallery::open_writing(&path).unwrap().enroll(&[view(2, 2)]).unwrap();
    assert_eq!(reader.snapshot().unwrap().views(), 2);
}

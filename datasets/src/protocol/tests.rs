//! Tiny sets worked by hand.

use super::*;

/// A picture on a line: place, identity, camera, role.
type Picture = (f32, u32, Option<u32>, Role);

fn samples(pictures: &[Picture]) -> (Vec<Sample>, Vec<f32>) {
    let sample = |(_, identity, camera, role): &Picture| Sample {
        path: "x.png".into(),
        identity: *identity,
        camera: *camera,
        split: crate::Split::Test,
        role: *role,
    };
    (pictures.iter().map(sample).collect(), pictures.iter().map(|p| p.0).collect())
}

fn score(protocol: Protocol, pictures: &[Picture]) -> Result<RetrievalScores, ProtocolError> {
    let (samples, places) = samples(pictures);
    protocol.score(&samples.iter().collect::<Vec<_>>(), &places, 1, &[1, 2])
}

use Role::{Both, Gallery, Query};

#[test]
fn leave_one_out_by_hand() {
    // 0(a) 1(b) 3(a) 7(b). From 0: b, a: AP 1/2. From 1: a, a, b: 1/3. From 3: b, a, b: 1/2. From 7: a, b, a: 1/2.
    let set = [(0.0, 0, None, Both), (1.0, 1, None, Both), (3.0, 0, None, Both), (7.0, 1, None, Both)];
    let s = score(Protocol::LeaveOneOut, &set).unwrap();
    assert_eq!((s.queries, s.queries_with_match, s.recall[&1], s.recall[&2]), (4, 4, 0.0, 0.75));
    assert!((s.map - (0.5 + 1.0 / 3.0 + 0.5 + 0.5) / 4.0).abs() < 1e-12);
}

#[test]
fn query_gallery_by_hand() {
    // Queries do not see each other: 0(a) finds 1(b), then 3(a); 4(c) has nobody in the gallery.
    let set = [(0.0, 0, None, Query), (4.0, 2, None, Query), (1.0, 1, None, Gallery), (3.0, 0, None, Gallery)];
    let s = score(Protocol::QueryGallery, &set).unwrap();
    assert_eq!((s.queries, s.queries_with_match, s.recall[&1], s.recall[&2], s.map), (2, 1, 0.0, 0.5, 0.5));
    // A picture that is both is not found by itself.
    let set = [(0.0, 0, None, Both), (1.0, 1, None, Gallery), (3.0, 0, None, Gallery)];
    let s = score(Protocol::QueryGallery, &set).unwrap();
    assert_eq!((s.queries, s.recall[&1], s.recall[&2], s.map), (1, 0.0, 1.0, 0.5));
}

#[test]
fn camera_aware_by_hand() {
    // From 0 (a, camera 0): 1 is a by the same camera and no answer, 2 is b by the same camera and counts,
    // 3 is a by another: AP 1/2. Without the rule the first would be right.
    let set =
        [(0.0, 0, Some(0), Query), (1.0, 0, Some(0), Gallery), (2.0, 1, Some(0), Gallery), (3.0, 0, Some(1), Gallery)];
    let s = score(Protocol::CameraAware, &set).unwrap();
    assert_eq!((s.queries, s.recall[&1], s.recall[&2], s.map), (1, 0.0, 1.0, 0.5));
    assert_eq!(score(Protocol::QueryGallery, &set).unwrap().recall[&1], 1.0);
    // All roles at once: 0 as above; 1 finds 2 (b), then 3; 2 has no other b; 3 finds 2, then 1 and 0.
    let s = score(Protocol::CameraAware, &set.map(|p| (p.0, p.1, p.2, Both))).unwrap();
    assert_eq!((s.queries, s.queries_with_match, s.recall[&1]), (4, 3, 0.0));
    assert!((s.map - (0.5 + 0.5 + (0.5 + 2.0 / 3.0) / 2.0) / 3.0).abs() < 1e-12);
}

#[test]
fn gallery_draws_by_hand() {
    // Identity a at 0 and 1, b at 10. The gallery is one of the a's and b; the other a finds its own at once.
    let set = [(0.0, 0, None, Both), (1.0, 0, None, Both), (10.0, 1, None, Both)];
    let s = score(Protocol::VEHICLE_ID_DRAWS, &set).unwrap();
    assert_eq!((s.queries, s.queries_with_match, s.recall[&1], s.map), (1, 1, 1.0, 1.0));
    // a at 0 and 9, b at 10: drawn 0, the query 9 finds b first (AP 1/2); drawn 9, the query 0 finds it (AP 1).
    let (samples, places) = samples(&[(0.0, 0, None, Both), (9.0, 0, None, Both), (10.0, 1, None, Both)]);
    let samples: Vec<&Sample> = samples.iter().collect();
    let draws = Protocol::GalleryDraws { draws: 40, seed: 3 };
    let comparisons = draws.comparisons(&samples).unwrap();
    let mut maps = std::collections::BTreeSet::new();
    for comparison in &comparisons {
        let drawn = comparison.gallery()[0];
        assert_eq!((comparison.gallery(), comparison.queries()), (&[drawn, 2][..], &[1 - drawn][..]));
        let map = RankingScores::of(&comparison.rank(&places, 1), &[1], 1).retrieval.map;
        assert_eq!(map, if drawn == 0 { 0.5 } else { 1.0 });
        maps.insert(map.to_bits());
    }
    assert_eq!((comparisons.len(), maps.len()), (40, 2), "both pictures are drawn in 40 draws");
    assert_eq!(comparisons, draws.comparisons(&samples).unwrap(), "one seed, one result");
}

#[test]
fn verification_counts_each_pair_of_pictures_once() {
    let pictures: Vec<Picture> = (0..12).map(|i| (1.0 + i as f32, i % 3, Some(i % 2), Both)).collect();
    let (samples, places) = samples(&pictures);
    let samples: Vec<&Sample> = samples.iter().collect();
    let pairs = |protocol: Protocol| {
        let v = protocol.comparisons(&samples).unwrap()[0].verify(&places, 1, &[0.5]);
        (v.genuine, v.impostor)
    };
    // 3 identities of 4 pictures; two pictures of an identity share a camera in 2 of 6 pairs.
    assert_eq!(pairs(Protocol::LeaveOneOut), (3 * 6, 3 * 16));
    assert_eq!(pairs(Protocol::CameraAware), (3 * 4, 3 * 16));
    assert_eq!(pairs(Protocol::GalleryDraws { draws: 1, seed: 0 }), (3 * 3, 3 * 3 * 2));
}

#[test]
fn what_a_protocol_lacks_is_said() {
    let both = [(0.0, 0, None, Both), (1.0, 0, Some(1), Both)];
    let fault = |protocol, set: &[Picture]| score(protocol, set).unwrap_err().to_string();
    let roles = fault(Protocol::QueryGallery, &both);
    assert!(roles.contains("none of 2 pictures") && roles.contains("leave-one-out"), "{roles}");
    let cameras = fault(Protocol::CameraAware, &both);
    assert!(cameras.contains("1 of 2 pictures have no camera") && cameras.contains("camera column"), "{cameras}");
    let queries = fault(Protocol::QueryGallery, &[(0.0, 0, None, Query)]);
    assert!(queries.contains("1 queries and 0 gallery"), "{queries}");
    let single = fault(Protocol::VEHICLE_ID_DRAWS, &[(0.0, 0, None, Both), (1.0, 1, None, Both)]);
    assert!(single.contains("0 queries and 2 gallery"), "{single}");
    assert!(fault(Protocol::GalleryDraws { draws: 0, seed: 1 }, &both).contains("--draws 10"));
}

#[test]
fn names_are_read_back() {
    for name in Protocol::NAMES {
        assert_eq!(name.parse::<Protocol>().unwrap().name(), name);
    }
    let error = "cross-validation".parse::<Protocol>().unwrap_err().to_string();
    assert!(error.contains("cross-validation") && error.contains("gallery-draws"), "{error}");
    assert_eq!(Protocol::VEHICLE_ID_DRAWS.to_string(), "gallery-draws, 10 draws, seed 1");
}

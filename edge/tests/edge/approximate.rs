//! The approximate index as a user meets it, in a build with it and in one without.

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Precision;
use dnc_core::normalize::group_normalize;
use dnc_edge::gallery::{NewView, Search};
use dnc_edge::{Gallery, Space};

use crate::edge;
use crate::support::pictures::write;
use crate::support::site::site;

#[test]
fn the_index_answers_as_the_exact_search_does_or_says_how_to_get_it() {
    let site = site();
    let probe = write(&site.dir.path().join("probe"), 2, 5);
    let ask = |scan: &str| {
        edge!["identify", "--bundle", site.bundle, "--gallery", site.gallery, "--json", "--scan", scan, probe]
    };
    if cfg!(feature = "hnsw") {
        assert_eq!(ask("hnsw").done().json(), ask("f32").done().json());
        let server = site.serve(&["--scan", "hnsw"]);
        let enrolled = std::fs::read(write(&site.dir.path().join("new"), 9, 0)).unwrap();
        server.ask("POST", "/v1/enroll?identity=id9", &enrolled).json(201);
        assert_eq!(server.ask("POST", "/v1/identify", &enrolled).json(200)["identity"], "id9");
    } else {
        ask("hnsw").refused(1, &["no approximate index", "--features hnsw", "--scan int8"]);
    }
}

#[test]
fn verify_measures_what_a_search_finds() {
    let site = site();
    let verify = |more: &[&str]| {
        let mut command = crate::support::command();
        command.args(["gallery", "verify", "--gallery"]).arg(&site.gallery).args(more);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said, _) = verify(&["--scan", "int8"]);
    // Eight views: both searches find all of them, in some order.
    assert_eq!((code, said.as_str()), (Some(0), EXPECTED));
    let (_, said, _) = verify(&["--json"]);
    assert_eq!(said, "{\"identities\":4,\"views\":8,\"faults\":[]}\n", "nothing is measured that was not asked for");
    let (code, said, why) = verify(&["--scan", "hnsw", "--json"]);
    if cfg!(feature = "hnsw") {
        let line: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!((&line["recall"]["probes"], &line["recall"]["recall_at_10"]), (&8.into(), &1.0.into()), "{said}");
        assert!(line["recall"]["index_bytes"].as_u64().unwrap() > 0, "{said}");
    } else {
        assert_eq!(code, Some(1), "{said}");
        assert!(why.contains("--features hnsw"), "{why}");
    }
}

const EXPECTED: &str = "4 identities, 8 views, 0 faults\nrecall@10 1.0000 of 8 probes, index 0.0 MB\n";

/// Views around as many centres as there are identities. `DNC_INDEX_VIEWS` asks for more, and the figures are printed.
#[test]
fn the_index_finds_nearly_all_that_is_near_in_a_gallery_of_clusters() {
    if !cfg!(feature = "hnsw") {
        return;
    }
    let views = std::env::var("DNC_INDEX_VIEWS").map_or(4000, |n| n.parse().expect("DNC_INDEX_VIEWS is a number"));
    let (dim, each) = (128, 20);
    let space = Space { space_id: "clusters".into(), layout: EmbeddingLayout::new(dim, 4).unwrap() };
    let mut state = 1u64;
    let mut draw = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let dir = tempfile::tempdir().unwrap();
    let mut gallery = Gallery::create_or_open(&dir.path().join("g"), &space).unwrap();
    for identity in 0..views / each {
        let centre: Vec<f32> = (0..dim).map(|_| draw()).collect();
        let mut view = |view: usize| {
            let mut embedding: Vec<f32> = centre.iter().map(|c| c + 0.5 * draw()).collect();
            group_normalize(&mut embedding, &space.layout);
            let mut picture_sha256 = [0; 32];
            picture_sha256[..8].copy_from_slice(&(identity * each + view).to_le_bytes());
            NewView {
                identity: format!("id{identity}"),
                embedding,
                source: String::new(),
                picture_sha256,
                precision: Precision::F32,
                keep_f32: true,
                thumbnail: None,
            }
        };
        let batch: Vec<NewView> = (0..each).map(&mut view).collect();
        gallery.enroll(&batch).unwrap();
    }
    let recall = gallery.recall(Search::Hnsw, 500).unwrap();
    println!("{views} views: recall@10 {:.4}, {} bytes a view", recall.share(), recall.index_bytes / views);
    assert_eq!((recall.probes, recall.wanted), (500, 5000));
    assert!(recall.share() >= 0.95, "{recall:?}");
}

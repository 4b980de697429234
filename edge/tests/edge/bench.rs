//! `dnc-edge bench`: figures of every step, reports set side by side.

use serde_json::Value;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

/// Few runs, of a gallery that is quick to make.
macro_rules! bench {
    ($($arg:expr),* $(,)?) => {
        edge!["bench", "--runs", "5", "--warm-up", "1", $($arg),*]
    };
}

fn report(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_step_of_every_configuration_is_measured() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, json) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("here.json"));
    let run =
        bench!["--bundle", bundle, "--threads", "1,2", "--batch", "1,3", "--gallery-size", "40", "--json", json].done();
    let report = report(&json);
    let measured = report["measured"].as_array().unwrap();
    let sizes: Vec<_> =
        measured.iter().map(|m| (m["batch"].as_u64().unwrap(), m["threads"].as_u64().unwrap())).collect();
    assert_eq!(sizes, [(1, 1), (1, 2), (3, 1), (3, 2)]);
    for m in measured {
        let stages = m["stages"].as_array().unwrap();
        let p50 = |name: &str| stages.iter().find(|s| s[0] == name).unwrap()[1]["p50"].as_f64().unwrap();
        let parts = ["decode", "preprocess", "embed", "search", "decide"].map(p50);
        assert!(parts.iter().all(|ms| *ms >= 0.0) && p50("decode") > 0.0, "{m}");
        assert!(p50("total") >= p50("decode") && p50("total") >= p50("embed"), "{m}");
        let (batch, threads) = (m["batch"].as_u64().unwrap(), m["threads"].as_u64().unwrap());
        assert_eq!(m["pictures"], 5 * batch * threads, "{m}");
        assert!(m["pictures_per_second"].as_f64().unwrap() > 0.0 && m["start_up_ms"].as_f64().unwrap() > 0.0, "{m}");
        assert!(m["resident_bytes"].as_u64().unwrap() > 1 << 20, "{m}");
        assert_eq!((&m["gallery_views"], &m["library"]), (&40.into(), &"tract".into()), "{m}");
    }
    assert!(report["machine"]["cpu"].is_string() && report["failed"].as_array().unwrap().is_empty());
    for word in ["built-in", "40 views", "decode", "pictures/s", "model.f32.onnx"] {
        assert!(run.stdout.contains(word), "{word} in {}", run.stdout);
    }
}

#[test]
fn the_users_own_pictures_and_gallery_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 3, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    let json = dir.path().join("here.json");
    bench![
        "--bundle",
        bundle,
        "--gallery",
        gallery,
        "--pictures",
        people,
        "--int8-search",
        "--box",
        "4,4,20,20",
        "--json",
        json
    ]
    .done();
    let report = report(&json);
    assert!(report["pictures"].as_str().unwrap().starts_with("6 files"), "{report}");
    let m = &report["measured"][0];
    assert_eq!(
        (&m["gallery_identities"], &m["gallery_views"], &m["int8_search"]),
        (&3.into(), &6.into(), &true.into())
    );
    // A gallery of another model is not measured with this one.
    let other = parts(2).folder(&dir.path().join("other"));
    bench!["--bundle", other, "--gallery", gallery].refused(1, &["failed", "nothing could be measured"]);
}

#[test]
fn reports_are_set_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    let (a, b) = (dir.path().join("a.json"), dir.path().join("b.json"));
    bench!["--bundle", bundle, "--gallery-size", "10", "--json", a].done();
    let mut slower = report(&a);
    for stage in slower["measured"][0]["stages"].as_array_mut().unwrap() {
        let ms = stage[1]["p50"].as_f64().unwrap();
        stage[1]["p50"] = (2.0 * ms).into();
    }
    std::fs::write(&b, slower.to_string()).unwrap();
    let run = edge!["bench", "compare", a, b].done();
    let total = run.stdout.lines().find(|line| line.contains("total, p50")).unwrap().to_owned();
    assert!(total.ends_with("2.00"), "{}", run.stdout);
    edge!["bench", "compare", a, b, "--max-ratio", "2.5"].done();
    edge!["bench", "compare", a, b, "--max-ratio", "1.5"].refused(3, &["2.00", "--max-ratio 1.5"]);
    edge!["bench", "compare", b, a, "--max-ratio", "1.5"].done();
    // Not the same number of threads: nothing to compare.
    slower["measured"][0]["threads"] = 7.into();
    std::fs::write(&b, slower.to_string()).unwrap();
    edge!["bench", "compare", a, b].refused(1, &["a.json", "b.json", "nothing to compare"]);
}

#[test]
fn what_cannot_be_measured_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    edge!["bench"].refused(2, &["--bundle"]);
    bench!["--bundle", dir.path().join("none")].refused(1, &["none"]);
    bench!["--bundle", bundle, "--variant", "int8"].refused(1, &["int8", "model.f32.onnx"]);
    bench!["--bundle", bundle, "--threads", "0"].refused(2, &["0"]);
    bench!["--bundle", bundle, "--json", dir.path().join("no/such/folder.json")].refused(1, &["folder.json"]);
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    bench!["--bundle", bundle, "--pictures", empty].refused(1, &["empty", "no picture"]);
    let broken = dir.path().join("broken.jpg");
    std::fs::write(&broken, b"no picture at all").unwrap();
    let sound = write(dir.path(), 0, 1);
    bench!["--bundle", bundle, "--box", "0,0,9"].refused(2, &["0,0,9", "left,top,width,height"]);
    bench!["--bundle", bundle, "--box", "5000,0,9,9"].refused(1, &["5000,0,9,9", "640 × 480"]);
    bench!["--bundle", bundle, "--pictures", sound, broken].refused(1, &["broken.jpg"]);
    let note = dir.path().join("note.json");
    std::fs::write(&note, "{}").unwrap();
    edge!["bench", "compare", note, note].refused(1, &["note.json"]);
}

//! `dnc-train report`.

use crate::support::{Site, cut};

#[test]
fn a_run_is_told_of_in_one_file() {
    let site = Site::new();
    site.run("run", &["--validation-share", "0.5"]).done();
    let run = site.arg("run");
    let said = crate::support::train(&["report", "--run", &run]).done().stdout;
    assert_eq!(said.trim(), format!("{run}/report.html"));
    let page = std::fs::read_to_string(site.path("run/report.html")).unwrap();
    for words in ["Run run", "Cluster 2", "learner 2, values 9 to 16", "validation part", "<svg", "rank"] {
        assert!(page.contains(words), "{words}");
    }
    // The same scores as the evaluation's.
    let json = site.evaluate("run", &["--part", "validation", "--json"]).done().json();
    let map = json["scores"]["map"].as_f64().unwrap();
    assert!(page.contains(&format!("{map:.3}")), "mAP {map} is not in the report");
    let out = site.arg("test.html");
    crate::support::train(&["report", "--run", &run, "--part", "test", "--out", &out]).done();
    assert!(std::fs::read_to_string(out).unwrap().contains("test part"));
}

#[test]
fn what_cannot_be_told_of_is_named() {
    let site = Site::new();
    let report = |run: &str, flags: &[&str]| {
        let run = site.arg(run);
        crate::support::train(&[&["report", "--run", &run][..], flags].concat())
    };
    report("nowhere", &[]).refused(1, &["nowhere", "no checkpoint"]);
    site.run("run", &["--validation-share", "0"]).done();
    report("run", &[]).done();
    let page = std::fs::read_to_string(site.path("run/report.html")).unwrap();
    assert!(page.contains("validation part holds no pictures"));
    site.csv("fewer.csv", |identity, _| identity < 15);
    report("run", &["--data", &site.arg("fewer.csv")]).refused(1, &["96 pictures", "now there are 90", "--data"]);
    report("run", &["--out", &site.arg("no/such.html")]).refused(1, &["cannot write", "no/such.html", "--out"]);
    cut(&site.picture(16, 0), 0.5);
    report("run", &["--part", "test"]).refused(1, &["1 of 48", "--skip-broken"]);
}

#[test]
fn broken_training_pictures_do_not_shift_the_clusters() {
    let site = Site::new();
    cut(&site.picture(0, 2), 0.5);
    site.run("run", &["--skip-broken"]).done();
    let run = site.arg("run");
    crate::support::train(&["report", "--run", &run]).done();
}

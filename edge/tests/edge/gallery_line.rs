//! The commands below `dnc-edge gallery`, with the real binary.

use std::path::{Path, PathBuf};

use dnc_edge::Gallery;
use dnc_edge::gallery::Age;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

struct Site {
    dir: tempfile::TempDir,
    bundle: PathBuf,
    gallery: PathBuf,
}

/// Four identities of three views, with thumbnails.
fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 4, 3);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people, "--keep-thumbnails"].done();
    Site { dir, bundle, gallery }
}

impl Site {
    fn who(&self, gallery: &Path, probe: &Path) -> Value {
        let run = edge!["identify", "--bundle", self.bundle, "--gallery", gallery, "--json", probe];
        run.done().json()[0]["identity"].clone()
    }

    fn verified(&self) {
        edge!["gallery", "verify", "--gallery", self.gallery].done();
    }
}

#[test]
fn views_are_listed_and_split_off() {
    let site = site();
    let g = &site.gallery;
    let views = edge!["gallery", "views", "--gallery", g, "--identity", "id1", "--json"].done().json();
    assert_eq!(views.len(), 3);
    assert!(views.iter().all(|v| v["identity"] == "id1" && v["thumbnail"] == true && v["barred"] == false));
    let (a, b) = (views[0]["view"].to_string(), views[2]["view"].to_string());
    let run = edge!["gallery", "split", "--gallery", g, "--identity", "id1", "--to", "id8", "--view", a, "--view", b];
    assert!(run.done().stdout.contains("2 views moved from id1 to id8"));
    assert_eq!(edge!["gallery", "views", "--gallery", g, "--identity", "id8"].done().stdout.lines().count(), 3);
    edge!["gallery", "split", "--gallery", g, "--identity", "id1", "--to", "id7", "--view", "99", "--json"]
        .refused(1, &["view 99 is not one of \"id1\"", "gallery views"]);
    edge!["gallery", "split", "--gallery", g, "--identity", "id1", "--to", "id7"].refused(2, &["--view"]);
    edge!["gallery", "views", "--gallery", g, "--identity", "nobody"].refused(1, &["nobody", "dnc-edge list"]);
    site.verified();
}

#[test]
fn not_this_one_is_remembered() {
    let site = site();
    let (g, b) = (&site.gallery, &site.bundle);
    let probe = write(site.dir.path(), 2, 5);
    assert_eq!(site.who(g, &probe), "id2");
    let run = edge!["gallery", "bar", "--gallery", g, "--identity", "id2", "--bundle", b, "--json", probe];
    let line = run.done().json().remove(0);
    assert_eq!((&line["barred_from"], &line["already"]), (&json!("id2"), &json!(false)));
    assert_ne!(site.who(g, &probe), "id2");
    let run = edge!["enroll", "--bundle", b, "--gallery", g, "--identity", "id2", "--json", probe];
    assert_eq!((run.code, &run.json()[0]["event"], &run.json()[1]["barred"]), (3, &json!("barred"), &json!(1)));
    assert!(run.stderr.contains("dnc-edge gallery unbar"), "{}", run.stderr);
    let listed = edge!["gallery", "views", "--gallery", g, "--barred", "--json"].done().json();
    assert_eq!((listed.len(), &listed[0]["identity"], &listed[0]["barred"]), (1, &json!("id2"), &json!(true)));
    let hash = listed[0]["sha256"].as_str().unwrap().to_owned();
    edge!["gallery", "unbar", "--gallery", g, "--identity", "id2", "--sha256", hash].done();
    assert_eq!(site.who(g, &probe), "id2");
    edge!["gallery", "unbar", "--gallery", g, "--identity", "id2", probe].refused(1, &["is not barred", &hash]);
    edge!["gallery", "unbar", "--gallery", g, "--identity", "id2", "--sha256", "12"].refused(1, &["64 hexadecimal"]);

    // A view by its id, and one by its picture.
    let text = edge!["gallery", "bar", "--gallery", g, "--identity", "id0", "--view", "1"].done().stdout;
    assert!(text.contains("view 1 is taken out of id0"), "{text}");
    let enrolled = site.dir.path().join("people/id0/v1.png");
    let text = edge!["gallery", "bar", "--gallery", g, "--identity", "id0", "--bundle", b, enrolled].done().stdout;
    assert!(text.contains("(view 2) is taken out of id0"), "{text}");
    let text = edge!["gallery", "bar", "--gallery", g, "--identity", "id0", "--bundle", b, enrolled].done().stdout;
    assert!(text.contains("was barred from id0 before"), "{text}");
    let other = parts(2).folder(&site.dir.path().join("other"));
    edge!["gallery", "bar", "--gallery", g, "--identity", "id0", "--bundle", other, probe]
        .refused(1, &["dnc-edge gallery re-embed"]);
    edge!["gallery", "bar", "--gallery", g, "--identity", "id0"].refused(2, &["PICTURE"]);
    edge!["gallery", "bar", "--gallery", g, "--identity", "id0", probe].refused(2, &["--bundle"]);
    site.verified();
}

#[test]
fn what_is_old_goes_and_a_dry_run_changes_nothing() {
    let site = site();
    let g = &site.gallery;
    let line = edge!["gallery", "expire", "--gallery", g, "--older-than", "30d", "--json"].done().json().remove(0);
    assert_eq!((&line["expired"], &line["views"], &line["dry_run"]), (&json!([]), &json!(0), &json!(false)));
    // Two seconds later everything is more than a second old, but what was seen now.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let probe = write(site.dir.path(), 2, 5);
    edge!["identify", "--bundle", site.bundle, "--gallery", g, "--mark-seen", probe].done();
    let gone = Gallery::open(g).unwrap().would_expire(Age::LastSeen, now).unwrap().identities;
    assert_eq!(gone, ["id0", "id1", "id3"]);
    // However long the next commands take.
    Gallery::open_writing(g).unwrap().saw(["id2"], now + Duration::DAY).unwrap();
    let text = edge!["gallery", "expire", "--gallery", g, "--older-than", "1s", "--dry-run"].done().stdout;
    assert!(text.contains("would remove 9 views and 3 identities") && !text.contains("id2"), "{text}");
    assert_eq!(edge!["list", "--gallery", g].done().stdout.lines().count(), 5);
    let text = edge!["gallery", "expire", "--gallery", g, "--older-than", "1s"].done().stdout;
    assert!(text.contains("removed 9 views and 3 identities") && text.contains("\n  id3"), "{text}");
    assert_eq!(edge!["list", "--gallery", g].done().stdout.lines().count(), 2);
    let run = edge!["gallery", "expire", "--gallery", g, "--older-than", "1s", "--by", "enrolment", "--json"];
    assert_eq!(run.done().json()[0]["expired"], json!(["id2"]));
    for wrong in ["", "soon", "-3d", "3", "999999999999999999999years"] {
        edge!["gallery", "expire", "--gallery", g, "--older-than", wrong].refused(2, &["--older-than"]);
    }
    edge!["gallery", "expire", "--gallery", g, "--older-than", "500000years"].refused(1, &["before any date"]);
    site.verified();
}

#[test]
fn one_file_carries_a_gallery_to_another_machine() {
    let site = site();
    let (g, file, new) = (&site.gallery, site.dir.path().join("site.export"), site.dir.path().join("new.gallery"));
    edge!["gallery", "bar", "--gallery", g, "--identity", "id3", "--view", "12"].done();
    let line = edge!["gallery", "export", "--gallery", g, "--to", file, "--json"].done().json().remove(0);
    assert_eq!((&line["identities"], &line["views"], &line["bars"]), (&json!(4), &json!(11), &json!(1)));
    edge!["gallery", "export", "--gallery", g, "--to", file].refused(1, &["site.export", "is there already"]);
    let text = edge!["gallery", "import", "--gallery", new, "--from", file].done().stdout;
    assert!(text.contains("imported 11 views (0 already enrolled), 1 bar and 4 new identities"), "{text}");
    let probe = write(site.dir.path(), 1, 5);
    assert_eq!(site.who(&new, &probe), site.who(g, &probe));
    edge!["gallery", "verify", "--gallery", new].done();
    // Into one that says something else.
    edge!["gallery", "merge", "--gallery", new, "--from", "id0", "--into", "id1"].done();
    let run = edge!["gallery", "import", "--gallery", new, "--from", file, "--json"];
    assert_eq!((run.code, &run.json()[0]["duplicates"]), (3, &json!(8)));
    assert!(run.stderr.contains("left out: ") && run.stderr.contains("enrolled here as id1"), "{}", run.stderr);

    // A harmed file makes no gallery and changes none.
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    let harmed = site.dir.path().join("harmed.export");
    std::fs::write(&harmed, &bytes).unwrap();
    let before = std::fs::read(&new).unwrap();
    let none = site.dir.path().join("none.gallery");
    for gallery in [&none, &new] {
        edge!["gallery", "import", "--gallery", gallery, "--from", harmed].refused(1, &["harmed.export", "record"]);
        edge!["gallery", "import", "--gallery", gallery, "--from", probe].refused(1, &["not an exported gallery"]);
        edge!["gallery", "import", "--gallery", gallery, "--from", "nothing"].refused(1, &["nothing"]);
    }
    assert!(!none.exists() && std::fs::read(&new).unwrap() == before);
    let (other, elsewhere) = (parts(2).folder(&site.dir.path().join("other")), site.dir.path().join("other.gallery"));
    edge!["enroll", "--bundle", other, "--gallery", elsewhere, "--identity", "x", probe].done();
    edge!["gallery", "import", "--gallery", elsewhere, "--from", file].refused(1, &["dnc-edge gallery re-embed"]);
    let full = site.dir.path().join("no/such/folder.export");
    edge!["gallery", "export", "--gallery", g, "--to", full].refused(1, &["cannot write", "folder.export"]);
}

#[test]
fn csv_files_and_pictures_are_enrolled_again() {
    let site = site();
    let (g, folder) = (&site.gallery, site.dir.path().join("csv"));
    edge!["gallery", "rename", "--gallery", g, "--identity", "id0", "--to", "a, \"b\""].done();
    edge!["gallery", "bar", "--gallery", g, "--identity", "id3", "--view", "12"].done();
    let line = edge!["gallery", "export", "--gallery", g, "--csv", folder, "--json"].done().json().remove(0);
    assert_eq!((&line["views"], &line["pictures"]), (&json!(11), &json!(11)));
    let bars = std::fs::read_to_string(folder.join("barred.csv")).unwrap();
    assert!(bars.starts_with("identity,source,sha256,time,precision\nid3,") && bars.lines().count() == 2, "{bars}");
    let new = site.dir.path().join("new.gallery");
    let other = parts(2).folder(&site.dir.path().join("other"));
    let csv = folder.join("views.csv");
    let text = edge!["enroll", "--bundle", other, "--gallery", new, "--csv", csv].done().stdout;
    assert!(text.contains("the gallery has 4 identities with 11 views"), "{text}");
    assert!(edge!["list", "--gallery", new].done().stdout.contains("a, \"b\""));
    edge!["gallery", "export", "--gallery", g, "--csv", folder].refused(1, &["csv", "a new folder is needed"]);
    edge!["gallery", "export", "--gallery", g].refused(2, &["--to"]);
}

#[test]
fn compact_gives_space_back_and_stats_tell_what_is_there() {
    let site = site();
    let g = &site.gallery;
    let many = folder(&site.dir.path().join("many"), 60, 6);
    edge!["enroll", "--bundle", site.bundle, "--gallery", g, "--folder", many, "--keep-thumbnails"];
    for identity in 4..60 {
        edge!["remove", "--gallery", g, "--identity", format!("id{identity}")].done();
    }
    let listed = edge!["list", "--gallery", g].done().stdout;
    let line = edge!["gallery", "compact", "--gallery", g, "--json"].done().json().remove(0);
    let (before, after) = (line["bytes_before"].as_u64().unwrap(), line["bytes_after"].as_u64().unwrap());
    assert!(after * 2 < before, "{before} bytes before, {after} after");
    assert_eq!(std::fs::metadata(g).unwrap().len(), after);
    assert_eq!(edge!["list", "--gallery", g].done().stdout, listed);
    site.verified();
    let stats = edge!["gallery", "stats", "--gallery", g, "--json"].done().json().remove(0);
    assert_eq!((&stats["identities"], &stats["format"], &stats["bytes"]), (&json!(4), &json!("2"), &json!(after)));
    assert_eq!((&stats["views"], &stats["thumbnails"]), (&json!(24), &json!(24)));
    assert_eq!((&stats["most_views"], &stats["without_views"]), (&json!(6), &json!(0)));
    let text = edge!["gallery", "stats", "--gallery", g].done().stdout;
    assert!(text.contains("24, at most 6 of one identity, enrolled 2") && text.contains("format 2"), "{text}");
}

/// Every command explains itself, with an example.
#[test]
fn every_command_has_help_with_an_example() {
    let commands = [
        "rename", "merge", "split", "views", "bar", "unbar", "expire", "export", "import", "re-embed", "compact",
        "stats", "verify",
    ];
    for command in commands {
        let help = edge!["gallery", command, "--help"].done().stdout;
        assert!(help.contains("Example") && help.contains(&format!("dnc-edge gallery {command}")), "{help}");
        assert!(help.contains("--json") && help.contains("--gallery <FILE>"), "{help}");
    }
}

//! Where a bundle may go, and what becomes of what is there.

use dnc_edge::Bundle;

use crate::disk::{Disk, kib};
use crate::support::{Site, export, names};

#[test]
fn a_bundle_is_replaced_only_by_force() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let manifest = || std::fs::read_to_string(site.path("bundle/manifest.json")).unwrap();
    let first = manifest();
    site.export("bundle", &["--verify-pictures", "30"]).refused(&["bundle exists", "another --out", "--force"]);
    assert_eq!(manifest(), first);
    site.export("bundle", &["--verify-pictures", "30", "--force"]).done();
    let second = manifest();
    assert!(first.contains("\"pictures\": 64") && second.contains("\"pictures\": 30"), "{first}\n{second}");
    assert_eq!(site.names(), ["bundle", "run", "vehicles"]);
}

#[test]
fn a_dnc_name_gives_one_file_with_the_same_bundle() {
    let site = Site::trained(|_| ());
    site.export("folder", &[]).done();
    site.export("packed.dnc", &[]).done();
    let folder = Bundle::open(&site.path("folder")).unwrap();
    let packed = Bundle::open(&site.path("packed.dnc")).unwrap();
    assert!(site.path("packed.dnc").is_file());
    assert_eq!(packed.manifest(), folder.manifest());
    let variant = &packed.manifest().variants[0];
    assert_eq!(packed.model_bytes(variant).unwrap(), folder.model_bytes(variant).unwrap());
    site.assert_device_agrees("packed.dnc");
    site.export("packed.dnc", &[]).refused(&["packed.dnc exists", "--force"]);
    site.export("packed.dnc", &["--force"]).done();
    std::fs::write(site.path("note.dnc"), "no bundle").unwrap();
    site.export("note.dnc", &["--force"]).refused(&["note.dnc", "is no bundle"]);
    assert_eq!(site.names(), ["folder", "note.dnc", "packed.dnc", "run", "vehicles"]);
}

#[cfg(unix)]
#[test]
fn a_bundle_can_be_read_by_whom_the_mask_allows() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::trained(|_| ());
    std::fs::create_dir(site.path("plain")).unwrap();
    std::fs::write(site.path("plain/file"), "").unwrap();
    site.export("folder", &[]).done();
    site.export("packed.dnc", &[]).done();
    let mode = |name: &str| std::fs::metadata(site.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("folder"), mode("plain"));
    assert_eq!(mode("packed.dnc"), mode("plain/file"));
}

#[test]
fn force_never_replaces_what_is_no_bundle() {
    let site = Site::trained(|_| ());
    std::fs::create_dir(site.path("notes")).unwrap();
    std::fs::write(site.path("notes/thesis.txt"), "years of work").unwrap();
    // A web page has a manifest.json too.
    std::fs::create_dir(site.path("page")).unwrap();
    std::fs::write(site.path("page/manifest.json"), r#"{"name": "a page", "icons": []}"#).unwrap();
    std::fs::write(site.path("file"), "text").unwrap();
    for out in ["notes", "page", "file"] {
        site.export(out, &["--force"]).refused(&[out, "is no bundle", "another --out"]);
    }
    assert_eq!(names(&site.path("notes")), ["thesis.txt"]);
    assert_eq!(names(&site.path("page")), ["manifest.json"]);
    assert_eq!(std::fs::read_to_string(site.path("file")).unwrap(), "text");
    assert_eq!(site.names(), ["file", "notes", "page", "run", "vehicles"]);
}

#[test]
fn a_full_disk_leaves_the_bundle_that_is_there() {
    let site = Site::trained(|_| ());
    site.export("sample", &[]).done();
    // Enough for one bundle, not for two.
    let model = kib(&site.path("sample/model.f32.onnx"));
    let Some(disk) = Disk::mount(model + model / 2 + 8) else { return };
    let (run, out) = (site.arg("run"), disk.path().join("bundle"));
    let args = ["--run", &run, "--out", out.to_str().unwrap(), "--force"];
    export(&args).done();
    let full = export(&args);
    full.refused(&["cannot write", "model.f32.onnx", "No space left on device", "make room"]);
    assert_eq!(full.stderr.matches("No space left").count(), 1, "said twice: {}", full.stderr);
    Bundle::open(&out).unwrap();
    assert_eq!(names(disk.path()), ["bundle"]);
    disk.grow(4096);
    export(&args).done();
}

#[test]
fn a_full_disk_leaves_no_half_bundle() {
    let site = Site::trained(|_| ());
    site.export("sample", &[]).done();
    let Some(disk) = Disk::mount(kib(&site.path("sample/model.f32.onnx")) / 2) else { return };
    let (run, out) = (site.arg("run"), disk.path().join("bundle"));
    export(&["--run", &run, "--out", out.to_str().unwrap()])
        .refused(&["No space left on device", "no bundle was written"]);
    assert_eq!(names(disk.path()), [""; 0]);
}

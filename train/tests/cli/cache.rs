//! Reduced pictures in memory, on disk or nowhere: the same training.

use crate::support::{Site, assert_same_run};

#[test]
fn wherever_pictures_are_kept_the_run_is_the_same() {
    let site = Site::new();
    site.run("memory", &[]).done();
    let small = ["--cache-memory", "0"];
    let said = site.run("beside", &small).done().stderr;
    let kept = site.path("beside/pictures").is_dir();
    // A machine with less than a GiB free keeps none.
    assert!(kept == said.contains(" in ") && said.contains("0 reduced pictures are in memory"), "{said}");
    assert_same_run(&site.path("memory"), &site.path("beside"));
    let said = site.run("nowhere", &[&small[..], &["--cache-disk", "0", "--workers", "3"]].concat()).done().stderr;
    assert!(said.contains("84 are decoded anew each time"), "{said}");
    assert_same_run(&site.path("memory"), &site.path("nowhere"));
    // Two runs at once over one folder, and a third that finds it full of pictures.
    let shared = site.arg("shared");
    let both = [&small[..], &["--cache-dir", &shared]].concat();
    std::thread::scope(|scope| {
        for run in ["one", "two"] {
            let (site, both) = (&site, &both);
            scope.spawn(move || site.run(run, both).done());
        }
    });
    site.run("three", &["--cache-dir", &shared]).done();
    for run in ["one", "two", "three"] {
        assert_same_run(&site.path("memory"), &site.path(run));
    }
}

#[test]
fn a_run_may_go_on_with_its_pictures_kept_elsewhere() {
    let site = Site::new();
    site.run("run", &["--epochs", "3"]).done();
    let shared = site.arg("shared");
    site.run("run", &["--cache-memory", "0", "--cache-dir", &shared, "--workers", "1"]).done();
    site.run("whole", &[]).done();
    assert_same_run(&site.path("run"), &site.path("whole"));
}

//! Learning rates, clipping and averaging over a run that is stopped and goes on.

use crate::support::{Site, assert_same_run, history};

const FLAGS: [&str; 9] = [
    "--lr-schedule=cosine",
    "--head-lr-schedule=step",
    "--lr-milestones=2,4",
    "--warmup=1.5",
    "--cosine-until=6",
    "--lr-floor=0.1",
    "--clip-norm=0.05",
    "--ema=0.9",
    "--patience=6",
];

#[test]
fn a_run_in_parts_takes_the_rates_of_the_whole() {
    let site = Site::new();
    for (norm, number) in [("--freeze-norm=true", 0), ("--freeze-norm=false", 1)] {
        let [whole, parts] = ["whole", "parts"].map(|name| format!("{name}{number}"));
        let run = |out: &str, epochs| site.run(out, &[&FLAGS[..], &[norm, epochs]].concat()).done();
        run(&whole, "--epochs=6");
        run(&parts, "--epochs=3");
        run(&parts, "--epochs=6");
        assert_same_run(&site.path(&whole), &site.path(&parts));
        let epochs = history(&site.path(&whole)).epochs;
        let rates: Vec<_> = epochs.iter().map(|e| e.rates.unwrap()).collect();
        assert!(rates[0].backbone < rates[1].backbone && rates[5].backbone < rates[2].backbone, "{rates:?}");
        assert!((rates[2].head - 1e-4).abs() < 1e-12 && (rates[5].head - 1e-5).abs() < 1e-12, "{rates:?}");
        assert!(epochs.iter().all(|e| e.gradient_norm.is_some_and(|n| n > 0.0) && e.skipped_steps == 0));
    }
}

#[test]
fn each_of_them_changes_the_run() {
    let site = Site::new();
    let half = "--validation-share=0.5";
    site.run("plain", &[half]).done();
    let plain = history(&site.path("plain")).without_times();
    for flag in ["--lr-schedule=cosine", "--warmup=1", "--clip-norm=0.01", "--ema=0.9"] {
        site.run(flag, &[half, flag]).done();
        assert_ne!(history(&site.path(flag)).without_times().epochs, plain.epochs, "{flag} changed nothing");
    }
    // A limit that no gradient reaches does not.
    site.run("loose", &[half, "--clip-norm=1e6"]).done();
    assert_eq!(history(&site.path("loose")).without_times(), plain);
}

#[test]
fn a_longer_cosine_is_another_run() {
    let site = Site::new();
    let cosine = ["--lr-schedule", "cosine"];
    site.run("run", &cosine).done();
    site.run("run", &[&cosine[..], &["--epochs", "6"]].concat()).refused(1, &["cosine_until = 4", "now 6"]);
    site.run("run", &[&cosine[..], &["--epochs", "6", "--cosine-until", "4"]].concat()).done();
    // Where nothing follows a cosine, its length is nothing.
    site.run("plain", &[]).done();
    site.run("plain", &["--epochs", "6"]).done();
}

#[test]
fn sixteen_bits_and_other_devices_are_refused_on_the_cpu() {
    let site = Site::new();
    for precision in ["tf32", "bf16", "f16"] {
        let run = site.run("run", &["--precision", precision]);
        run.refused(1, &[&format!("precision is {precision}"), "f32", "--backend cuda"]);
    }
    site.run("run", &["--device", "1"]).refused(1, &["device is 1", "only device 0"]);
    assert!(!site.path("run").exists());
    // A run of a GPU in bf16 goes on and is scored on the CPU.
    site.run("run", &[]).done();
    let kept = std::fs::read_to_string(site.path("run/config.toml")).unwrap();
    let gpu =
        kept.replace("backend = \"cpu\"", "backend = \"cuda\"").replace("precision = \"f32\"", "precision = \"bf16\"");
    assert_ne!(kept, gpu);
    site.write("run/config.toml", &gpu);
    site.evaluate("run", &["--backend", "cpu"]).done();
    site.run("run", &["--epochs", "5"]).done();
    site.run("whole", &["--epochs", "5"]).done();
    assert_same_run(&site.path("run"), &site.path("whole"));
}

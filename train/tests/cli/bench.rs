//! `dnc-train bench`.

use crate::support::train;

const SMALL: [&str; 9] = [
    "bench",
    "--backbone=small",
    "--size=32",
    "--batch=8",
    "--per-identity=4",
    "--steps=3",
    "--warm-up=1",
    "--dim=8",
    "--learners=2",
];

#[test]
fn a_step_and_its_parts_are_timed() {
    for norm in ["--freeze-norm=true", "--freeze-norm=false"] {
        let times = train(&[&SMALL[..], &[norm, "--json"]].concat()).done().json();
        let of = |name: &str| times[name].as_f64().unwrap();
        let parts: f64 = ["forward_s", "loss_s", "backward_s", "optimiser_s"].iter().map(|part| of(part)).sum();
        assert!(of("forward_s") > 0.0 && of("backward_s") > 0.0 && of("optimiser_s") > 0.0, "{times}");
        // The parts of a step are a step; medians of few of them on a busy machine are not equal.
        assert!(parts > of("step_s") * 0.1 && parts < of("step_s") * 10.0, "{times}");
        assert!((of("pictures_per_s") * of("step_s") - 8.0).abs() < 1e-6, "{times}");
        // The same batch again and again is soon learned: the loss may be 0.
        assert!(of("loss") >= 0.0, "{times}");
    }
    let text = train(&SMALL).done();
    assert!(text.stdout.contains("pictures/s (medians of 3 steps"), "{}", text.stdout);
}

#[test]
fn what_the_cpu_cannot_is_refused() {
    train(&[&SMALL[..], &["--precision=tf32"]].concat()).refused(1, &["precision is tf32", "f32", "--backend cuda"]);
    train(&["bench", "--steps=0"]).refused(2, &["--steps", "1..="]);
}

//! What makes two embeddings comparable.

use dnc_edge::Bundle;
use dnc_train::checkpoint::Run;

use crate::support::Site;

#[test]
fn one_run_is_one_space_and_another_run_another() {
    let a = Site::trained(|_| ());
    let b = Site::trained(|c| c.seed = 2);
    let space = |site: &Site, out: &str| {
        site.export(out, &[]).done();
        Bundle::open(&site.path(out)).unwrap().manifest().space_id.clone()
    };
    let first = space(&a, "first");
    assert_eq!(space(&a, "second"), first);
    assert_ne!(space(&b, "bundle"), first);
    let onnx = |out: &str| std::fs::read(a.path(out).join("model.f32.onnx")).unwrap();
    assert!(onnx("first") == onnx("second"), "two exports of one run differ");
    let config = &a.config;
    let weights = Run::at(&a.path("run")).weights_sha256().unwrap();
    let expected = dnc_core::manifest::space_id(&weights, &config.preprocess(), &config.layout().unwrap());
    assert_eq!(first, expected);
}

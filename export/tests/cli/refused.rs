//! A model on which the device's runtime and the training network disagree is never shipped.

use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use dnc_core::preprocess::PixelLayout;
use dnc_datasets::validation;
use dnc_train::batch::read_plain;
use dnc_train::checkpoint::Run;
use dnc_train::evaluate::trained_network;
use dnc_train::optimizer::TraineeOptimizer;
use dnc_train::trainee::Trainee;

use crate::support::Site;

const REFUSAL: [&str; 4] = ["tract", "disagree", "0.9999 is needed", "no bundle was written"];

/// Shifts the embedding so that one validation picture lies at its origin: what is left of that picture are
/// rounding errors, and their direction depends on the order in which a runtime adds.
fn spoil(site: &Site) {
    let run = Run::at(&site.path("run"));
    let mut network = trained_network::<Autodiff<Flex>>(&run, &site.config, &FlexDevice).unwrap();
    let dataset = dnc_datasets::open(&site.config.data, None).unwrap();
    let held_out = validation::split(&dataset, site.config.validation_share, site.config.seed).validation;
    let pixels = read_plain(held_out[0], &site.config.preprocess(), PixelLayout::Hwc).unwrap();
    let side = site.config.size as usize;
    let picture = Tensor::from_data(TensorData::new(pixels, [1, side, side, 3]), &FlexDevice);
    let at = network.head.forward(network.features(picture)).squeeze_dim::<1>(0).detach();
    network.head.bias = network.head.bias.clone().map(|bias| bias - at);
    let (state, history) = run.state().unwrap();
    let trainee = Trainee::new(network, &site.config, 2, &FlexDevice);
    run.save(&trainee, None, &TraineeOptimizer::new(&trainee, 0.0), &state, &history, &site.config).unwrap();
}

#[test]
fn a_model_that_disagrees_leaves_no_bundle_and_the_one_that_was_there() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let before = std::fs::read(site.path("bundle/model.f32.onnx")).unwrap();
    spoil(&site);
    site.export("other", &[]).refused(&REFUSAL);
    site.export("bundle", &["--force"]).refused(&REFUSAL);
    assert_eq!(site.names(), ["bundle", "run", "vehicles"]);
    assert!(std::fs::read(site.path("bundle/model.f32.onnx")).unwrap() == before);
    dnc_edge::Bundle::open(&site.path("bundle")).unwrap();
}

//! Pretrained weights as a user gets them: by package name, checked, and better than none.

use burn_flex::{Flex, FlexDevice};
use dnc_datasets::render::{RenderConfig, render_vehicles};
use dnc_train::config::Config;
use dnc_train::embed::Vector;
use dnc_train::evaluate::{EvaluationOptions, Part, Scope, embed_network, initial_network};

/// Mean average precision of the pooled features before any training.
fn features_map(config: &Config) -> f64 {
    let dataset = dnc_datasets::open(&config.data, None).unwrap();
    let network = initial_network::<Flex>(config, &FlexDevice).unwrap();
    let model = network.graph().name.clone();
    let scope = Scope { config, dataset: &dataset, part: Part::Test };
    let embedded = embed_network(&network, Vector::Features, model, scope, &FlexDevice, |_| ()).unwrap();
    embedded.evaluate(scope, &EvaluationOptions::default()).unwrap().scores.map
}

#[test]
fn fetched_imagenet_features_beat_random_ones() {
    let folder = tempfile::tempdir().unwrap();
    let weights = match dnc_datasets::weights::fetch("mobilenet-v2", &folder.path().join("weights")) {
        Ok(fetched) => fetched.path,
        Err(error) if std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    // Asked again, what is there is kept: no package client is needed.
    let again = dnc_datasets::weights::fetch("mobilenet-v2", &folder.path().join("weights")).unwrap();
    assert_eq!(again.path, weights);

    let data = folder.path().join("vehicles");
    let scenes = RenderConfig { train_identities: 2, test_identities: 24, size_px: 64, ..RenderConfig::default() };
    render_vehicles(&scenes, &data, &|_, _| ()).unwrap();
    let random = Config { data, size: 64, ..Config::default() };
    let pretrained = Config { weights: Some(weights), ..random.clone() };
    let (random, pretrained) = (features_map(&random), features_map(&pretrained));
    assert!(pretrained > random + 0.05, "mAP {pretrained} with ImageNet weights, {random} without");
}

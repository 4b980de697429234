//! The moving average of the weights: scored and exported, but not trained on.

use burn_flex::{Flex, FlexDevice};
use dnc_train::checkpoint::Run;
use dnc_train::config::Config;
use dnc_train::network::Network;

use crate::support::{Site, history};

/// The embedding layer's weights: as evaluation takes them, as training goes on from them.
fn weights(site: &Site, run: &str) -> [Vec<f32>; 2] {
    let config = Config::read(&site.path(run).join("config.toml")).unwrap();
    let run = Run::at(&site.path(run));
    let fresh = || {
        let graph = config.backbone.graph(config.width);
        Network::<Flex>::new(graph, config.layout().unwrap(), config.seed, &FlexDevice)
    };
    let values = |network: Network<Flex>| network.head.weight.val().into_data().into_vec().unwrap();
    [run.load_network(fresh(), &FlexDevice), run.load_trained(fresh(), &FlexDevice)].map(|n| values(n.unwrap()))
}

#[test]
fn training_is_the_same_and_the_average_is_what_is_scored() {
    let site = Site::new();
    // Half of the identities are validated: enough that scores tell networks apart.
    site.run("plain", &["--validation-share", "0.5"]).done();
    site.run("averaged", &["--validation-share", "0.5", "--ema", "0.9"]).done();
    let [plain, averaged] = ["plain", "averaged"].map(|run| history(&site.path(run)));
    for (a, b) in plain.epochs.iter().zip(&averaged.epochs) {
        assert_eq!(a.losses, b.losses);
    }
    let differs = plain.epochs.iter().zip(&averaged.epochs).any(|(a, b)| a.validation != b.validation);
    assert!(differs, "the average scores as the weights themselves");
    let [evaluated, trained] = weights(&site, "plain");
    assert_eq!(evaluated, trained);
    let [average, raw] = weights(&site, "averaged");
    assert_eq!(raw, trained);
    assert_ne!(average, raw);
    // What evaluation says of the checkpoint is what training said of the average.
    let found = site.evaluate("averaged", &["--json", "--part", "validation"]).done().json();
    let last = averaged.epochs.last().unwrap().validation.as_ref().unwrap();
    assert_eq!(found["scores"]["map"].as_f64(), Some(last.map));
    // Another embedding space than that of the weights themselves.
    let hash = |run| Run::at(&site.path(run)).weights_sha256().unwrap();
    assert_ne!(hash("plain"), hash("averaged"));
}

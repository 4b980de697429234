//! Files in integers: what runtimes make of them, beside the emulation that rounds as the file says.

use dnc_edge::runtime::Engine;
use dnc_export::folded::FoldedNetwork;
use dnc_export::onnx::{Form, Numbers, model};
use dnc_export::quantise::emulation::walk;
use dnc_export::quantise::plan::{Plan, Scheme};
use dnc_export::quantise::{Quantised, Recipe};
use dnc_export::verify::{cosine, mean_cosine};
use dnc_train::architecture::Backbone;
use prost::Message;

use crate::support::{DIM, PICTURES, SIZE, both, channels_last, engines, pictures, quantised_by, runner};

fn quantised(backbone: Backbone, scheme: Scheme) -> (FoldedNetwork, Quantised) {
    let (_, folded) = both(backbone, 2);
    let quantised = quantised_by(folded.clone(), Recipe::best(scheme), 16);
    (folded, quantised)
}

fn bytes(network: &FoldedNetwork, numbers: Numbers<'_>) -> Vec<u8> {
    model(network, Form { numbers, ..Form::plain(SIZE) }, &[]).encode_to_vec()
}

/// Embeddings by the emulation's last feature maps.
fn emulated(network: &FoldedNetwork, plan: &Plan) -> Vec<f32> {
    let channels: Vec<usize> = network.graph.convs().map(|c| c.c_out).collect();
    let (_, maps) = walk(network, plan, channels_last(PICTURES), SIZE, |at, _| vec![0.0; channels[at]]);
    let (features, head) = (network.graph.features, &network.head);
    let pixels = maps.len() / features / PICTURES;
    maps.chunks_exact(pixels * features)
        .flat_map(|map| {
            let pooled = |c: usize| map.iter().skip(c).step_by(features).sum::<f32>() / pixels as f32;
            let mut row = head.bias.clone();
            for c in 0..features {
                let value = pooled(c);
                row.iter_mut().zip(&head.weight[c * DIM..]).for_each(|(sum, w)| *sum += value * w);
            }
            dnc_core::normalize::group_normalize(&mut row, &head.layout);
            row
        })
        .collect()
}

#[test]
fn a_runtime_does_the_integers_that_the_file_says() {
    for (backbone, scheme) in [
        (Backbone::MobilenetV2, Scheme::Ort),
        (Backbone::Resnet18, Scheme::Ort),
        (Backbone::MobilenetV2, Scheme::Tensorrt),
        (Backbone::MobilenetV2, Scheme::WeightsOnly),
    ] {
        let (_, quantised) = quantised(backbone, scheme);
        let expected = emulated(&quantised.network, &quantised.plan);
        let onnx = bytes(&quantised.network, Numbers::Int8(&quantised.plan));
        for engine in engines() {
            let rows = runner(DIM).embed(&onnx, engine, &pictures(PICTURES)).unwrap().rows;
            let found = mean_cosine(&expected, &rows, DIM);
            // Sums in another order round a value to the next integer here and there, and layers add that up.
            assert!(found > 0.99, "{backbone:?} {scheme:?} {engine:?}: {found}");
        }
    }
}

#[test]
fn integers_are_near_the_float_network_and_a_third_of_its_size() {
    for (scheme, least) in [(Scheme::Ort, 0.98), (Scheme::Tensorrt, 0.97), (Scheme::WeightsOnly, 0.99)] {
        let (folded, quantised) = quantised(Backbone::MobilenetV2, scheme);
        let (float, whole) = (bytes(&folded, Numbers::F32), bytes(&quantised.network, Numbers::Int8(&quantised.plan)));
        let expected = runner(DIM).embed(&float, Engine::Tract, &pictures(PICTURES)).unwrap().rows;
        let rows = runner(DIM).embed(&whole, Engine::Tract, &pictures(PICTURES)).unwrap().rows;
        let found = mean_cosine(&expected, &rows, DIM);
        assert!(found > least, "{scheme:?}: {found}");
        assert!(whole.len() < float.len() * 6 / 10, "{} of {}", whole.len(), float.len());
    }
}

/// ONNX Runtime's optimiser makes integers of float weights between integers; the file must not let it.
#[test]
fn a_layer_left_in_float_stays_in_float() {
    if !engines().contains(&Engine::Ort) {
        return;
    }
    let (_, quantised) = quantised(Backbone::MobilenetV2, Scheme::Ort);
    for at in 0..quantised.plan.convs.len() {
        let mut plan = quantised.plan.clone();
        plan.convs[at] = None;
        let rows =
            runner(DIM).embed(&bytes(&quantised.network, Numbers::Int8(&plan)), Engine::Ort, &pictures(PICTURES));
        let expected = emulated(&quantised.network, &plan);
        let found = mean_cosine(&expected, &rows.unwrap().rows, DIM);
        assert!(found > 0.99, "layer {at} in float: {found}");
    }
}

#[test]
fn the_embedding_layer_is_quantised_where_it_is_asked_for() {
    let (_, folded) = both(Backbone::Small, 2);
    for scheme in [Scheme::Ort, Scheme::Tensorrt, Scheme::WeightsOnly] {
        let recipe = Recipe { head: true, ..Recipe::best(scheme) };
        let quantised = quantised_by(folded.clone(), recipe, 16);
        let (float, whole) = (bytes(&folded, Numbers::F32), bytes(&quantised.network, Numbers::Int8(&quantised.plan)));
        for engine in engines() {
            let expected = runner(DIM).embed(&float, engine, &pictures(PICTURES)).unwrap().rows;
            let rows = runner(DIM).embed(&whole, engine, &pictures(PICTURES)).unwrap().rows;
            let lowest = expected.chunks_exact(DIM).zip(rows.chunks_exact(DIM)).map(|(a, b)| cosine(a, b));
            let lowest = lowest.fold(1.0, f64::min);
            assert!(lowest > 0.97, "{scheme:?} {engine:?}: {lowest}");
        }
    }
}

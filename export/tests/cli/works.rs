//! Exports that work: every kind of network that training makes.

use dnc_core::manifest::sha256_hex;
use dnc_train::architecture::Backbone;
use dnc_train::checkpoint::Run;
use dnc_train::mask::MaskKind;
use prost::Message;
use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_shape_proto::dimension::Value;
use tract_onnx::pb::type_proto;

use crate::support::{Site, VIEWS, names};

#[test]
fn a_bundle_opens_on_the_device_and_embeds_as_training_does() {
    let site = Site::trained(|_| ());
    let said = site.export("bundle", &[]).done();
    assert!(said.stdout.contains("verified") && said.stdout.contains("decision"), "{}", said.stdout);
    // Four validation identities: enough for the balanced rule, too few to tell a false-positive rate.
    // Whether ONNX Runtime is there too depends on the machine.
    let notes: Vec<&str> = said.stderr.lines().filter(|note| !note.starts_with("note: ONNX Runtime is not")).collect();
    assert!(matches!(notes[..], [note] if note.starts_with("note: no threshold by false-positive")), "{notes:?}");
    assert_eq!(names(&site.path("bundle")), ["manifest.json", "model.f32.onnx"]);
    assert_eq!(site.names(), ["bundle", "run", "vehicles"]);

    let manifest = site.assert_device_agrees("bundle");
    assert_eq!((manifest.output.dim, manifest.output.learners, manifest.training.epochs), (16, 2, 2));
    assert_eq!(manifest.input.preprocess, site.config.preprocess());
    let variant = &manifest.variants[0];
    let onnx = std::fs::read(site.path("bundle").join(&variant.file)).unwrap();
    assert_eq!((variant.bytes, variant.sha256.as_str()), (onnx.len() as u64, sha256_hex(&onnx).as_str()));
    assert!(variant.verification.min_cosine >= 0.9999 && variant.verification.pictures >= 64);
    assert!(variant.verification.runtime.contains("tract"), "{}", variant.verification.runtime);
}

#[test]
fn a_run_with_masks_gives_one_slice_however_many_learners_it_had() {
    let site = Site::trained(|c| c.masks = MaskKind::Learnable);
    site.export("bundle", &[]).done();
    let manifest = site.assert_device_agrees("bundle");
    assert_eq!((manifest.output.dim, manifest.output.learners, manifest.training.learners), (16, 1, 2));
}

#[test]
fn accuracy_and_thresholds_come_from_validation_identities() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let variant = site.assert_device_agrees("bundle").variants.remove(0);
    // A quarter of 16 identities.
    let accuracy = variant.accuracy.unwrap();
    assert!(accuracy.set.contains("validation part (4 identities)"), "{}", accuracy.set);
    assert_eq!(accuracy.queries, 4 * VIEWS);
    assert!(accuracy.map > 0.0 && accuracy.map <= 1.0 && accuracy.recall[&1] <= 1.0);
    // The device's runtime scores what training scored after its last epoch.
    let (_, history) = Run::at(&site.path("run")).state().unwrap();
    let trained = history.epochs.last().unwrap().validation.as_ref().unwrap().map;
    assert!((accuracy.map - trained).abs() < 1e-6, "device {}, training {trained}", accuracy.map);
    let decision = variant.decision.unwrap();
    assert_eq!((decision.gallery_identities, decision.views_per_identity), (2, 5));
    assert!(decision.set.contains("validation part"), "{}", decision.set);
    assert!((-1.0..=1.0).contains(&decision.rule.threshold) && decision.rule.margin >= 0.0);
}

#[test]
fn the_model_takes_any_number_of_pictures() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let bytes = std::fs::read(site.path("bundle/model.f32.onnx")).unwrap();
    let model = ModelProto::decode(bytes.as_slice()).unwrap();
    let graph = model.graph.unwrap();
    for (value, sizes) in [(&graph.input[0], &[3, 32, 32][..]), (&graph.output[0], &[16])] {
        let Some(type_proto::Value::TensorType(tensor)) = value.r#type.as_ref().and_then(|t| t.value.as_ref()) else {
            panic!("{} is no tensor", value.name);
        };
        let dims: Vec<&Value> = tensor.shape.as_ref().unwrap().dim.iter().map(|d| d.value.as_ref().unwrap()).collect();
        assert!(matches!(dims[0], Value::DimParam(name) if name == "N"), "{dims:?}");
        let fixed: Vec<i64> = dims[1..].iter().map(|d| if let Value::DimValue(n) = d { *n } else { -1 }).collect();
        assert_eq!(fixed, sizes);
    }
    // No normalisation is left, and the file says which space it embeds into.
    assert!(graph.node.iter().all(|n| n.op_type != "BatchNormalization"));
    let bundle = dnc_edge::Bundle::open(&site.path("bundle")).unwrap();
    let space = model.metadata_props.iter().find(|p| p.key == "space_id").map(|p| p.value.clone());
    assert_eq!(space.as_ref(), Some(&bundle.manifest().space_id));
    // A batch gives the rows that its pictures give alone.
    let mut embedder = dnc_edge::Embedder::new(&bundle).unwrap();
    let pictures: Vec<_> = (1..=3)
        .map(|i| dnc_core::picture::read(&site.path(&format!("vehicles/image/000000{i}.jpg"))).unwrap())
        .collect();
    let batch = embedder.embed_batch(&pictures).unwrap();
    for (picture, row) in pictures.iter().zip(batch.chunks_exact(16)) {
        let alone = embedder.embed_picture(picture).unwrap();
        assert!(alone.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-5), "{alone:?} {row:?}");
    }
}

#[test]
fn every_backbone_uneven_slices_one_learner_and_frozen_statistics_are_exported_too() {
    let uneven = Site::trained(|c| (c.dim, c.learners) = (10, 3));
    let one = Site::trained(|c| c.learners = 1);
    let frozen = Site::trained(|c| c.freeze_norm = Some(true));
    let published = Site::trained(|c| c.backbone = Backbone::MobilenetV2);
    // Max pooling and sums with an activation; one epoch, narrow: it is their form that matters here.
    let residual = |backbone| Site::trained(|c| (c.backbone, c.width, c.epochs) = (backbone, 0.125, 1));
    let (resnet_18, resnet_50) = (residual(Backbone::Resnet18), residual(Backbone::Resnet50));
    for site in [uneven, one, frozen, published, resnet_18, resnet_50] {
        site.export("bundle", &[]).done();
        let manifest = site.assert_device_agrees("bundle");
        assert_eq!((manifest.output.dim, manifest.output.learners), (site.config.dim, site.config.learners));
    }
}

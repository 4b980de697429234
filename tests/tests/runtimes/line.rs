//! From pictures to a bundle with every variant: MobileNetV2 with ImageNet weights, trained for an epoch, exported.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use dnc_core::open_set::Draws;
use dnc_datasets::render::{RenderConfig, render_vehicles};
use dnc_datasets::{Dataset, Sample, Split};
use dnc_edge::pipeline::Pipeline;
use dnc_edge::runtime::{Engine, OrtOptions, RuntimeOptions, library};
use dnc_edge::{Bundle, Embedder};
use dnc_export::bundle::{Request, export};
use dnc_export::gate::Limits;
use dnc_export::kind::Kind;
use dnc_export::onnx::OPSET;
use dnc_export::quantise::Recipe;
use dnc_export::quantise::plan::Scheme;
use dnc_train::checkpoint::{Run, Which};
use dnc_train::config::Config;
use dnc_train::embed::{Vector, embed_samples};
use dnc_train::evaluate::trained_network;
use dnc_train::trainer::train;

use crate::tolerance::GATE;

/// A run with its bundle, and the pictures that neither training nor calibration saw.
pub struct Line {
    folder: tempfile::TempDir,
    config: Config,
    dataset: Dataset,
    ort: OrtOptions,
}

impl Line {
    /// Trains and exports; `None`, with the reason printed, where the ImageNet weights or ONNX Runtime cannot be had.
    ///
    /// # Panics
    /// Where they cannot be had and `CI` is set.
    pub fn trained() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let fetched = || -> anyhow::Result<(PathBuf, PathBuf)> {
            let weights = dnc_datasets::weights::fetch("mobilenet-v2", &folder.path().join("weights"))?.path;
            Ok((weights, library::find_or_fetch()?))
        };
        let (weights, ort) = match fetched() {
            Ok(fetched) => fetched,
            Err(error) if std::env::var_os("CI").is_none() => {
                println!("skipped: {error:#}");
                return None;
            }
            Err(error) => panic!("{error:#}"),
        };
        let data = folder.path().join("vehicles");
        let drawn = RenderConfig {
            train_identities: 24,
            test_identities: 8,
            views_per_identity: 6,
            size_px: 64,
            ..RenderConfig::default()
        };
        render_vehicles(&drawn, &data, &|_, _| ()).unwrap();
        let config = Config {
            data,
            weights: Some(weights),
            size: 64,
            dim: 64,
            learners: 4,
            batch: 24,
            epochs: 1,
            validation_share: 0.2,
            ..Config::default()
        };
        let dataset = dnc_datasets::open(&config.data, None).unwrap();
        let ort = OrtOptions { library: Some(ort), ..OrtOptions::default() };
        let line = Self { folder, config, dataset, ort };
        let run = Run::at(&line.path("run"));
        let _lock = run.begin(&line.config).unwrap();
        train::<Autodiff<Flex>>(&line.config, &line.dataset, &run, &FlexDevice, &(), &AtomicBool::new(false)).unwrap();
        line.export();
        Some(line)
    }

    fn export(&self) {
        let request = Request {
            run: self.path("run"),
            checkpoint: Which::Last,
            out: self.path("bundle"),
            data: None,
            force: false,
            variants: vec![Kind::F16, Kind::Int8Ort, Kind::Int8Tract, Kind::Int8Tensorrt],
            learners: None,
            opset: OPSET,
            batch: None,
            features: false,
            recipe: Recipe::best(Scheme::Ort),
            calibration: (96, 1),
            // Few validation pictures tell no drop: the cosine is the limit.
            limits: Limits { max_drop: 100.0, min_cosine: GATE },
            allow_small: true,
            ort: self.ort.clone(),
            verify_pictures: 24,
            draws: Draws { views: 2, draws: 2, seed: 1 },
        };
        export(&request, &|_, _, _| ()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Values of an embedding.
    pub fn dim(&self) -> usize {
        self.config.dim
    }

    /// The test pictures.
    fn samples(&self) -> Vec<&Sample> {
        self.dataset.part(Split::Test)
    }

    /// Their embeddings by the training network.
    pub fn by_training(&self) -> Vec<f32> {
        let network = trained_network::<Flex>(&Run::at(&self.path("run")), &self.config, &FlexDevice).unwrap();
        let preprocess = self.config.preprocess();
        let (rows, _, broken) =
            embed_samples(&network, &self.samples(), &preprocess, Vector::Embedding, &FlexDevice, |_| ());
        assert!(broken.is_empty());
        rows
    }

    /// Their embeddings as a device makes them, from the files.
    pub fn by_device(&self, kind: Kind, engine: Engine) -> Vec<f32> {
        let options = RuntimeOptions { engine: Some(engine), variant: Some(kind.file()), ort: self.ort.clone() };
        let embedder = Embedder::open(&Bundle::open(&self.path("bundle")).unwrap(), &options).unwrap();
        let files = self.samples();
        let files: Vec<&Path> = files.iter().map(|s| s.path.as_path()).collect();
        let embedded = Pipeline::new(embedder, 2).unwrap().embed(&files);
        embedded.into_iter().flat_map(|e| e.unwrap().embedding).collect()
    }
}

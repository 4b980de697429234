//! A trained run and a way to run the program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use dnc_core::manifest::Manifest;
use dnc_datasets::Sample;
use dnc_datasets::render::{RenderConfig, render_vehicles};
use dnc_edge::{Bundle, Embedder};
use dnc_export::verify::cosine;
use dnc_train::architecture::Backbone;
use dnc_train::checkpoint::Run;
use dnc_train::config::Config;
use dnc_train::embed::{Vector, embed_samples};
use dnc_train::evaluate::trained_network;
use dnc_train::trainer::train;

pub const VIEWS: usize = 6;

/// What the program answered.
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Checks that it failed with exit code 1 and that standard error says all of `words`.
    #[track_caller]
    pub fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in: {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }

    /// Checks that it succeeded.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Runs `dnc-export`.
pub fn export(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_dnc-export")).args(args).output().unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with `vehicles/` and the run `run/` trained on them.
pub struct Site {
    dir: tempfile::TempDir,
    pub config: Config,
}

impl Site {
    /// Trains with tiny settings, changed by `change`. Of 16 training identities a quarter is held out: enough
    /// for decision thresholds.
    pub fn trained(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("vehicles");
        let drawn = RenderConfig {
            train_identities: 16,
            test_identities: 4,
            views_per_identity: VIEWS,
            size_px: 32,
            ..RenderConfig::default()
        };
        render_vehicles(&drawn, &data, &|_, _| ()).unwrap();
        let mut config = Config {
            data,
            validation_share: 0.25,
            backbone: Backbone::Small,
            width: 0.25,
            size: 32,
            dim: 16,
            learners: 2,
            batch: 16,
            epochs: 2,
            ..Config::default()
        };
        change(&mut config);
        let run = Run::at(&dir.path().join("run"));
        let _lock = run.begin(&config).unwrap();
        let dataset = dnc_datasets::open(&config.data, None).unwrap();
        let stop = AtomicBool::new(false);
        train::<Autodiff<Flex>>(&config, &dataset, &run, &FlexDevice, &(), &stop).unwrap();
        Self { dir, config }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `dnc-export --run run --out OUT …`
    pub fn export(&self, out: &str, flags: &[&str]) -> Output {
        let (run, out) = (self.arg("run"), self.arg(out));
        let mut args = vec!["--run", &run, "--out", &out];
        args.extend(flags);
        export(&args)
    }

    /// Names in the site, sorted: what an export left beside its bundle shows here.
    pub fn names(&self) -> Vec<String> {
        names(self.dir.path())
    }

    /// Checks that the device embeds the test pictures, which no export has seen, as training does.
    #[track_caller]
    pub fn assert_device_agrees(&self, out: &str) -> Manifest {
        let bundle = Bundle::open(&self.path(out)).unwrap();
        let mut embedder = Embedder::new(&bundle).unwrap();
        let dataset = dnc_datasets::open(&self.config.data, None).unwrap();
        let samples: Vec<&Sample> = dataset.part(dnc_datasets::Split::Test);
        let network = trained_network::<Flex>(&Run::at(&self.path("run")), &self.config, &FlexDevice).unwrap();
        let preprocess = self.config.preprocess();
        let (trained, _, broken) =
            embed_samples(&network, &samples, &preprocess, Vector::Embedding, &FlexDevice, |_| ());
        assert!(broken.is_empty());
        let dim = self.config.dim;
        for (sample, trained) in samples.iter().zip(trained.chunks_exact(dim)) {
            let picture = dnc_core::picture::read(&sample.path).unwrap();
            let device = embedder.embed_picture(&picture).unwrap();
            assert_eq!(device.len(), dim);
            let length = device.iter().map(|v| v * v).sum::<f32>().sqrt();
            assert!(
                (length - (self.config.layout().unwrap().learners() as f32).sqrt()).abs() < 1e-4,
                "length {length}"
            );
            let cosine = cosine(trained, &device);
            assert!(cosine >= 0.9999, "{}: cosine {cosine}", sample.path.display());
        }
        bundle.manifest().clone()
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

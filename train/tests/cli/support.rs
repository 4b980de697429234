//! What the tests share: rendered pictures, tiny settings, and a way to run the program.

use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_datasets::render::{RenderConfig, render_vehicles};
use dnc_train::checkpoint::Run;
use dnc_train::history::{HISTORY_FILE, History};

pub const TRAIN_IDENTITIES: usize = 16;
pub const TEST_IDENTITIES: usize = 8;
pub const VIEWS: usize = 6;
/// Training pictures.
pub const PICTURES: usize = TRAIN_IDENTITIES * VIEWS;

/// Settings that train in a fraction of a second and go through all three phases, divided anew in each epoch;
/// nothing is written beside the checkpoints.
/// `data` is relative to the file.
pub const TINY: &str = "\
data = 'vehicles'
backbone = 'small'
width = 0.25
size = 32
dim = 16
learners = 2
batch = 16
per_identity = 4
epochs = 4
join_at = 1
conquer_at = 3
divide_every = 1
evaluate_every = 1
tensorboard = false
";

/// What the program answered.
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Checks that it failed with `code` and that standard error says all of `words`.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
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

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in {}\n{}", self.stdout, self.stderr))
    }
}

/// Runs `dnc-train`.
pub fn train(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_dnc-train")).args(args).output().unwrap();
    Output {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with `vehicles/` (VehicleID layout) and `tiny.toml`.
pub struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    /// Each test draws its own, so that it may break them: it takes a tenth of a second.
    pub fn new() -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap() };
        let config = RenderConfig {
            train_identities: TRAIN_IDENTITIES,
            test_identities: TEST_IDENTITIES,
            views_per_identity: VIEWS,
            size_px: 32,
            ..RenderConfig::default()
        };
        render_vehicles(&config, &site.path("vehicles"), &|_, _| ()).unwrap();
        site.write("tiny.toml", TINY);
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text, for a command line.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// View `view` of identity `identity`, both counted from 0, test identities behind the training ones.
    pub fn picture(&self, identity: usize, view: usize) -> PathBuf {
        self.path(&picture_name(identity, view))
    }

    /// Writes `NAME`, a CSV list of the training pictures that `keep` wants and of all test pictures.
    pub fn csv(&self, name: &str, keep: impl Fn(usize, usize) -> bool) {
        let mut text = String::from("path,identity,camera,split\n");
        for identity in 0..TRAIN_IDENTITIES + TEST_IDENTITIES {
            let split = if identity < TRAIN_IDENTITIES { "train" } else { "test" };
            for view in (0..VIEWS).filter(|v| split == "test" || keep(identity, *v)) {
                let path = picture_name(identity, view);
                text += &format!("{path},car {identity},camera {view},{split}\n");
            }
        }
        self.write(name, &text);
    }

    /// `dnc-train run --config tiny.toml --out OUT …`
    pub fn run(&self, out: &str, flags: &[&str]) -> Output {
        self.run_with("tiny.toml", out, flags)
    }

    pub fn run_with(&self, config: &str, out: &str, flags: &[&str]) -> Output {
        let (config, out) = (self.arg(config), self.arg(out));
        let mut args = vec!["run", "--config", &config, "--out", &out];
        args.extend(flags);
        train(&args)
    }

    /// `dnc-train evaluate --run RUN …`
    pub fn evaluate(&self, run: &str, flags: &[&str]) -> Output {
        let run = self.arg(run);
        let mut args = vec!["evaluate", "--run", &run];
        args.extend(flags);
        train(&args)
    }
}

fn picture_name(identity: usize, view: usize) -> String {
    format!("vehicles/image/{:07}.jpg", identity * VIEWS + view + 1)
}

/// What a run's folder tells.
#[track_caller]
pub fn history(run: &Path) -> History {
    serde_json::from_slice(&std::fs::read(run.join(HISTORY_FILE)).unwrap()).unwrap()
}

/// Checks that two runs have the same numbers in all epochs and the same weights, bit for bit.
#[track_caller]
pub fn assert_same_run(a: &Path, b: &Path) {
    assert_eq!(history(a).without_times(), history(b).without_times());
    let weights = |run| Run::at(run).weights_sha256().unwrap();
    assert_eq!(weights(a), weights(b), "equal histories, other weights");
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Cuts a file to `share` of its length.
pub fn cut(path: &Path, share: f64) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
}

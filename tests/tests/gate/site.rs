//! Rendered vehicles, a model that has learned a little from some of them, and a gallery of others.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_core::int8;
use dnc_datasets::Dataset;
use dnc_edge::{Bundle, Embedder, Gallery};
use dnc_tests::quickstart::tools::Tools;
use dnc_tests::quickstart::views::{divide, write_list};

/// What is kept for firmware-demo/tests/qemu/transcript.rs.
const CODES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware-demo/tests/qemu/codes.txt");

/// Threshold and margin there: more lenient than the measured ones, so that a few pictures have all three answers and
/// open the gate.
const RULE: &str = "rule 0.62 0.05";

pub struct Site {
    dir: tempfile::TempDir,
    tools: Tools,
    /// Names of the ten enrolled identities.
    pub enrolled: BTreeSet<String>,
    /// The list of pictures to ask about: new views of the enrolled, and all of ten strangers.
    pub probes: String,
    dataset: Dataset,
}

/// Runs a program to its end and returns what it wrote.
fn finish(mut command: Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

impl Site {
    /// Renders, trains, exports and enrols; the model is small and has learned for less than a minute.
    pub fn new() -> Self {
        let tools = Tools::build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let run = |program: &str, args: &[&str]| {
            let mut command = tools.command(program).unwrap();
            command.args(args);
            finish(command)
        };
        let (data, model, bundle, gallery) = (path("vehicles"), path("run"), path("bundle"), path("gate.gallery"));
        let render = ["--train-identities", "160", "--test-identities", "20", "--views", "8", "--size", "64"];
        run("dnc-train", &[&["render", "--out", &data][..], &render].concat());
        let train = ["--backbone", "small", "--size", "48", "--dim", "32", "--learners", "2", "--batch", "40"];
        let rates = ["--lr", "0.004", "--head-lr", "0.004", "--validation-share", "0.2", "--epochs", "16"];
        let pictures = ["--crop-min", "0.6", "--flip", "false"];
        run("dnc-train", &[&["run", "--data", &data, "--out", &model][..], &train, &rates, &pictures].concat());
        run("dnc-export", &["--run", &model, "--out", &bundle]);

        let dataset = dnc_datasets::open(Path::new(&data), None).unwrap();
        let division = divide(&dataset, 3).unwrap();
        assert_eq!((division.enrolled.len(), division.strangers), (10, 10));
        let (views, probes) = (path("views.csv"), path("probes.csv"));
        write_list(Path::new(&views), &dataset, &division.views).unwrap();
        write_list(Path::new(&probes), &dataset, &division.probes).unwrap();
        run("dnc-edge", &["enroll", "--bundle", &bundle, "--gallery", &gallery, "--csv", &views]);
        let enrolled = division.enrolled.iter().map(|name| (*name).to_owned()).collect();
        Self { dir, tools, enrolled, probes, dataset }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `dnc-edge link --unix SOCKET --bundle … --gallery … ARGS`, which must succeed.
    pub fn link(&self, socket: &Path, args: &[&str]) -> String {
        let mut command = self.tools.command("dnc-edge").unwrap();
        command.arg("link").arg("--unix").arg(socket);
        command.arg("--bundle").arg(self.path("bundle")).arg("--gallery").arg(self.path("gate.gallery"));
        command.args(args);
        finish(command)
    }

    /// The first `n` pictures of the list.
    pub fn some_probes(&self, n: usize) -> Vec<String> {
        let probes = divide(&self.dataset, 3).unwrap().probes;
        probes.iter().take(n).map(|sample| sample.path.to_str().unwrap().to_owned()).collect()
    }

    /// Writes the gallery's codes and those of the first `n` probes.
    pub fn write_codes(&self, n: usize) {
        let bundle = Bundle::open(&self.path("bundle")).unwrap();
        let mut embedder = Embedder::new(&bundle).unwrap();
        let layout = embedder.layout();
        let hex = |code: &[i8]| code.iter().map(|c| format!("{:02x}", c.cast_unsigned())).collect::<String>();
        let mut text =
            "# int8 codes of rendered vehicles. Written by tests/tests/gate with DNC_REWRITE=1.\n".to_owned();
        writeln!(text, "layout {} {}\n{RULE}", layout.dim(), layout.learners()).unwrap();
        for view in Gallery::open(&self.path("gate.gallery")).unwrap().codes().unwrap() {
            writeln!(text, "view {} {}", view.identity, hex(&view.code)).unwrap();
        }
        for path in self.some_probes(n) {
            let embedding = embedder.embed_picture(&dnc_core::picture::read(Path::new(&path)).unwrap()).unwrap();
            let mut code = vec![0; embedding.len()];
            int8::encode(&embedding, &mut code);
            let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
            writeln!(text, "probe {stem} {}", hex(&code)).unwrap();
        }
        std::fs::write(CODES, text).unwrap();
    }
}

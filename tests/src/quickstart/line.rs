//! The line of programs: the command line of each stage, and what it hands on.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use super::folder::OutFolder;
use super::results::Evaluation;
use super::settings;
use super::stages::{Stage, Stages};
use super::tools::Tools;

/// The programs, where they write, and what was run so far.
#[derive(Debug)]
pub struct Line<'a> {
    tools: Tools,
    out: &'a OutFolder,
    stages: Stages,
}

impl<'a> Line<'a> {
    /// A line that writes to `out`.
    pub fn new(tools: Tools, out: &'a OutFolder) -> Self {
        Self { tools, out, stages: Stages::default() }
    }

    /// What was run.
    pub fn stages(&self) -> &[Stage] {
        &self.stages.done
    }

    /// Seconds of each stage by its key.
    pub fn seconds(&self) -> BTreeMap<String, f64> {
        self.stages.seconds()
    }

    /// A command: program, subcommand, paths by flag.
    fn command(&self, program: &str, subcommand: Option<&str>, paths: &[(&str, &Path)]) -> anyhow::Result<Command> {
        let mut command = self.tools.command(program)?;
        command.args(subcommand);
        for (flag, path) in paths {
            command.arg(flag).arg(path);
        }
        Ok(command)
    }

    /// Draws the vehicles.
    pub fn render(&mut self, seed: u64) -> anyhow::Result<()> {
        let mut command = self.command("dnc-train", Some("render"), &[("--out", &self.out.vehicles())])?;
        command.args(settings::render_flags(seed));
        self.stages.run("render", "1. render vehicles", command)
    }

    /// Trains on them.
    pub fn train(&mut self, seed: u64, epochs: usize) -> anyhow::Result<()> {
        let paths = [("--data", &*self.out.vehicles()), ("--out", &self.out.run())];
        let mut command = self.command("dnc-train", Some("run"), &paths)?;
        command.args(settings::train_flags(seed, epochs));
        self.stages.run("train", "2. train", command)
    }

    /// Scores the untrained network, the histogram and the trained network on the test part.
    pub fn evaluate(&mut self) -> anyhow::Result<[Evaluation; 3]> {
        Ok([
            self.evaluate_one("3a. evaluate the untrained network", Some("untrained"))?,
            self.evaluate_one("3b. evaluate a colour histogram", Some("histogram"))?,
            self.evaluate_one("3c. evaluate the trained network", None)?,
        ])
    }

    fn evaluate_one(&mut self, title: &'static str, baseline: Option<&str>) -> anyhow::Result<Evaluation> {
        let mut command = self.command("dnc-train", Some("evaluate"), &[("--run", &self.out.run())])?;
        if let Some(baseline) = baseline {
            command.args(["--baseline", baseline]);
        }
        let written = self.stages.read("evaluate", title, as_json(command))?;
        serde_json::from_str(&written).with_context(|| format!("stage \"{title}\" wrote no scores: {written}"))
    }

    /// Makes the bundle.
    pub fn export(&mut self) -> anyhow::Result<()> {
        let paths = [("--run", &*self.out.run()), ("--out", &self.out.bundle())];
        let command = self.command("dnc-export", None, &paths)?;
        self.stages.run("export", "4. export and verify", command)
    }

    /// Fills the gallery.
    pub fn enrol(&mut self) -> anyhow::Result<()> {
        let command = self.on_device("enroll", &self.out.enrol_list())?;
        self.stages.run("enrol", "5. enrol half of the unseen vehicles", command)
    }

    /// Identifies the probes; gives the answers, one JSON object a line.
    pub fn identify(&mut self) -> anyhow::Result<String> {
        let command = self.on_device("identify", &self.out.probe_list())?;
        self.stages.read("identify", "6. identify new views of them, and strangers", as_json(command))
    }

    fn on_device(&self, subcommand: &str, list: &Path) -> anyhow::Result<Command> {
        let paths = [("--bundle", &*self.out.bundle()), ("--gallery", &self.out.gallery()), ("--csv", list)];
        self.command("dnc-edge", Some(subcommand), &paths)
    }
}

fn as_json(mut command: Command) -> Command {
    command.arg("--json");
    command
}

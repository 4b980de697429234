//! Running one program after the other, with its command line shown and its time taken.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

/// A stage that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Key of its time in the results; several command lines may share one.
    pub key: &'static str,
    /// What it does, for people.
    pub title: &'static str,
    /// The command line as one can paste it.
    pub command: String,
    /// Duration.
    pub seconds: f64,
}

/// The stages so far.
#[derive(Debug, Default)]
pub struct Stages {
    /// In order.
    pub done: Vec<Stage>,
}

impl Stages {
    /// Runs `command`, whose standard error (progress) and standard output both go to the terminal.
    ///
    /// # Errors
    /// Where it cannot be started or fails.
    pub fn run(&mut self, key: &'static str, title: &'static str, command: Command) -> anyhow::Result<()> {
        self.finish(key, title, command, Stdio::inherit()).map(drop)
    }

    /// Runs `command` and returns what it wrote on standard output; standard error goes to the terminal.
    ///
    /// # Errors
    /// Where it cannot be started, fails, or writes no UTF-8.
    pub fn read(&mut self, key: &'static str, title: &'static str, command: Command) -> anyhow::Result<String> {
        let written = self.finish(key, title, command, Stdio::piped())?;
        String::from_utf8(written).with_context(|| format!("stage \"{title}\" wrote something other than text"))
    }

    /// Seconds of each stage by its key.
    pub fn seconds(&self) -> BTreeMap<String, f64> {
        let mut seconds = BTreeMap::new();
        for stage in &self.done {
            *seconds.entry(stage.key.to_owned()).or_insert(0.0) += stage.seconds;
        }
        seconds
    }

    fn finish(
        &mut self,
        key: &'static str,
        title: &'static str,
        mut command: Command,
        stdout: Stdio,
    ) -> anyhow::Result<Vec<u8>> {
        let shown = shown(&command);
        println!("\n{title}\n  $ {shown}");
        let start = Instant::now();
        let ended = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::inherit())
            .spawn()
            .and_then(|child| child.wait_with_output())
            .with_context(|| format!("stage \"{title}\": cannot run {shown}"))?;
        let seconds = start.elapsed().as_secs_f64();
        if !ended.status.success() {
            bail!(
                "stage \"{title}\" failed ({}) after {seconds:.1} s; it said why above. Its command was\n  {shown}",
                ended.status
            );
        }
        println!("  {seconds:.1} s");
        self.done.push(Stage { key, title, command: shown, seconds });
        Ok(ended.stdout)
    }
}

/// A command line as one would type it into a shell.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_pasted() {
        let mut command = Command::new("target/release/dnc-edge");
        command.args(["--gallery", "my gallery", "it's", ""]);
        assert_eq!(shown(&command), r"target/release/dnc-edge --gallery 'my gallery' 'it'\''s' ''");
    }

    #[test]
    fn output_is_read_and_a_failure_names_stage_and_command() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut stages = Stages::default();
        let mut version = Command::new(&cargo);
        version.arg("--version");
        assert!(stages.read("build", "ask", version).unwrap().starts_with("cargo "));
        let mut wrong = Command::new(&cargo);
        wrong.arg("--no-such-flag");
        let error = stages.run("build", "go wrong", wrong).unwrap_err().to_string();
        assert!(error.contains("go wrong") && error.contains("--no-such-flag"), "{error}");
        assert_eq!(stages.done.len(), 1);
    }
}

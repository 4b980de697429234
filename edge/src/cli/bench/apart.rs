//! The measuring process, from both of its sides.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use dnc_edge::bench::job::Job;
use dnc_edge::bench::report::Measured;
use dnc_edge::bench::worker::{self, Line};

use super::super::exit::Exit;

/// Measures in a process of its own: this program again.
pub fn measured_apart(job: &Job) -> anyhow::Result<Measured> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["bench", "worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the measuring process")?;
    let sent = child.stdin.take().map(|mut stdin| stdin.write_all(&serde_json::to_vec(job).unwrap_or_default()));
    let (mut first, mut result) = (None, None);
    for line in BufReader::new(child.stdout.take().context("the measuring process has no output")?).lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line) {
            Ok(Line::First) => first = Some(start.elapsed().as_secs_f64() * 1e3),
            Ok(Line::Measured(measured)) => result = Some(Ok(*measured)),
            Ok(Line::Failed(reason)) => result = Some(Err(anyhow::anyhow!(reason))),
            // A library's own words.
            Err(_) => eprintln!("{line}"),
        }
    }
    let status = child.wait().context("the measuring process is lost")?;
    match result {
        Some(result) => result.map(|measured| Measured { start_up_ms: first, ..measured }),
        None if matches!(sent, Some(Err(_))) => bail!("the measuring process took no job ({status})"),
        None => bail!("the measuring process ended without figures ({status}): memory may have run out"),
    }
}

/// The measuring process.
pub fn work() -> anyhow::Result<Exit> {
    let job: Job = serde_json::from_reader(std::io::stdin().lock()).context("a job is expected on standard input")?;
    let say = |line: &Line| -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(line)?)?;
        Ok(out.flush()?)
    };
    let outcome = worker::run(&job, || {
        // A parent that is gone is noticed at the end.
        let _ = say(&Line::First);
    });
    match outcome {
        Ok(measured) => say(&Line::Measured(Box::new(measured)))?,
        Err(error) => say(&Line::Failed(error.to_string()))?,
    }
    Ok(Exit::Done)
}

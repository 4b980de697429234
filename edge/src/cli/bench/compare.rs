//! `dnc-edge bench compare`.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use dnc_edge::bench::Report;
use dnc_edge::bench::compare::{notes, pairs};

use super::super::exit::Exit;
use super::super::table::align;

pub fn compare(a: &Path, b: &Path, max_ratio: Option<f64>) -> anyhow::Result<Exit> {
    if let Some(ratio) = max_ratio
        && !(ratio.is_finite() && ratio > 0.0)
    {
        bail!("--max-ratio {ratio} is no ratio; give a number above 0");
    }
    let (first, second) = (Report::read(a)?, Report::read(b)?);
    let pairs = pairs(&first, &second, [a, b])?;
    let mut out = std::io::stdout().lock();
    for (name, report, file) in [("A", &first, a), ("B", &second, b)] {
        writeln!(out, "{name}  {}, {}\n   {}", file.display(), report.machine.time, report.machine.line())?;
    }
    let rows: Vec<Vec<String>> = pairs.iter().flat_map(|pair| pair.rows()).collect();
    write!(out, "{}", align(&rows))?;
    for note in notes(&first, &second) {
        eprintln!("note: {note}");
    }
    let worst = pairs.iter().filter_map(|pair| pair.ratio()).fold(0.0, f64::max);
    Ok(match max_ratio {
        Some(limit) if worst > limit => {
            eprintln!("the total's median grew to {worst:.2} of A's, more than --max-ratio {limit}");
            Exit::Partly
        }
        _ => Exit::Done,
    })
}

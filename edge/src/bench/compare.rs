//! Two reports side by side.

use std::path::Path;

use super::BenchError;
use super::report::{Measured, Report, milliseconds};
use super::stages::STAGES;
use crate::words::counted;

/// A configuration that both reports have.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// In the first report.
    pub a: &'a Measured,
    /// In the second.
    pub b: &'a Measured,
}

/// The configurations that both have, in the order of the first.
///
/// # Errors
/// Where there is none. `paths` are the reports' files, for the message.
pub fn pairs<'a>(a: &'a Report, b: &'a Report, paths: [&Path; 2]) -> Result<Vec<Pair<'a>>, BenchError> {
    let partner = |m: &Measured| b.measured.iter().find(|other| other.key() == m.key());
    let found: Vec<Pair<'a>> = a.measured.iter().filter_map(|a| partner(a).map(|b| Pair { a, b })).collect();
    if found.is_empty() {
        let [a, b] = paths.map(Path::to_owned);
        return Err(BenchError::NothingInCommon { a, b });
    }
    Ok(found)
}

/// Why two reports may differ for another reason than the model or the program.
pub fn notes(a: &Report, b: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let mut differs = |what: &str, a: &str, b: &str| {
        if a != b {
            notes.push(format!("{what} differ: {a} against {b}"));
        }
    };
    differs("the processors", &a.machine.cpu, &b.machine.cpu);
    differs("the programs", &a.machine.tool, &b.machine.tool);
    differs("the models", &a.space_id, &b.space_id);
    differs("the pictures", &a.pictures, &b.pictures);
    let governor = |r: &Report| r.machine.governor.clone().unwrap_or_else(|| "unknown".into());
    differs("the clock's rules", &governor(a), &governor(b));
    let sizes = |r: &Report| r.measured.first().map_or(0, |m| m.gallery_views).to_string();
    differs("the galleries' views", &sizes(a), &sizes(b));
    notes
}

impl Pair<'_> {
    /// Median of the whole in the second by that in the first; below 1 the second is faster.
    pub fn ratio(&self) -> Option<f64> {
        self.stage("total").map(|(a, b)| b / a)
    }

    fn stage(&self, name: &str) -> Option<(f64, f64)> {
        Some((self.a.stages.get(name)?.p50, self.b.stages.get(name)?.p50))
    }

    /// A row for each step: name, both medians, ratio; the configuration's name first.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let (a, b) = (self.a, self.b);
        let name = format!("{}, {}, {}, batch {}", a.variant, a.place(), counted(a.threads, "thread"), a.batch);
        let mut rows = vec![vec![name, "A".to_owned(), "B".to_owned(), "B/A".to_owned()]];
        let mut row = |name: String, a: String, b: String, ratio: f64| {
            rows.push(vec![name, a, b, format!("{ratio:.2}")]);
        };
        for stage in STAGES {
            if let Some((a, b)) = self.stage(stage) {
                row(format!("  {stage}, p50 ms"), milliseconds(a), milliseconds(b), b / a);
            }
        }
        if let (Some(x), Some(y)) = (a.stages.get("total"), b.stages.get("total")) {
            row("  total, p99 ms".into(), milliseconds(x.p99), milliseconds(y.p99), y.p99 / x.p99);
        }
        let (x, y) = (a.pictures_per_second, b.pictures_per_second);
        row("  pictures/s".into(), format!("{x:.1}"), format!("{y:.1}"), y / x);
        if let (Some(x), Some(y)) = (a.resident_bytes, b.resident_bytes) {
            let (x, y) = (x as f64 / 1e6, y as f64 / 1e6);
            row("  memory, MB".into(), format!("{x:.0}"), format!("{y:.0}"), y / x);
        }
        if let (Some(x), Some(y)) = (a.start_up_ms, b.start_up_ms) {
            row("  start-up, ms".into(), milliseconds(x), milliseconds(y), y / x);
        }
        if let (Some(x), Some(y)) = (&a.energy, &b.energy) {
            let (x, y) = (x.millijoules_per_picture, y.millijoules_per_picture);
            row("  mJ a picture".into(), format!("{x:.1}"), format!("{y:.1}"), y / x);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::report;

    const PATHS: [&str; 2] = ["a.json", "b.json"];

    fn paths() -> [&'static Path; 2] {
        PATHS.map(Path::new)
    }

    #[test]
    fn the_same_configurations_are_set_side_by_side() {
        let (a, b) = (report(4, 1), report(6, 1));
        let pairs = pairs(&a, &b, paths()).unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!(pairs[0].ratio(), Some(1.5));
        let rows = pairs[0].rows();
        let total = rows.iter().find(|r| r[0].contains("total, p50")).unwrap();
        assert_eq!(total[1..], ["4.00", "6.00", "1.50"]);
        assert!(notes(&a, &b).is_empty());
    }

    #[test]
    fn other_threads_are_another_configuration_and_other_machines_are_said() {
        let (a, mut b) = (report(4, 1), report(4, 2));
        let error = pairs(&a, &b, paths()).unwrap_err().to_string();
        assert!(error.contains("a.json") && error.contains("b.json"), "{error}");
        b.machine.cpu = "Cortex-A78AE".into();
        b.pictures = "mine".into();
        let notes = notes(&a, &b);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("Cortex-A78AE"));
    }
}

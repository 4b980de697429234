//! What was measured, as a file and as a table.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::BenchError;
use super::machine::{Health, Machine};
use super::stages::{STAGES, Stages};

/// Form of the file.
pub const FORMAT: u32 = 1;

/// All figures of one command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Form of the file, [`FORMAT`].
    pub format: u32,
    /// Where.
    pub machine: Machine,
    /// `space_id` of the bundle.
    pub space_id: String,
    /// The pictures.
    pub pictures: String,
    /// The figures.
    pub measured: Vec<Measured>,
    /// What could not be measured.
    pub failed: Vec<Failed>,
}

/// Figures of one configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// File of the variant.
    pub variant: String,
    /// `tract` or `ort`.
    pub library: String,
    /// The library's own name.
    pub runtime: String,
    /// Execution providers that ran.
    pub providers: Vec<String>,
    /// Workers.
    pub threads: usize,
    /// Pictures of one run of the model.
    pub batch: usize,
    /// Times of a batch by step.
    pub stages: Stages,
    /// Pictures of all workers a second.
    pub pictures_per_second: f64,
    /// Pictures measured.
    pub pictures: usize,
    /// Identities searched.
    pub gallery_identities: usize,
    /// Views searched.
    pub gallery_views: usize,
    /// Whether int8 codes were searched first.
    pub int8_search: bool,
    /// From the start of the process to its first decision, ms.
    pub start_up_ms: Option<f64>,
    /// Memory at the end.
    pub resident_bytes: Option<u64>,
    /// Energy, where the board counts it.
    pub energy: Option<Energy>,
    /// Before and after.
    pub health: [Health; 2],
}

/// Energy of the measured time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// A picture's share.
    pub millijoules_per_picture: f64,
    /// What was counted.
    pub source: String,
}

/// A configuration that could not be measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// File of the variant, and the library.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Report {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is no report, or one of another form.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let fail = |reason: String| BenchError::Report { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
        // The form first: a newer one may have other fields.
        let form: Form =
            serde_json::from_str(&text).map_err(|e| fail(format!("{e}; is it from dnc-edge bench --json?")))?;
        if form.format != FORMAT {
            return Err(BenchError::ReportFormat { path: path.to_owned(), found: form.format });
        }
        serde_json::from_str(&text).map_err(|e| fail(e.to_string()))
    }

    /// A row for each configuration, the first one the names of the columns. Times are milliseconds of a batch: p50, and
    /// p95 and p99 of the whole.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let names = ["variant", "library", "threads", "batch"].into_iter().chain(STAGES);
        let names = names.chain(["p95", "p99", "pictures/s", "MB", "start ms", "mJ/picture", "°C"]);
        let mut rows = vec![names.map(str::to_owned).collect::<Vec<_>>()];
        rows.extend(self.measured.iter().map(Measured::row));
        rows
    }
}

/// Milliseconds with as many places as tell something.
pub fn milliseconds(ms: f64) -> String {
    if ms >= 100.0 {
        format!("{ms:.0}")
    } else if ms >= 1.0 {
        format!("{ms:.2}")
    } else {
        format!("{ms:.4}")
    }
}

impl Measured {
    /// Variant, library, threads, batch: what makes two measurements comparable.
    pub fn key(&self) -> (&str, &str, usize, usize) {
        (&self.variant, &self.library, self.threads, self.batch)
    }

    /// The library with the provider that runs, where it is not the processor.
    pub fn place(&self) -> String {
        match self.providers.first() {
            Some(provider) if provider != "cpu" => format!("{} {provider}", self.library),
            _ => self.library.clone(),
        }
    }

    fn row(&self) -> Vec<String> {
        let none = || "-".to_owned();
        let p50 = |stage: &&str| self.stages.get(stage).map_or_else(none, |p| milliseconds(p.p50));
        let total = self.stages.get("total");
        let mut row = vec![self.variant.clone(), self.place(), self.threads.to_string(), self.batch.to_string()];
        row.extend(STAGES.iter().map(p50));
        row.push(total.map_or_else(none, |p| milliseconds(p.p95)));
        row.push(total.map_or_else(none, |p| milliseconds(p.p99)));
        row.push(format!("{:.1}", self.pictures_per_second));
        row.push(self.resident_bytes.map_or_else(none, |b| format!("{:.0}", b as f64 / 1e6)));
        row.push(self.start_up_ms.map_or_else(none, milliseconds));
        row.push(self.energy.as_ref().map_or_else(none, |e| format!("{:.1}", e.millijoules_per_picture)));
        row.push(self.health[1].temperature_c.map_or_else(none, |t| format!("{t:.0}")));
        row
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::time::Duration;

    /// A report of one variant whose every step takes `ms` milliseconds.
    pub fn report(ms: u64, threads: usize) -> Report {
        let measured = Measured {
            variant: "model.f32.onnx".into(),
            library: "tract".into(),
            runtime: "tract".into(),
            providers: Vec::new(),
            threads,
            batch: 1,
            stages: Stages::of(&[[Duration::from_millis(ms); 6]]),
            pictures_per_second: 1e3 / ms as f64,
            pictures: 1,
            gallery_identities: 10,
            gallery_views: 10,
            int8_search: false,
            start_up_ms: Some(12.0),
            resident_bytes: Some(20_000_000),
            energy: Some(Energy { millijoules_per_picture: 3.0, source: "RAPL".into() }),
            health: [Health::default(); 2],
        };
        let machine = Machine::here();
        Report {
            format: FORMAT,
            machine,
            space_id: "s".into(),
            pictures: "p".into(),
            measured: vec![measured],
            failed: Vec::new(),
        }
    }

    #[test]
    fn a_report_is_read_back_and_a_foreign_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let whole = report(4, 1);
        std::fs::write(&path, serde_json::to_string_pretty(&whole).unwrap()).unwrap();
        assert_eq!(Report::read(&path).unwrap(), whole);
        std::fs::write(&path, r#"{"format": 9, "other": 1}"#).unwrap();
        assert!(Report::read(&path).unwrap_err().to_string().contains("format 9"));
        for text in ["", "[1]", r#"{"format": 1}"#, "\u{1}"] {
            std::fs::write(&path, text).unwrap();
            assert!(Report::read(&path).unwrap_err().to_string().contains("a.json"), "{text:?}");
        }
        assert!(Report::read(&dir.path().join("none.json")).unwrap_err().to_string().contains("none.json"));
    }

    #[test]
    fn the_table_has_a_cell_for_every_column() {
        let rows = report(4, 1).rows();
        assert_eq!(rows[0].len(), rows[1].len());
        let cell = |name: &str| rows[1][rows[0].iter().position(|n| n == name).unwrap()].clone();
        assert_eq!(
            (cell("embed"), cell("p99"), cell("MB"), cell("mJ/picture")),
            ("4.00".into(), "4.00".into(), "20".into(), "3.0".into())
        );
        assert_eq!(cell("pictures/s"), "250.0");
        assert_eq!([milliseconds(0.01234), milliseconds(1234.5)], ["0.0123", "1234"]);
    }
}

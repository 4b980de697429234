//! The figures of a run: `results.json` and the table on the terminal.

use std::collections::BTreeMap;
use std::fmt::Write;

use dnc_core::metrics::RetrievalScores;
use serde::{Deserialize, Serialize};

/// Key of the whole duration in [`Results::seconds`].
pub const TOTAL: &str = "total";

/// One score of the three that are compared, in \[0, 1\].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The same network with its first, random weights.
    pub untrained: f64,
    /// A colour histogram.
    pub histogram: f64,
    /// The trained network.
    pub trained: f64,
}

/// How many of what the scores are taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Identities learned from, validation included.
    pub training_identities: usize,
    /// Identities never seen in training.
    pub test_identities: usize,
    /// Test pictures, each a query against all others.
    pub queries: usize,
    /// Test identities in the gallery.
    pub enrolled_identities: usize,
    /// Views of them in the gallery.
    pub enrolled_views: usize,
    /// Other views of them, identified.
    pub known_probes: usize,
    /// Test identities outside the gallery.
    pub strangers: usize,
    /// Views of those, identified.
    pub stranger_probes: usize,
}

/// File sizes, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// The bundle's model file.
    pub model: u64,
    /// The whole bundle.
    pub bundle: u64,
    /// The gallery with all views.
    pub gallery: u64,
    /// The training checkpoint.
    pub checkpoint: u64,
    /// The rendered pictures and lists.
    pub vehicles: u64,
}

/// What `results.json` holds. Fields are added, never renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Share of test pictures whose nearest other picture shows the same identity.
    pub recall_at_1: Compared,
    /// Mean average precision.
    pub map: Compared,
    /// `recall_at_1.trained` again, measured with the bundle and the device's runtime.
    pub device_recall_at_1: f64,
    /// Share of views of enrolled identities that were answered *known* with their own identity.
    pub known_accept_rate: f64,
    /// Share of strangers' views that were not answered *known*.
    pub stranger_reject_rate: f64,
    /// Similarity from which the device accepts; measured on validation identities at export.
    pub threshold: f32,
    /// Lead over the runner-up that it asks for, in similarity.
    pub margin: f32,
    /// How many of what.
    pub counts: Counts,
    /// Duration of each stage, and `total`; the build is not in it.
    pub seconds: BTreeMap<String, f64>,
    /// Duration of the build of the programs.
    pub build_seconds: f64,
    /// File sizes.
    pub bytes: Bytes,
    /// Seed of pictures and training.
    pub seed: u64,
}

/// What `dnc-train evaluate --json` writes, as far as it is used here.
#[derive(Debug, Deserialize)]
pub struct Evaluation {
    /// The scores.
    pub scores: RetrievalScores,
}

impl Evaluation {
    /// Share of queries whose nearest other picture is right.
    pub fn recall_at_1(&self) -> f64 {
        self.scores.recall.get(&1).copied().unwrap_or(f64::NAN)
    }
}

impl Compared {
    /// The rows of a table, with their names for people.
    pub fn rows(&self) -> [(&'static str, f64); 3] {
        [("untrained network", self.untrained), ("colour histogram", self.histogram), ("trained network", self.trained)]
    }
}

impl Results {
    /// Seconds of the whole line, the build not counted.
    pub fn total(&self) -> f64 {
        self.seconds.get(TOTAL).copied().unwrap_or(f64::NAN)
    }

    /// The table for the terminal.
    pub fn table(&self) -> String {
        let (c, mut text) = (&self.counts, String::new());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<30}recall@1    mAP", format!("unseen vehicles ({} queries)", c.queries));
        for ((name, recall), (_, map)) in self.recall_at_1.rows().into_iter().zip(self.map.rows()) {
            let _ = writeln!(text, "{name:<30} {recall:>7.3}  {map:.3}");
        }
        let _ = writeln!(text);
        let mut rate = |name: &str, rate: f64, over: String| {
            let _ = writeln!(text, "{name:<30} {rate:>7.3}  {over}");
        };
        let known = format!("of {} new views of {} enrolled vehicles", c.known_probes, c.enrolled_identities);
        rate("accepted as themselves", self.known_accept_rate, known);
        let strangers = format!("of {} views of {} strangers", c.stranger_probes, c.strangers);
        rate("strangers not accepted", self.stranger_reject_rate, strangers);
        let _ = writeln!(text, "threshold {:.3}, margin {:.3}, from validation vehicles", self.threshold, self.margin);
        text
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Made-up results.
    pub fn made_up() -> Results {
        Results {
            recall_at_1: Compared { untrained: 0.1333, histogram: 0.3117, trained: 0.8717 },
            map: Compared { untrained: 0.0712, histogram: 0.1508, trained: 0.7044 },
            device_recall_at_1: 0.8717,
            known_accept_rate: 0.8467,
            stranger_reject_rate: 0.8933,
            threshold: 0.6134,
            margin: 0.02,
            counts: Counts {
                training_identities: 200,
                test_identities: 60,
                queries: 600,
                enrolled_identities: 30,
                enrolled_views: 150,
                known_probes: 150,
                strangers: 30,
                stranger_probes: 300,
            },
            seconds: [("render", 9.1), ("train", 171.5), ("total", 211.3)].map(|(k, v)| (k.to_owned(), v)).into(),
            build_seconds: 41.0,
            bytes: Bytes {
                model: 2_913_004,
                bundle: 2_915_877,
                gallery: 1_589_248,
                checkpoint: 8_801_221,
                vehicles: 9_400_000,
            },
            seed: 1,
        }
    }

    #[test]
    fn the_file_has_the_promised_fields_and_reads_back() {
        let results = made_up();
        let json = serde_json::to_value(&results).unwrap();
        for field in ["recall_at_1", "map"] {
            for model in ["untrained", "histogram", "trained"] {
                assert!(json[field][model].is_f64(), "{field}.{model}");
            }
        }
        assert!(json["known_accept_rate"].is_f64() && json["stranger_reject_rate"].is_f64());
        assert!(json["seconds"]["total"].is_f64() && json["bytes"]["bundle"].is_u64());
        assert_eq!(serde_json::from_value::<Results>(json).unwrap(), results);
    }

    #[test]
    fn the_table_is_short_and_names_what_it_counts() {
        let table = made_up().table();
        assert!(table.lines().count() < 10 && table.lines().all(|l| l.chars().count() <= 80), "{table}");
        assert!(table.contains("\ntrained network                  0.872  0.704\n"), "{table}");
        assert!(table.contains("of 300 views of 30 strangers"), "{table}");
    }

    #[test]
    fn an_evaluation_is_read_with_fields_it_does_not_know() {
        let text = r#"{"model":"m","new":1,"scores":{"queries":6,"queries_with_match":6,
            "recall":{"1":0.5,"2":0.75},"map":0.4,"map_at_r":0.3}}"#;
        assert_eq!(serde_json::from_str::<Evaluation>(text).unwrap().recall_at_1(), 0.5);
    }
}

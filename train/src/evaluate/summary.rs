//! Every score of an evaluation with its name, in the order of reports.

use super::Evaluation;

/// Ranks of the CMC curve that stand in a summary.
const SHOWN_RANKS: [usize; 5] = [1, 5, 10, 20, 50];

/// A named score.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Name, as papers have it.
    pub name: String,
    /// Value, in \[0, 1\].
    pub value: f64,
    /// Standard deviation over the draws, where there are several.
    pub std: Option<f64>,
}

/// All scores of an evaluation. A rank that stands as R@k is not repeated as CMC.
pub fn summary(found: &Evaluation) -> Vec<Score> {
    let (s, std) = (&found.scores, found.std.as_ref());
    let mut all = Vec::new();
    let mut add = |name: String, value: f64, std: Option<f64>| all.push(Score { name, value, std });
    for (k, recall) in &s.recall {
        add(format!("R@{k}"), *recall, std.map(|d| d.recall[k]));
    }
    add("mAP".into(), s.map, std.map(|d| d.map));
    add("MAP@R".into(), s.map_at_r, std.map(|d| d.map_at_r));
    add("mINP".into(), found.minp, std.map(|d| d.minp));
    for rank in SHOWN_RANKS.into_iter().filter(|rank| !s.recall.contains_key(rank)) {
        add(format!("CMC@{rank}"), found.cmc[rank - 1], std.map(|d| d.cmc[rank - 1]));
    }
    if let Some(nmi) = found.nmi {
        add("NMI".into(), nmi.arithmetic, None);
        add("NMI geometric".into(), nmi.geometric, None);
    }
    for point in found.verification.iter().flat_map(|v| &v.points) {
        add(format!("TAR@FAR={}", point.target), point.tar, None);
    }
    for point in found.open_set.iter().flat_map(|o| &o.points) {
        add(format!("TPIR@FPIR={}", point.target), point.tpir, None);
    }
    for learner in &found.per_learner {
        for (k, recall) in &learner.recall {
            add(format!("learner {} R@{k}", learner.learner), *recall, None);
        }
        add(format!("learner {} mAP", learner.learner), learner.map, None);
    }
    all
}

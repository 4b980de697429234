//! An evaluation for people.

use std::fmt::Write;

use crate::evaluate::{Evaluation, summary};

pub fn text(found: &Evaluation) -> String {
    let (s, mut text) = (&found.scores, String::new());
    // Writing to a String cannot fail.
    let _ = write!(text, "{}, {} part, {}", found.set, found.part, found.protocol);
    if let Some(draws) = found.draws {
        let _ = write!(text, " (mean ± std of {draws} draws)");
    }
    let _ = writeln!(text, ": {}", found.model);
    if let Some(ranking) = &found.ranking {
        let _ = writeln!(text, "ranked by {ranking}");
    }
    let _ = writeln!(text, "queries {} ({} with a match), skipped {}", s.queries, s.queries_with_match, found.skipped);
    let scores = summary(found);
    let width = scores.iter().map(|score| score.name.len()).max().unwrap_or(0);
    for score in scores {
        let _ = write!(text, "{:<width$} {:6.2}", score.name, score.value * 100.0);
        if let Some(std) = score.std {
            let _ = write!(text, " ± {:.2}", std * 100.0);
        }
        let _ = writeln!(text, " %");
    }
    if let Some(nmi) = &found.nmi {
        let _ = writeln!(text, "NMI: {} clusters, one for each identity", nmi.clusters);
    }
    if let Some(v) = found.verification.as_ref().filter(|v| !v.points.is_empty()) {
        let _ = writeln!(text, "TAR: {} pairs of one identity, {} of two", v.genuine, v.impostor);
    }
    if let Some(o) = found.open_set.as_ref().filter(|o| !o.points.is_empty()) {
        let (identities, views) = (o.gallery_identities, o.views_per_identity);
        let _ = writeln!(text, "TPIR: {identities} identities enrolled, up to {views} views each, {} draws", o.draws);
    }
    text
}

//! The thresholds by gallery size, as the terminal shows them.

use std::fmt::Write;

use crate::manifest::IdentificationThreshold;

/// A heading and a line for each row; nothing where there is none.
pub fn table(rows: &[IdentificationThreshold]) -> String {
    let mut text = String::new();
    if rows.is_empty() {
        return text;
    }
    text += "  enrolled  views  FPIR at most  threshold  measured  known accepted  (dnc-edge identify --fpir)\n";
    for r in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {:>8}  {:>5}  {:>12}  {:>9.3}  {:>8.4}  {:>14.3}  from {} stranger and {} known views",
            r.gallery_identities,
            r.views_per_identity,
            r.target,
            r.rule.threshold,
            r.fpir,
            r.known_accept_rate,
            r.stranger_probes,
            r.known_probes
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::DecisionRule;

    #[test]
    fn columns_stand_under_their_heading() {
        let row = IdentificationThreshold {
            gallery_identities: 27,
            views_per_identity: 5,
            target: 0.05,
            rule: DecisionRule { threshold: 0.7123, margin: 0.0 },
            fpir: 0.04991,
            known_accept_rate: 0.8,
            known_probes: 500,
            stranger_probes: 540,
            draws: 20,
        };
        let text = table(&[row]);
        let (heading, line) = text.split_once('\n').unwrap();
        for (name, value) in [("enrolled", "27"), ("views", "5"), ("FPIR at most", "0.05"), ("measured", "0.0499")] {
            let end = heading.find(name).unwrap() + name.len();
            assert!(line[..end].ends_with(value), "{value} under {name}:\n{text}");
        }
        assert_eq!(table(&[]), "");
    }
}

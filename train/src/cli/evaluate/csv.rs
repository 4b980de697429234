//! An evaluation for a spreadsheet or a paper's table: a header and one row.

use crate::evaluate::{Evaluation, summary};

/// Scores in per cent with two decimals; where there are draws, each is followed by its deviation.
pub fn text(found: &Evaluation) -> anyhow::Result<String> {
    let (mut header, mut row): (Vec<String>, Vec<String>) = Default::default();
    let mut add = |name: &str, value: String| {
        header.push(name.to_owned());
        row.push(value);
    };
    add("set", found.set.clone());
    add("part", found.part.to_owned());
    add("protocol", found.protocol.to_owned());
    add("model", found.model.clone());
    add("ranking", found.ranking.clone().unwrap_or_else(|| "distance".into()));
    add("queries", found.scores.queries.to_string());
    add("queries with a match", found.scores.queries_with_match.to_string());
    for score in summary(found) {
        add(&score.name, format!("{:.2}", score.value * 100.0));
        if let Some(std) = score.std {
            add(&format!("{} std", score.name), format!("{:.2}", std * 100.0));
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    writer.write_record(&row)?;
    Ok(String::from_utf8(writer.into_inner()?)?)
}

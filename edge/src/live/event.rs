//! One answer of a running camera: what `watch` writes, `serve` answers and shows, and MQTT carries.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Region;
use crate::json::AnswerLine;

/// An answer with when and where it was seen: the fields of [`AnswerLine`] with four more, one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventLine {
    /// Counts from 1 in every run of the program.
    pub id: u64,
    /// When it was seen, RFC 3339, UTC, milliseconds.
    pub time: String,
    /// Name of the camera, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// Part of the picture that was looked at; absent where it was the whole.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The answer.
    #[serde(flatten)]
    pub answer: AnswerLine,
}

/// This moment in UTC, RFC 3339, to the millisecond.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_millisecond(now.millisecond()).unwrap_or(now);
    // A year of five digits is the only time that RFC 3339 cannot hold.
    whole.format(&Rfc3339).unwrap_or_else(|_| whole.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_short_and_in_utc() {
        let now = now();
        assert!(now.ends_with('Z') && (20..=24).contains(&now.len()), "{now}");
    }
}

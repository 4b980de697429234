//! Times as the gallery keeps them: UTC, RFC 3339, whole seconds.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// This moment.
pub(super) fn now() -> String {
    text(OffsetDateTime::now_utc())
}

/// `moment` as it is kept.
pub(super) fn text(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    // A year of five digits is the only time that RFC 3339 cannot hold.
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.to_string())
}

/// A kept time; `None` where it is none.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Whether `text` is a time in the one form that is kept: such times stand in the order of their text.
pub(super) fn is_kept(time: &str) -> bool {
    time.ends_with('Z') && parse(time).is_some_and(|moment| text(moment) == time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_has_one_text() {
        assert!(is_kept(&now()) && is_kept("2026-02-28T23:59:59Z"), "{}", now());
        for other in ["", "2026-02-28", "2026-02-30T00:00:00Z", "2026-02-28t23:59:59Z", "2026-02-28T23:59:59.5Z"] {
            assert!(!is_kept(other), "{other}");
        }
        assert!(!is_kept("2026-02-28T23:59:59+00:00") && !is_kept("2026-02-28T23:59:59+01:00"));
    }
}

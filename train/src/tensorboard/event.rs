//! The events that we write: the fields of TensorFlow's `event.proto` and `summary.proto` that scalars need.

use std::time::{SystemTime, UNIX_EPOCH};

/// Version that every file starts with; from it on TensorBoard drops steps only where a session start says so.
const FILE_VERSION: &str = "brain.Event:2";

/// Start of a session, `SessionLog.SessionStatus.START`.
const START: i32 = 1;

/// `tensorflow.Event`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Event {
    /// When, in seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Step it belongs to.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// What happened.
    #[prost(oneof = "What", tags = "3, 5, 7")]
    pub what: Option<What>,
}

/// `tensorflow.Event.what`.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum What {
    /// First event of a file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// Values.
    #[prost(message, tag = "5")]
    Summary(Summary),
    /// A session starts: what was written for its step and later ones is void.
    #[prost(message, tag = "7")]
    SessionLog(SessionLog),
}

/// `tensorflow.Summary`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summary {
    /// Values of one step.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// `tensorflow.Summary.Value`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Value {
    /// Name; a chart for each, grouped by what stands before its slash.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A scalar, written even where it is 0.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
}

/// `tensorflow.SessionLog`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SessionLog {
    /// What the session does.
    #[prost(int32, tag = "1")]
    pub status: i32,
}

impl Event {
    fn now(step: usize, what: What) -> Self {
        let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
        Self { wall_time, step: step as i64, what: Some(what) }
    }

    /// First event of a file.
    pub fn file_version() -> Self {
        Self::now(0, What::FileVersion(FILE_VERSION.into()))
    }

    /// A session starts at `step`.
    pub fn session_start(step: usize) -> Self {
        Self::now(step, What::SessionLog(SessionLog { status: START }))
    }

    /// Values of a step.
    pub fn scalars<'a>(step: usize, values: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        let value = |(tag, value): (&str, f64)| Value { tag: tag.to_owned(), simple_value: Some(value as f32) };
        Self::now(step, What::Summary(Summary { value: values.into_iter().map(value).collect() }))
    }

    /// Its values: tag and scalar.
    pub fn values(&self) -> impl Iterator<Item = (&str, f32)> {
        let summary = if let Some(What::Summary(summary)) = &self.what { Some(summary) } else { None };
        summary.into_iter().flat_map(|s| &s.value).filter_map(|v| Some((v.tag.as_str(), v.simple_value?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[test]
    fn bytes_are_those_of_the_published_messages() {
        // By hand from event.proto and summary.proto: field number · 8 + wire type, then the value.
        let event = Event { wall_time: 1.0, ..Event::scalars(3, [("a/b", 0.0)]) };
        let expected = [
            &[0x09][..], // wall_time = 1, fixed 64
            &1.0f64.to_le_bytes(),
            &[0x10, 3],                   // step = 2, varint
            &[0x2a, 12, 0x0a, 10],        // summary = 5, its value = 1
            &[0x0a, 3, b'a', b'/', b'b'], // tag = 1
            &[0x15, 0, 0, 0, 0],          // simple_value = 2, fixed 32
        ];
        assert_eq!(event.encode_to_vec(), expected.concat());
        let start = Event { wall_time: 0.0, ..Event::session_start(5) };
        assert_eq!(start.encode_to_vec(), [0x10, 5, 0x3a, 2, 0x08, 1]);
        let version = Event { wall_time: 0.0, ..Event::file_version() };
        assert_eq!(version.encode_to_vec(), [&[0x1a, 13][..], b"brain.Event:2"].concat());
    }
}

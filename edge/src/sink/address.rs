//! `HOST[:PORT]/topic`.

use std::str::FromStr;

/// MQTT's port without TLS.
const PORT: u16 = 1883;

/// Longest topic that MQTT has, bytes.
const MAX_TOPIC: usize = 65_535;

/// A broker and the topic that events are published under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttAddress {
    /// Name or address of the broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The topic.
    pub topic: String,
}

/// An address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No topic or no host.
    #[error("{0:?}: a host and a topic are needed, HOST:PORT/topic, as broker.local:1883/gate/events")]
    Form(String),
    /// No port.
    #[error("{0:?} is not a port; 1 to 65535 is needed")]
    Port(String),
    /// A topic that cannot be published under.
    #[error("topic {0:?}: 1 to {MAX_TOPIC} bytes without +, # and control characters are needed")]
    Topic(String),
}

impl FromStr for MqttAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let form = || AddressError::Form(text.to_owned());
        let (server, topic) = text.split_once('/').ok_or_else(form)?;
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (server, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(form());
        }
        let port = match port {
            None => PORT,
            Some(port) => port.parse().ok().filter(|p| *p > 0).ok_or_else(|| AddressError::Port(port.to_owned()))?,
        };
        let plain = |c: char| !matches!(c, '+' | '#') && !c.is_control();
        if topic.is_empty() || topic.len() > MAX_TOPIC || !topic.chars().all(plain) {
            return Err(AddressError::Topic(topic.chars().take(80).collect()));
        }
        Ok(Self { host: host.to_owned(), port, topic: topic.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_ports_and_topics() {
        let parsed = |text: &str| text.parse::<MqttAddress>().map(|a| (a.host, a.port, a.topic));
        let of = |host: &str, port, topic: &str| Ok((host.to_owned(), port, topic.to_owned()));
        assert_eq!(parsed("broker:1884/gate/events"), of("broker", 1884, "gate/events"));
        assert_eq!(parsed("10.0.0.1/a"), of("10.0.0.1", 1883, "a"));
        assert_eq!(parsed("[::1]:99/a"), of("::1", 99, "a"));
        assert_eq!(parsed("[::1]/a"), of("::1", 1883, "a"));
        assert!(matches!(parsed("broker:1883"), Err(AddressError::Form(_))));
        assert!(matches!(parsed(":1883/a"), Err(AddressError::Form(_))));
        for port in ["0", "65536", "x", ""] {
            assert!(matches!(parsed(&format!("h:{port}/a")), Err(AddressError::Port(_))), "{port}");
        }
        for topic in ["", "a/+/b", "#", "a\n"] {
            assert!(matches!(parsed(&format!("h/{topic}")), Err(AddressError::Topic(_))), "{topic:?}");
        }
    }
}

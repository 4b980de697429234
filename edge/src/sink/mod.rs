//! Where events go besides standard output: an MQTT broker.

mod address;
mod mqtt;
mod outbox;

pub use address::{AddressError, MqttAddress};
pub use mqtt::{Login, Mqtt, MqttOptions};
pub use outbox::MqttCounts;

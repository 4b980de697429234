//! What every command with events may be asked about a broker.

use std::path::PathBuf;

use anyhow::{Context, bail};
use dnc_edge::live::Notes;
use dnc_edge::sink::{Login, Mqtt, MqttAddress, MqttOptions};

/// Where events go besides.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "MQTT")]
pub struct MqttArgs {
    /// Publish every event under this topic, QoS 1, without TLS.
    #[arg(long, value_name = "HOST:PORT/TOPIC")]
    mqtt: Option<MqttAddress>,
    /// A file with the name for the broker on its first line and the password on its second.
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_login: Option<PathBuf>,
    /// Events that wait while the broker is away; then the oldest are dropped.
    #[arg(long, value_name = "N", default_value_t = 1000, requires = "mqtt")]
    mqtt_queue: usize,
}

impl MqttArgs {
    /// Starts to publish, where that was asked for.
    pub fn start(&self, notes: &Notes) -> anyhow::Result<Option<Mqtt>> {
        let Some(address) = &self.mqtt else { return Ok(None) };
        let login = self.mqtt_login.as_ref().map(login).transpose()?;
        let options = MqttOptions { address: address.clone(), login, capacity: self.mqtt_queue };
        Ok(Some(Mqtt::start(options, notes.clone()).context("cannot start the MQTT thread")?))
    }
}

fn login(file: &PathBuf) -> anyhow::Result<Login> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut lines = text.lines().map(str::to_owned);
    let (Some(user), Some(password)) = (lines.next(), lines.next()) else {
        bail!("{}: two lines are needed, the name and the password", file.display());
    };
    Ok(Login { user, password })
}

//! Publishing to an MQTT broker, QoS 1, from a thread of its own.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Outgoing, Packet, QoS};

use super::outbox::Outbox;
use super::{MqttAddress, MqttCounts};
use crate::live::{Backoff, Notes};

/// Messages under way at a time: what may come twice after a lost connection.
const WINDOW: usize = 16;
/// Longest packet, bytes; an event has a few hundred.
const MAX_PACKET: usize = 1 << 20;
/// How often the broker is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Name and password for the broker.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// How to publish.
#[derive(Clone)]
pub struct MqttOptions {
    /// Where to.
    pub address: MqttAddress,
    /// Who we are, where the broker asks.
    pub login: Option<Login>,
    /// Messages that wait at most while the broker is away; the oldest are dropped then.
    pub capacity: usize,
}

/// A publisher. It connects again when the connection is lost, and never holds its caller up.
pub struct Mqtt {
    outbox: Arc<Outbox>,
    thread: Option<JoinHandle<()>>,
}

impl Mqtt {
    /// Starts to connect; `notes` is told when the broker comes and goes.
    ///
    /// # Errors
    /// Where the system gives no thread or no sockets.
    pub fn start(options: MqttOptions, notes: Notes) -> std::io::Result<Self> {
        let outbox = Arc::new(Outbox::new(options.capacity, WINDOW));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&outbox);
        let thread = thread::Builder::new()
            .name("mqtt".into())
            .spawn(move || runtime.block_on(run(&options, &shared, &notes)))?;
        Ok(Self { outbox, thread: Some(thread) })
    }

    /// Puts a message at the end of the queue; where it is full, the oldest one is dropped and counted.
    pub fn publish(&self, message: String) {
        self.outbox.push(message);
    }

    /// How far the messages got.
    pub fn counts(&self) -> MqttCounts {
        self.outbox.counts()
    }

    /// Waits until the broker has everything, `longest` at most, and ends the connection.
    pub fn close(mut self, longest: Duration) -> MqttCounts {
        let counts = self.outbox.close(longest);
        if let Some(thread) = self.thread.take() {
            // It ends by itself; a panic of it was printed already.
            let _ = thread.join();
        }
        counts
    }
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.outbox.close(Duration::ZERO);
    }
}

async fn run(options: &MqttOptions, outbox: &Outbox, notes: &Notes) {
    let MqttAddress { host, port, topic } = &options.address;
    // Two clients of one name throw each other out: the name is this process's own.
    let mut mqtt = rumqttc::MqttOptions::new(format!("dnc-edge-{}", client_number()), host, *port);
    mqtt.set_keep_alive(KEEP_ALIVE).set_clean_session(true).set_inflight(WINDOW as u16);
    mqtt.set_max_packet_size(MAX_PACKET, MAX_PACKET);
    if let Some(login) = &options.login {
        mqtt.set_credentials(&login.user, &login.password);
    }
    let (client, events) = AsyncClient::new(mqtt, WINDOW + 1);
    let name = format!("mqtt {host}:{port}");
    tokio::select! {
        () = feed(&client, topic, outbox) => {}
        () = poll(events, &name, outbox, notes) => {}
    }
}

/// Hands messages to the client as the window allows.
async fn feed(client: &AsyncClient, topic: &str, outbox: &Outbox) {
    loop {
        if outbox.is_closed() {
            // Polling sends the farewell and ends; without a broker it does not.
            let _ = client.try_disconnect();
            tokio::time::sleep(Duration::from_millis(500)).await;
            return;
        }
        while let Some(message) = outbox.take() {
            if client.try_publish(topic, QoS::AtLeastOnce, false, message).is_err() {
                // Its channel holds the whole window: full only where the connection is being lost, which puts all
                // that is under way back.
                break;
            }
        }
        outbox.wake.notified().await;
    }
}

/// Runs the connection, and makes it anew when it is lost.
async fn poll(mut events: EventLoop, name: &str, outbox: &Outbox, notes: &Notes) {
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    let mut told = false;
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                backoff.worked();
                outbox.connected();
                notes(&format!("{name}: connected"));
                told = false;
            }
            Ok(Event::Outgoing(Outgoing::Publish(id))) => outbox.sent(id),
            Ok(Event::Incoming(Packet::PubAck(ack))) => outbox.acknowledged(ack.pkid),
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
            Ok(_) => {}
            Err(error) => {
                // The client would resend these only to a broker that kept the session; we resend them to any.
                events.pending.clear();
                let was_there = outbox.lost();
                if outbox.is_closed() {
                    return;
                }
                let wait = backoff.failed();
                if was_there || !told {
                    notes(&format!("{name}: {}; events wait, tried again from {wait:.1?} on", describe(&error)));
                    told = true;
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
}

fn describe(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => "the broker refuses name or password; check --mqtt-login".to_owned(),
        other => format!("not connected: {other}"),
    }
}

/// Tells this process from others and from its own past.
fn client_number() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{:x}", std::process::id(), now.as_micros())
}

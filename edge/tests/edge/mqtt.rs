//! Events over MQTT, with a real broker that is killed and comes back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rumqttc::{Client, Event, MqttOptions, Packet, QoS};
use serde_json::Value;

use crate::support::command;
use crate::support::http::Server;
use crate::support::pictures::{picture, png};
use crate::support::site::site;
use crate::support::tools::tool;

const TOPIC: &str = "gate/events";
/// Messages that may come twice for each lost connection.
const WINDOW: usize = 16;

struct Broker {
    program: PathBuf,
    config: PathBuf,
    port: u16,
    child: Child,
}

impl Broker {
    fn start(program: PathBuf, dir: &Path) -> Self {
        // Free a moment ago; the broker takes it at once.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (config, store) = (dir.join("mosquitto.conf"), dir.join("store"));
        std::fs::create_dir_all(&store).unwrap();
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nuser root\n\
             max_queued_messages 0\n",
            store.display()
        );
        std::fs::write(&config, text).unwrap();
        let child = Self::spawn(&program, &config);
        Self { program, config, port, child }
    }

    fn spawn(program: &Path, config: &Path) -> Child {
        Command::new(program).arg("-c").arg(config).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
    }

    /// Has it write down who is subscribed.
    fn save(&self) {
        assert!(Command::new("kill").args(["-USR1", &self.child.id().to_string()]).status().unwrap().success());
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(&self.program, &self.config);
    }

    /// What is published from now on, as JSON. The subscription outlives the broker.
    fn subscribe(&self) -> Receiver<Value> {
        let mut options = MqttOptions::new("the test", "127.0.0.1", self.port);
        options.set_clean_session(false).set_keep_alive(Duration::from_secs(5));
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut connection) = Client::new(options, 10);
        let (send, events) = channel();
        let (ready, is_ready) = channel();
        std::thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(ack))) if !ack.session_present => {
                        client.subscribe(TOPIC, QoS::AtLeastOnce).unwrap();
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => drop(ready.send(())),
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        if send.send(serde_json::from_slice(&message.payload).unwrap()).is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(_) => std::thread::sleep(Duration::from_millis(50)),
                }
            }
        });
        is_ready.recv_timeout(Duration::from_secs(60)).expect("the broker takes the subscription");
        events
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes events until `n` different ones are there; answers how often each came.
fn take(events: &Receiver<Value>, n: usize, seen: &mut BTreeMap<u64, usize>) {
    while seen.len() < n {
        let event =
            events.recv_timeout(Duration::from_secs(90)).unwrap_or_else(|e| panic!("{e}: {} of {n}", seen.len()));
        assert!(event["decision"].is_string() && event["why"].is_string(), "{event}");
        *seen.entry(event["id"].as_u64().unwrap()).or_default() += 1;
    }
}

#[test]
fn every_event_arrives_though_the_broker_is_killed_and_comes_back() {
    let Some(program) = tool("mosquitto", "mosquitto") else { return };
    let site = site();
    let mut broker = Broker::start(program, site.dir.path());
    let events = broker.subscribe();
    broker.save();
    let address = format!("127.0.0.1:{}/{TOPIC}", broker.port);
    let server = Server::start(&site.bundle, &site.gallery, &["--mqtt", &address]);
    let identify = |n: usize| {
        let mut client = server.connect();
        for i in 0..n {
            let body = png(&picture(i % 6, 5));
            assert_eq!(client.ask("POST", "/v1/identify", &server.headers(), &body).status, 200);
        }
    };
    let mut seen = BTreeMap::new();
    identify(50);
    take(&events, 50, &mut seen);
    broker.kill();
    identify(50);
    broker.start_again();
    take(&events, 100, &mut seen);
    // Killed again with messages under way, which the broker may have passed on and not acknowledged.
    broker.save();
    identify(50);
    take(&events, 120, &mut seen);
    broker.kill();
    identify(10);
    broker.start_again();
    // What this broker acknowledged and lost with its memory is its own affair: the last ones come by themselves.
    let last = 160;
    while !seen.contains_key(&last) {
        let n = seen.len() + 1;
        take(&events, n, &mut seen);
    }
    identify(20);
    while !seen.contains_key(&(last + 20)) {
        let n = seen.len() + 1;
        take(&events, n, &mut seen);
    }
    for id in (1..=120).chain(151..=180) {
        assert!(seen.contains_key(&id), "event {id} never came");
    }
    let twice: usize = seen.values().map(|n| n - 1).sum();
    assert!(twice <= 2 * WINDOW, "{twice} events came twice over two lost connections");
    assert!(server.metric("dnc_edge_mqtt_total{outcome=\"delivered\"}") >= 170.0);
    assert_eq!(server.metric("dnc_edge_mqtt_total{outcome=\"dropped\"}"), 0.0);
    server.signal("-TERM");
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn watching_publishes_what_it_writes_and_waits_for_the_last_one() {
    let Some(program) = tool("mosquitto", "mosquitto") else { return };
    let site = site();
    let broker = Broker::start(program, site.dir.path());
    let events = broker.subscribe();
    let folder = site.dir.path().join("frames");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("frames.bin");
    let frames: Vec<u8> = (0..30)
        .flat_map(|i| {
            let bytes = if i == 7 { b"broken".to_vec() } else { png(&picture(i % 4, 5)) };
            [&(bytes.len() as u32).to_be_bytes()[..], &bytes].concat()
        })
        .collect();
    std::fs::write(&file, frames).unwrap();
    let run = |address: &str| {
        command()
            .args(["watch", "--stdin", "--when-slow", "wait", "--camera", "gate", "--mqtt", address, "--bundle"])
            .arg(&site.bundle)
            .arg("--gallery")
            .arg(&site.gallery)
            .stdin(std::fs::File::open(&file).unwrap())
            .output()
            .unwrap()
    };
    let output = run(&format!("127.0.0.1:{}/{TOPIC}", broker.port));
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    let written: Vec<Value> = stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(written.len(), 31);
    for line in written.iter().filter(|l| l.get("decision").is_some()) {
        assert_eq!(&events.recv_timeout(Duration::from_secs(60)).unwrap(), line);
    }
    assert!(stderr.contains("connected") && stderr.contains("29 events delivered, 0 dropped, 0 did not"), "{stderr}");
    // Without a broker the work is done all the same, and the end says what is lost.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = run(&format!("{free}/{TOPIC}"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 31);
    assert!(stderr.contains("not connected") && stderr.contains("29 did not reach the broker"), "{stderr}");
}

#[test]
fn addresses_are_checked() {
    for (address, word) in
        [("broker:1883", "a topic are needed"), ("broker:99999/a", "is not a port"), ("broker/a/#", "topic")]
    {
        let output = command()
            .args(["watch", "--stdin", "--bundle", "b", "--gallery", "g", "--mqtt", address])
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(word), "{address}: {stderr}");
    }
}

//! From pictures to the gate: the real programs learn a model and enrol, and `dnc-edge link` teaches and asks the gate
//! controller's image in QEMU. firmware-demo/boards/build.sh builds the image and prints where it is.

#[allow(dead_code, reason = "boots one of the two images")]
#[path = "../../../firmware-demo/tests/qemu/machine.rs"]
mod machine;
mod site;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use machine::{Image, Machines};
use serde_json::Value;
use site::Site;

/// As firmware-demo/tests/qemu has it: no pause of a busy host is a silence to the board.
const SHIFT: u32 = 2;

#[test]
fn the_controller_decides_as_the_edge_does_for_enrolled_and_strangers() {
    let Some(machines) = Machines::find() else { return };
    let site = Site::new();
    let socket = site.path("line");
    let _machine =
        machines.boot(Image::Gate, SHIFT, &[&format!("unix:{},server=on,wait=off", socket.display()), "null"]);
    let from = Instant::now();
    while !socket.exists() {
        assert!(from.elapsed() < Duration::from_secs(120), "QEMU made no socket");
        std::thread::sleep(Duration::from_millis(20));
    }
    let patience = ["--timeout", "10", "--attempts", "10"];
    let lines = site.link(&socket, &[&["--send-gallery", "--json", "--csv"][..], &[&site.probes], &patience].concat());
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let events = |event: &str| -> Vec<&Value> { lines.iter().filter(|l| l["event"] == event).collect() };

    assert_eq!((&events("gallery")[0]["identities"], &events("gallery")[0]["views"]), (&10.into(), &30.into()));
    let mut asked: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for answer in events("answer") {
        assert_eq!(answer["same"], true, "{answer}");
        assert_eq!(answer["controller"], answer["edge"]);
        let enrolled = site.enrolled.contains(answer["truth"].as_str().unwrap());
        *asked.entry((enrolled, answer["controller"]["decision"].as_str().unwrap().to_owned())).or_default() += 1;
    }
    println!("(enrolled, decision): pictures = {asked:?}");
    let of = |enrolled: bool| asked.iter().filter(|((e, _), _)| *e == enrolled).map(|(_, n)| n).sum::<usize>();
    let decided = |decision: &str| [true, false].map(|e| asked.get(&(e, decision.into())).copied().unwrap_or(0));
    assert!(of(true) >= 30 && of(false) >= 30, "{asked:?}");
    let (known, unknown) = (decided("known"), decided("unknown"));
    assert!(known[0] > 2 && unknown[1] > 2, "both answers occur, each where it is right: {asked:?}");
    let counters = events("counters")[0];
    println!("{counters}");
    assert_eq!(
        (&counters["lost"], &counters["harmed"], &counters["controller"]["gallery"]),
        (&0.into(), &0.into(), &1.into())
    );

    // A second run, as a person sees it, by the gallery that the controller kept.
    let probes = &site.some_probes(6);
    let mut few: Vec<&str> = probes.iter().map(String::as_str).collect();
    few.extend(patience);
    let text = site.link(&socket, &few);
    println!("{text}");
    assert_eq!(text.matches("; this side the same\n").count(), 6, "{text}");
    if std::env::var_os("DNC_REWRITE").is_some() {
        site.write_codes(40);
    }
}

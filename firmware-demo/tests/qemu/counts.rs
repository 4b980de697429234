//! What the check image says: instructions of a match beside those of its dot products, and the watchdog.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::time::Duration;

use crate::board::accept;
use crate::machine::{Image, Machines};

/// 64 ns an instruction: 1.6 cycles of the 25 MHz timer, so that a cycle is never more than one instruction.
const SHIFT: u32 = 6;
const CYCLES_PER_INSTRUCTION: f64 = 64.0 / 40.0;

/// A match may take this much of the instructions that its dot products take alone.
const LIMIT: f64 = 1.3;

/// Not timed: QEMU counts instructions, which no load of the host changes.
#[test]
fn a_match_costs_little_more_than_its_dot_products_and_the_watchdog_ends_a_standstill() {
    let Some(machines) = Machines::find() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("tcp:{}", listener.local_addr().unwrap());
    let _machine = machines.boot(Image::Check, SHIFT, &[&line]);
    let line = accept(&listener);
    line.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    let mut lines = BufReader::new(line).lines();
    let mut next = || lines.next().expect("the image says more").expect("the image does not fall silent");

    let nothing: u32 = next().strip_prefix("nothing ").and_then(|n| n.parse().ok()).expect("an empty measurement");
    assert!(nothing < 20, "{nothing} cycles of nothing");
    for _ in 0..3 {
        let said = next();
        let (what, numbers) = said.split_once(": ").unwrap_or_else(|| panic!("{said}"));
        let words: Vec<&str> = numbers.split(' ').collect();
        let ["parse", parse, "match", matched, "dots", dots] = words[..] else { panic!("{said}") };
        let instructions = |cycles: &str| f64::from(cycles.parse::<u32>().unwrap() - nothing) / CYCLES_PER_INSTRUCTION;
        let [parse, matched, dots] = [parse, matched, dots].map(instructions);
        let ratio = matched / dots;
        println!(
            "{what}: {matched:.0} instructions a match, {dots:.0} its dot products alone ({ratio:.3}×); {parse:.0} to parse"
        );
        // 128,000 products cost at least as many instructions.
        assert!(dots > 128_000.0 && ratio > 1.0 && ratio <= LIMIT, "{said}");
    }
    for expected in ["watchdog: fed for 500 ms", "watchdog: standing still with the gate open", "reset: gate closed"] {
        let said = next();
        println!("{said}");
        assert_eq!(said, expected);
    }
}

//! How many instructions an echoed datagram costs a board: interrupt, executor, driver, stack, both ways.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use core::net::SocketAddr;
use core::time::Duration;

use anydgram_firmware_tests::{Firmware, Guest, Peer, Switch};

const PATIENCE: Duration = Duration::from_secs(30);
/// The programs that echo.
const PROGRAMS: [&str; 2] = ["plain-echo", "echo"];
/// The lengths of payloads.
const LENGTHS: [usize; 3] = [16, 100, 1472];
const ROUNDS: u32 = 1000;

#[test]
fn an_echo_costs_the_same_each_time() {
    for program in PROGRAMS {
        let Some(firmware) = Firmware::find(program) else {
            return;
        };
        let switch = Switch::new().unwrap();
        let mut peer = Peer::new(&switch, 1).unwrap();
        let mut guest = Guest::boot_counting(&firmware, &switch, 2).unwrap();
        guest.log().wait_for("link up", PATIENCE).unwrap();
        let costs = LENGTHS.map(|length| {
            let first = echo(&guest, &mut peer, length);
            let second = echo(&guest, &mut peer, length);
            // Whether the board sleeps between two interrupts depends on the machine's load.
            let difference = (first - second).abs();
            assert!(
                difference < first * 0.03,
                "{length} bytes: {first}, then {second}"
            );
            first.min(second)
        });
        report(program, costs);
        let [short, _, long] = costs;
        assert!(short < long, "more bytes are more work");
        // The link's speed would be out of reach of any processor.
        assert!((100.0..100_000.0).contains(&short), "{short}");
    }
}

/// The instructions for each of many echoes.
fn echo(guest: &Guest, peer: &mut Peer, length: usize) -> f64 {
    let to = SocketAddr::from((guest.ipv4(), 7));
    let payload = vec![0x5A; length];
    let mut before = 0;
    for round in 0..=ROUNDS {
        if round == 1 {
            // The first has found the neighbour.
            before = guest.instructions(PATIENCE).unwrap();
        }
        peer.send(to, &payload).unwrap();
        assert_eq!(peer.receive(PATIENCE).unwrap().payload, payload);
    }
    let all = guest.instructions(PATIENCE).unwrap() - before;
    f64::from(u32::try_from(all).unwrap()) / f64::from(ROUNDS)
}

#[expect(
    clippy::print_stdout,
    reason = "what was measured is for whoever runs the test"
)]
fn report(program: &str, costs: [f64; LENGTHS.len()]) {
    for (length, cost) in LENGTHS.into_iter().zip(costs) {
        println!("{program}, {length} bytes: {cost:.0} instructions");
    }
}

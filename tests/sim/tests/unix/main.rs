//! Unix datagrams in the simulator against the Linux kernel: the same scripts on both, with the same outcome.
//!
//! A seed is a script of 60 calls of four sockets, and of two strangers that bind, read, and die without removing their files
//! (`script.rs`). `anydgram-std` carries it out with files in a directory of its own (`linux.rs`), and
//! `anydgram_sim::unix::UnixHost` in memory (`simulated.rs`). After each call both come to rest; then what the call returned, what
//! each socket was told, in its order, and which files there are must be the same.
//!
//! ```sh
//! cargo test -p anydgram-sim --test unix                              # 200 seeds
//! ANYDGRAM_UNIX_SEEDS=10000 cargo test -p anydgram-sim --test unix    # as many as you like
//! ANYDGRAM_UNIX_SEED=7 cargo test -p anydgram-sim --test unix         # this one
//! ```
//!
//! Not in the scripts: two sockets that are connected to each other. When one of them lets the other go, Linux tells that one
//! `ECONNRESET` with its next call, which the simulator does not. Nor two that wait for the same peer: who goes first is anybody's
//! guess.
#![cfg(target_os = "linux")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "numbers are small, and sockets have theirs"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "calls are for sockets or for strangers"
)]

extern crate alloc;

mod linux;
mod script;
mod simulated;

use std::env;
use std::io::Write as _;

use linux::Linux;
use script::{Call, Side, script};
use simulated::Simulated;

/// More datagrams than a peer has room for that does not read, with the default of 10 and one.
const MANY: usize = 12;

/// What has happened after each call. Whether datagrams are read before or after what else there is to tell is the front end's
/// own affair: they come last here.
fn play(side: &mut dyn Side, calls: &[Call]) -> Vec<Vec<String>> {
    let play = calls.iter().map(|call| {
        let mut happened = side.play(call);
        happened.sort_by_key(|text| text.contains(" message "));
        happened
    });
    play.collect()
}

fn compare(seed: u64, backlog: usize, most: usize) {
    let calls = script(seed, most);
    let linux = play(&mut Linux::new(seed), &calls);
    let simulated = play(&mut Simulated::new(backlog), &calls);
    for (index, (on_linux, in_memory)) in linux.iter().zip(&simulated).enumerate() {
        assert_eq!(
            on_linux,
            in_memory,
            "left: Linux, right: simulated; ANYDGRAM_UNIX_SEED={seed}, after these calls:\n{:#?}",
            &calls[..=index]
        );
    }
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("it takes a number"))
}

#[test]
fn scripts_have_the_same_outcome_as_on_linux() {
    let text = std::fs::read_to_string("/proc/sys/net/unix/max_dgram_qlen").unwrap();
    let backlog: usize = text.trim().parse().unwrap();
    // The send buffer is full behind some 200 datagrams, and the simulator has none.
    let most = if backlog < 100 { MANY } else { 1 };
    if most == 1 {
        let text = format!(
            "SKIPPED: peers that are full: net.unix.max_dgram_qlen is {backlog}, and not 10"
        );
        // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
        writeln!(std::io::stderr(), "{text}").unwrap();
    }
    let seeds = match number("ANYDGRAM_UNIX_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ANYDGRAM_UNIX_SEEDS").unwrap_or(200),
    };
    for seed in seeds {
        compare(seed, backlog, most);
    }
}

/// Scripts that nothing happens in would prove nothing.
#[test]
fn scripts_go_where_things_go_wrong() {
    let mut outcomes: Vec<String> = (0..200)
        .flat_map(|seed| play(&mut Simulated::new(10), &script(seed, MANY)).concat())
        .collect();
    outcomes.sort_unstable();
    for text in [
        "bind EADDRINUSE",
        "send ENOENT",
        "send ECONNREFUSED",
        "send ENOTCONN",
        "send EPERM",
        "send EAGAIN",
        "send ECANCELED",
        "connect ENOENT",
        "connect ECONNREFUSED",
        "message",
        "Listening",
        "Connect",
        "Close",
    ] {
        let count = outcomes.iter().filter(|told| told.contains(text)).count();
        assert!(count > 0, "no script has: {text}");
    }
}

//! The simulator against the Linux kernel: the same scripts on both, with the same outcome.
//!
//! A seed is a script of 40 calls of four to eight sockets on three hosts on two networks (`plan.rs`, `generate.rs`). It is
//! carried out in worlds in which nothing goes wrong, one of datagrams and one of frames (`simulated.rs`), and by `anydgram-std`
//! on hosts that are network namespaces, joined by bridges (`linux.rs`, `lab.rs`). After each call both come to rest. Then
//! everything must be the same (`compare.rs` says which orders count): what the call returned, what each socket was told, every
//! datagram with its bytes, its sender and what was cut off, the state and the addresses of all sockets, and, with frames, the
//! datagrams on the networks with their hop limits (`wire.rs`). A difference is told with its seed, its script and the fewest
//! calls that make it.
//!
//! ```sh
//! cargo test -p anydgram-sim --test kernel                                # 40 seeds
//! ANYDGRAM_KERNEL_SEEDS=1000 cargo test -p anydgram-sim --test kernel     # as many as you like
//! ANYDGRAM_KERNEL_SEED=7 cargo test -p anydgram-sim --test kernel         # this one
//! ```
//!
//! It needs root, or the right to make user namespaces.
//!
//! # Differences that are meant
//!
//! Scripts do not go where the two differ on purpose (`likely.rs`):
//!
//! | in the simulator | on Linux | so scripts |
//! |---|---|---|
//! | a socket keeps its port when it disconnects | it gives a port of the system's choice up | disconnect sockets only whose ports nobody else asks for |
//! | a refusal is always told by an event | it is told to the next call, whichever comes first | wait after each datagram to a peer |
//! | with frames, the refusal of what came in fragments, or from an address of another network, is not sent | it is | send little to peers, and have peers in the same network |
//! | a hop limit is that of both families | of the socket's own | with one, do not send to IPv4 by IPv6 |
//! | with a hop limit of 0, nothing leaves the host | of IPv6, or for a group that the host is not in, it leaves | do not set it for groups |
//! | a peer that does not answer is told after three seconds | it is not told | have no peers that nobody is |
//! | the default interface of a group is that of the route | with IPv6, any on which the socket is a member already | join a group of IPv6 by default or by interface, not both |
//! | a membership for some sources is left by its sources | or all at once, with the group | leave them one by one |
//! | nothing leaves a host with `::1` as its source: `EINVAL` | it leaves, and whoever gets it drops it | send from `::1` to the host itself |
//! | within a host, a link-local address is as good as any other | a refusal is lost, or the sender's zone is the receiver's, unless both have the same link | do not mix these |
//! | a socket at a link-local address, or with such a peer, may choose its interface for groups | it has none but its own: `EINVAL` | do not choose one |
//! | a socket at a group or a broadcast address is told of refusals | it is not | have it connect to nobody |
#![cfg(target_os = "linux")]
#![expect(clippy::arithmetic_side_effects, reason = "numbers are small")]

extern crate alloc;

mod compare;
mod generate;
mod lab;
mod likely;
mod linux;
mod plan;
mod script;
mod side;
mod simulated;
#[expect(dead_code, reason = "others use all of it")]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#[path = "../../../../backend-std/src/test_namespace.rs"]
mod test_namespace;
mod told;
mod wire;

use anydgram_sim::Level;
use compare::{PATIENCE, play, shrink};
use generate::script;
use lab::Lab;

#[test]
fn scripts_play_as_on_the_kernel() {
    test_namespace::run(|| {
        let lab = Lab::new();
        let all = seeds().flat_map(|seed| Level::ALL.map(|level| (seed, level)));
        let failures = all.filter_map(|(seed, level)| failure(seed, level, &lab));
        let failures: Vec<String> = failures.collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    });
}

/// How the script of a seed differs in a world of a level, if it does.
fn failure(seed: u64, level: Level, lab: &Lab) -> Option<String> {
    let script = script(seed);
    let difference = play(&script, level, lab, PATIENCE).err()?;
    let mut text = format!("seed {seed}, {level:?}: {difference}{script}");
    let least = shrink(&script, level, lab);
    if let Err(difference) = play(&least, level, lab, PATIENCE) {
        text += &format!("at least: {difference}{least}");
    }
    Some(text)
}

fn seeds() -> impl Iterator<Item = u64> {
    let number = |name| {
        let text = std::env::var(name).ok();
        text.map(|text| text.parse().expect("it is a number"))
    };
    match number("ANYDGRAM_KERNEL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ANYDGRAM_KERNEL_SEEDS").unwrap_or(40),
    }
}

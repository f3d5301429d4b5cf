//! The whole stack against the kernel of a Linux computer, over a TAP device in a private network namespace.
#![cfg(all(target_os = "linux", feature = "std"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

extern crate alloc;

#[path = "tap/broadcast.rs"]
mod broadcast;
#[path = "common/computer.rs"]
mod computer;
#[path = "tap/faults.rs"]
mod faults;
#[path = "tap/groups.rs"]
mod groups;
#[path = "tap/icmp.rs"]
mod icmp;
#[path = "tap/life.rs"]
mod life;
#[path = "common/namespace.rs"]
mod namespace;
#[path = "tap/neighbours.rs"]
mod neighbours;
#[path = "tap/scrambler.rs"]
mod scrambler;
#[path = "common/tap_lab.rs"]
mod tap_lab;
#[path = "tap/unicast.rs"]
mod unicast;

use core::net::SocketAddr;

use anydgram_core::SocketType::{self, Udp4, Udp6};
use computer::ip;
use tap_lab::{KERNEL, KERNEL6, OURS, OURS6};

/// The type of a socket, the kernel's address, and ours.
const FAMILIES: [(SocketType, &str, &str); 2] = [(Udp4, KERNEL, OURS), (Udp6, KERNEL6, OURS6)];

/// One end of a datagram, for the kernel.
fn to(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip(address), port)
}

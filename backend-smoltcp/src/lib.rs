//! Node.js' `dgram` on the userspace network stack smoltcp.
//!
//! The behaviour is [`anydgram_core`]'s; datagrams go straight between its sockets and the device. smoltcp does the
//! rest of a host's work: ARP, neighbour discovery, echo, group reports, DHCP, DNS.
//!
//! # Features
//! * `std` (default): an Ethernet in memory, a TAP device (Linux), waiting for descriptors (Unix).
//! * `dns`: host names, through smoltcp's DNS socket.
//! * `dhcp`: addresses by DHCP, through smoltcp's socket for it.
//! * `fragmentation`: datagrams longer than a frame, over IPv4.
//! * `defmt`: `defmt::Format` for everything public, and smoltcp's own messages through defmt.

#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(any(test, feature = "std"))]
extern crate alloc;

mod capabilities;
mod convert;
cfg_if::cfg_if! {
    if #[cfg(feature = "dhcp")] {
        mod dhcp;
        mod message;
    }
}
cfg_if::cfg_if! {
    if #[cfg(feature = "dns")] {
        mod dns;
        pub use dns::{DnsMemory, QUERIES};
    }
}
mod frames;
mod mld;
mod nic;
mod resolver;
mod stack;
cfg_if::cfg_if! {
    if #[cfg(feature = "std")] {
        #[cfg(unix)]
        mod run;
        #[cfg(any(test, target_os = "linux"))]
        mod sys;
        #[cfg(target_os = "linux")]
        mod tap;
        #[cfg(unix)]
        mod wait;
        mod wire;

        #[cfg(unix)]
        pub use run::Clock;
        #[cfg(target_os = "linux")]
        pub use tap::{Tap, TapFrame, TapRoom, TapStats};
        #[cfg(unix)]
        pub use wait::{Waker, wait};
        pub use wire::{Port, PortFrame, PortRoom, PortStats, Segment};
    }
}
#[cfg(test)]
#[cfg(all(target_os = "linux", feature = "std"))]
#[expect(
    dead_code,
    reason = "shared with the other backend, which uses all of it"
)]
#[path = "../../backend-std/src/test_namespace.rs"]
mod test_namespace;

pub use capabilities::capabilities;
pub use nic::{NicMemory, NicOptions};
pub use resolver::{Answer, Resolver};
pub use stack::Stack;

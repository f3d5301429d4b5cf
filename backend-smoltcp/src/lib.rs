//! Node.js' `dgram` on the userspace network stack smoltcp.
//!
//! The behaviour is [`anydgram_core`]'s; datagrams go straight between its sockets and the device. smoltcp does the
//! rest of a host's work: ARP, neighbour discovery, echo, group reports, DHCP, DNS.
//!
//! # Features
//! * `std` (default): an Ethernet in memory, a TAP device (Linux), waiting for descriptors (Unix).
//! * `dns`: host names, through smoltcp's DNS socket.
//! * `dhcp`: addresses by DHCP, through smoltcp's DHCPv4 socket.
//! * `fragmentation`: datagrams longer than a frame, over IPv4.
//! * `defmt`: `defmt::Format` for everything public, and smoltcp's own messages through defmt.

#![no_std]

#[cfg(any(test, feature = "std"))]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod capabilities;
mod convert;
cfg_if::cfg_if! {
    if #[cfg(feature = "dhcp")] {
        mod dhcp;
    }
}
cfg_if::cfg_if! {
    if #[cfg(feature = "dns")] {
        mod dns;
        pub use dns::{DnsMemory, QUERIES};
    }
}
mod frames;
mod message;
mod mld;
mod nic;
mod resolver;
mod stack;

pub use capabilities::capabilities;
pub use nic::{NicMemory, NicOptions};
pub use resolver::{Answer, Resolver};
pub use stack::Stack;


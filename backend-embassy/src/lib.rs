//! Node.js' `dgram` on embassy-net: datagram sockets for microcontrollers, async and without a heap.
//!
//! The behaviour is [`anydgram_core`]'s. Its sockets sit in front of embassy-net, between it and the driver: datagrams go
//! straight between the sockets and the driver. embassy-net does the rest of a host's work: ARP, neighbour discovery,
//! group reports, closed ports, DHCP and DNS, and the application's TCP.
//!
//! ```text
//!  Socket ◀─▶ Host ◀── datagrams ──▶ Shim ◀── frames ──▶ driver
//!              │                      └──── the rest ──▶ embassy-net
//!              └── addresses, groups, names ── Host::run ──┘
//! ```
#![cfg_attr(not(test), no_std)]

#[cfg(test)]
extern crate alloc;

mod cables;
mod capabilities;
mod event;
mod groups;
mod host;
mod inbox;
mod memory;
mod message;
mod shim;
mod socket;

pub use capabilities::capabilities;
pub use event::Event;
pub use groups::JoinSlot;
pub use host::{Host, LookupSlot};
pub use inbox::{DatagramSlot, Inbox, Place, WaitSlot};
pub use memory::{HostMemory, HostOptions};
pub use shim::{Frame, Room, Shim};
pub use socket::Socket;

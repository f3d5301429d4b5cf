//! What all programs of this folder have in common: their addresses, what they can be told, and how they begin.
#![no_std]

mod address;
mod command;
mod link;

#[cfg(feature = "anydgram")]
mod host;

pub use address::{
    DNS_SERVER, GATEWAY, GROUPS, config, hardware_address, ipv4_address, ipv6_address, seed,
};
pub use command::Command;
pub use link::link;

#[cfg(feature = "anydgram")]
pub use host::{LONGEST, SOCKETS, command, listen, memory, options, stack, start};

/// The port of the echo service, RFC 862.
pub const ECHO_PORT: u16 = 7;

/// The port where programs are discovered.
pub const DISCOVERY_PORT: u16 = 4299;

/// The port that takes a [`Command`].
pub const CONTROL_PORT: u16 = 9;

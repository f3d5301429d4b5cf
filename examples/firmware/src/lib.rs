//! What all programs of this folder have in common: their address, and what they can be told.
#![no_std]

use core::net::{Ipv4Addr, Ipv6Addr};

/// The port of the echo service, RFC 862.
pub const ECHO_PORT: u16 = 7;

/// The port that takes a [`Command`].
pub const CONTROL_PORT: u16 = 9;

/// The groups that the echo service is a member of; both are for local use (RFC 2365 § 6.2, RFC 4291 § 2.7).
pub const GROUPS: (Ipv4Addr, Ipv6Addr) = (
    Ipv4Addr::new(239, 99, 0, 1),
    Ipv6Addr::new(0xFF12, 0, 0, 0, 0, 0, 0, 0x99),
);

/// The IPv4 address of a board: the last byte is that of its hardware address, so that many boards need no settings.
#[must_use]
pub const fn ipv4_address(hardware_address: [u8; 6]) -> [u8; 4] {
    [10, 99, 0, hardware_address[5]]
}

/// The IPv6 link-local address of a board, RFC 4291 appendix A.
#[must_use]
pub const fn ipv6_address(hardware_address: [u8; 6]) -> [u8; 16] {
    let [a, b, c, d, e, f] = hardware_address;
    [
        0xFE,
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        a ^ 2,
        b,
        c,
        0xFF,
        0xFE,
        d,
        e,
        f,
    ]
}

/// What a test can tell a program, as text in a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `exit` and a code in decimal: ends the program.
    Exit(u8),
    /// `panic`: fails.
    Panic,
}

impl Command {
    /// The command in a datagram, if there is one.
    #[must_use]
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        match core::str::from_utf8(datagram).ok()? {
            "panic" => Some(Self::Panic),
            text => text.strip_prefix("exit ")?.parse().ok().map(Self::Exit),
        }
    }
}

//! Packet information: which own address a datagram came to, and by which interface.
//!
//! Linux: `IP_PKTINFO`, ip(7); RFC 3542 § 6

use std::io;

use anydgram_core::{Family, Metadata};
use socket2::Socket;

use crate::sys::control;

/// Has the kernel tell of each datagram where it came to.
pub(in crate::sys::adapter) fn tell_local(socket: &Socket, family: Family) -> io::Result<()> {
    control::tell(socket, family, Metadata::NONE.with_local())
}

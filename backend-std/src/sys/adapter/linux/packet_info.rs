//! Packet information: which own address a datagram came to, by which interface, and which it is sent from.
//!
//! Linux: `IP_PKTINFO`, ip(7); RFC 3542 § 6

use std::io::{self, IoSlice};

use anydgram_core::{Address, Errno, Family, Metadata, Transmit};
use socket2::{MsgHdr, Socket};

use crate::sys::control::{self, Control};
use crate::{convert, errno};

/// Has the kernel tell of each datagram where it came to.
pub(in crate::sys::adapter) fn tell_local(socket: &Socket, family: Family) -> io::Result<()> {
    control::tell(socket, family, Metadata::NONE.with_local())
}

/// Sends a datagram from an own address and by the interface of its scope, where they are given.
pub(in crate::sys::adapter) fn send_from(
    socket: &Socket,
    source: Address,
    transmit: &Transmit<'_>,
) -> io::Result<usize> {
    let [payload] = transmit.payload.pieces() else {
        return Err(errno::to_io(Errno::ENOTSUP));
    };
    let buffers = [IoSlice::new(payload)];
    let mut control = Control::new();
    control.source(source);
    let destination = transmit.destination.map(convert::sock_addr);
    let message = MsgHdr::new()
        .with_buffers(&buffers)
        .with_control(control.bytes());
    let message = match &destination {
        Some(destination) => message.with_addr(destination),
        None => message,
    };
    socket.sendmsg(&message, 0)
}

//! Systems without group requests by interface index, or on which nobody has tried them.

use core::net::Ipv4Addr;
use std::io;

use anydgram_core::{Membership, MembershipChange};
use socket2::Socket;

/// `ENOTSUP`: IPv4 groups are joined by the interface's address here.
pub(in crate::sys) fn change_v4(
    _socket: &Socket,
    _change: MembershipChange,
    _group: Ipv4Addr,
    _index: u32,
) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOTSUP))
}

/// `ENOSYS`, as in Node: no source-specific multicast.
pub(in crate::sys) fn change_source(
    _socket: &Socket,
    _change: MembershipChange,
    _membership: &Membership,
    _index: u32,
) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}

/// `ENOTSUP`: the interface is chosen by its address here. 0, the system's choice, works.
pub(in crate::sys) fn set_multicast_index_v4(socket: &Socket, index: u32) -> io::Result<()> {
    if index == 0 {
        return socket.set_multicast_if_v4(&Ipv4Addr::UNSPECIFIED);
    }
    Err(io::Error::from_raw_os_error(libc::ENOTSUP))
}

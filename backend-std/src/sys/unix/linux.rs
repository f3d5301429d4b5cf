//! Linux and Android.

use std::io;

use socket2::{Domain, Protocol, Socket, Type};

/// `MSG_TRUNC` makes the kernel return a datagram's full length.
pub(in crate::sys) const RECEIVE_FLAGS: i32 = libc::MSG_TRUNC;
/// Whether [`RECEIVE_FLAGS`] have that effect.
pub(in crate::sys) const TELLS_FULL_LENGTH: bool = true;

/// A new socket that does not block.
pub(in crate::sys) fn open(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    Socket::new(domain, Type::DGRAM.nonblocking(), protocol)
}

/// Lets several sockets bind the same address; the last one gets what is not multicast.
pub(in crate::sys) fn set_reuse_address(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_address(true)
}

/// Lets several sockets share the load of one address.
pub(in crate::sys) fn set_reuse_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

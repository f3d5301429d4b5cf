//! FreeBSD 12 and later.

use std::io;

use socket2::{Domain, Protocol, Socket, Type};

/// The system reports that a datagram was truncated without being asked.
pub(in crate::sys) const RECEIVE_FLAGS: i32 = 0;
/// It does not say how long the datagram was.
pub(in crate::sys) const TELLS_FULL_LENGTH: bool = false;

/// A new socket that does not block.
pub(in crate::sys) fn open(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    Socket::new(domain, Type::DGRAM.nonblocking(), protocol)
}

/// Lets several sockets bind the same address; on BSD that is `SO_REUSEPORT`, as in Node.
pub(in crate::sys) fn set_reuse_address(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

/// Lets several sockets share the load of one address.
pub(in crate::sys) fn set_reuse_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port_lb(true)
}

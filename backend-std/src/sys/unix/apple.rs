//! macOS and Apple's other systems.

use std::io;

use socket2::{Domain, Protocol, Socket, Type};

/// The system reports that a datagram was truncated without being asked.
pub(in crate::sys) const RECEIVE_FLAGS: i32 = 0;
/// It does not say how long the datagram was.
pub(in crate::sys) const TELLS_FULL_LENGTH: bool = false;

/// A new socket that does not block.
pub(in crate::sys) fn open(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Lets several sockets bind the same address; on BSD that is `SO_REUSEPORT`, as in Node.
pub(in crate::sys) fn set_reuse_address(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

/// `ENOTSUP`: the system has `SO_REUSEPORT`, but gives all datagrams to one of the sockets.
pub(in crate::sys) fn set_reuse_port(_socket: &Socket) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOTSUP))
}

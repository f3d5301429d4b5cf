//! Packet information is asked for on Linux only.

use std::io;

use anydgram_core::{Address, Errno, Family, Transmit};
use socket2::Socket;

use crate::errno;

/// `ENOTSUP`.
pub(in crate::sys::adapter) fn tell_local(_: &Socket, _: Family) -> io::Result<()> {
    Err(errno::to_io(Errno::ENOTSUP))
}

/// `ENOTSUP`.
pub(in crate::sys::adapter) fn send_from(
    _: &Socket,
    _: Address,
    _: &Transmit<'_>,
) -> io::Result<usize> {
    Err(errno::to_io(Errno::ENOTSUP))
}

//! Packet information is asked for on Linux only.

use std::io;

use anydgram_core::{Errno, Family};
use socket2::Socket;

use crate::errno;

/// `ENOTSUP`.
pub(in crate::sys::adapter) fn tell_local(_: &Socket, _: Family) -> io::Result<()> {
    Err(errno::to_io(Errno::ENOTSUP))
}

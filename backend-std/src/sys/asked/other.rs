//! `ENOTSUP`.

use anydgram_core::{Errno, Transmit};
use socket2::SockAddr;

use crate::sys::OsSocket;

pub(super) fn send(_: &OsSocket, _: &Transmit<'_>, _: Option<&SockAddr>) -> Result<usize, Errno> {
    Err(Errno::ENOTSUP)
}

pub(super) fn forbid_fragments(_: &OsSocket) -> Result<(), Errno> {
    Err(Errno::ENOTSUP)
}

//! `ENOTSUP`.

use anydgram_core::{Errno, Payload, SendMeta};
use socket2::SockAddr;

use crate::sys::OsSocket;

pub(super) fn send(
    _: &OsSocket,
    _: Option<&SockAddr>,
    _: &SendMeta,
    _: &Payload<'_>,
) -> Result<usize, Errno> {
    Err(Errno::ENOTSUP)
}

pub(super) fn forbid_fragments(_: &OsSocket) -> Result<(), Errno> {
    Err(Errno::ENOTSUP)
}

//! Nothing comes or goes beside the bytes of a Unix datagram: what this crate knows of it is Linux'.

use std::io::{self, IoSlice};
use std::os::fd::{BorrowedFd, OwnedFd};

use anydgram_core::Errno;
use socket2::{SockAddr, Socket};

use crate::errno;
use crate::unix::UnixCredentials;

/// What is to be received beside the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) credentials: bool,
    pub(super) descriptors: usize,
}

/// What came beside the bytes.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) credentials: Option<UnixCredentials>,
    pub(super) descriptors: Vec<OwnedFd>,
    pub(super) is_truncated: bool,
}

/// A datagram's full length, its sender, and what came with it.
pub(super) type Received = (usize, SockAddr, Control);

impl Wanted {
    pub(super) const fn is_any(self) -> bool {
        false
    }
}

pub(super) const fn set_pass_credentials(_: &Socket, _: bool) -> Result<(), Errno> {
    Err(Errno::ENOTSUP)
}

pub(super) const fn check_descriptors(count: usize) -> Result<(), Errno> {
    if count > 0 {
        Err(Errno::ENOTSUP)
    } else {
        Ok(())
    }
}

pub(super) fn receive(_: &Socket, _: &mut [u8], _: Wanted) -> io::Result<Received> {
    Err(errno::to_io(Errno::ENOTSUP))
}

pub(super) fn send(
    _: &Socket,
    _: &[IoSlice<'_>],
    _: Option<&SockAddr>,
    _: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    Err(errno::to_io(Errno::ENOTSUP))
}

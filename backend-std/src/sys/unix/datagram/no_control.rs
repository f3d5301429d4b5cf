//! Nothing comes or goes beside the bytes of a Unix datagram: what this crate knows of it is Linux'.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;

use anydgram_core::Errno;
use socket2::{SockAddr, Socket};

use super::beside::{Received, Wanted};
use crate::errno;

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

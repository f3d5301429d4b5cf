//! What is asked for beside the bytes of a Unix datagram, and what came: the same on all systems.

use std::os::fd::OwnedFd;

use socket2::SockAddr;

use crate::unix::UnixCredentials;

/// What is to be received beside the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) credentials: bool,
    /// How many, at most.
    pub(super) descriptors: usize,
}

/// What came beside the bytes.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) credentials: Option<UnixCredentials>,
    pub(super) descriptors: Vec<OwnedFd>,
    /// There was more than was wanted; the system has closed it.
    pub(super) is_truncated: bool,
}

/// A datagram's full length, its sender, and what came with it.
pub(super) type Received = (usize, SockAddr, Control);

impl Wanted {
    pub(super) const fn is_any(self) -> bool {
        self.credentials || self.descriptors > 0
    }
}

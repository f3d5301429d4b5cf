//! Systems that report the error of an earlier datagram as something to read by themselves.

use std::io;
use std::os::fd::AsRawFd;

use tokio::io::Interest;

/// What the reactor is to tell.
pub(super) const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Nothing has to be done.
pub(super) fn show_errors(_os: &impl AsRawFd) -> io::Result<()> {
    Ok(())
}

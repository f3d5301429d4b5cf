//! Systems that report the error of an earlier datagram as something to read by themselves.

use std::io;

use tokio::io::Interest;

use crate::sys::OsSocket;

/// What the reactor is to tell.
pub(super) const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Nothing has to be done.
pub(super) const fn show_errors(_os: &OsSocket) -> io::Result<()> {
    Ok(())
}

//! Everything but Linux.

use std::io;

use anydgram_core::Family;
use socket2::Socket;

/// What these systems do anyway.
pub(super) fn keep_to_own_groups(_: &Socket, _: Family) -> io::Result<()> {
    Ok(())
}

//! Everything but Linux.

use std::io;

use anydgram_core::Family;
use socket2::Socket;

cfg_if::cfg_if! {
    if #[cfg(feature = "embedded-nal-async")] {
        mod packet_info;
        pub(super) use crate::sys::batch::receive_one as receive;
        pub(super) use packet_info::tell_local;
    }
}

/// What these systems do anyway.
pub(super) fn keep_to_own_groups(_: &Socket, _: Family) -> io::Result<()> {
    Ok(())
}

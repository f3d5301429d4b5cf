//! Linux.

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

/// `IP_MULTICAST_ALL`, which counts for the IPv4 groups of a socket for both families as well: `ip(7)`.
pub(super) fn keep_to_own_groups(socket: &Socket, family: Family) -> io::Result<()> {
    socket.set_multicast_all_v4(false)?;
    match family {
        Family::V4 => Ok(()),
        Family::V6 => match socket.set_multicast_all_v6(false) {
            Err(error) if error.raw_os_error() == Some(libc::ENOPROTOOPT) => Ok(()),
            result => result,
        },
    }
}

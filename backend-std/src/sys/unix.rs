//! What Unix systems have in common, and the choice of what they have not.
//!
//! Linux, Android, Apple's systems and FreeBSD have their own file each; `other` promises little and says so.

mod adopt;
pub(crate) mod cluster;
mod datagram;
mod errnos;
mod names;
mod resolve;

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod groups;
        mod linux;
        use linux as system;
    } else if #[cfg(target_vendor = "apple")] {
        mod apple;
        mod groups;
        use apple as system;
    } else if #[cfg(target_os = "freebsd")] {
        mod freebsd;
        mod groups;
        use freebsd as system;
    } else {
        mod no_groups;
        mod other;
        use no_groups as groups;
        use other as system;
    }
}

pub(super) use adopt::adopt;
pub(crate) use datagram::{Descriptor, OsUnixSocket};
pub(super) use groups::{change_source, change_v4, set_multicast_index_v4};
pub(super) use system::{
    RECEIVE_FLAGS, TELLS_FULL_LENGTH, open, set_reuse_address, set_reuse_port,
};

pub(crate) use errnos::ERRNOS;
pub(crate) use names::{INTERFACE_NAME_LEN, interface_index, interface_name, interfaces};
pub(crate) use resolve::resolve;

use core::net::SocketAddr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use anydgram_core::Endpoint;
use mio::net::UdpSocket;
use rustix::net::SendFlags;
use socket2::{SockAddr, SockAddrStorage, Socket};

use super::OsSocket;

impl AsFd for OsSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for OsSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

/// Forgets the peer, by connecting to an address of no family (POSIX, `connect`).
pub(super) fn disconnect(socket: &Socket) -> io::Result<()> {
    // SAFETY: zeroes are a valid address of the family AF_UNSPEC.
    let nobody = unsafe { SockAddr::new(SockAddrStorage::zeroed(), UNSPECIFIED_LEN) };
    match socket.connect(&nobody) {
        // BSD disconnects and complains all the same.
        Err(error)
            if !cfg!(any(target_os = "linux", target_os = "android"))
                && matches!(
                    error.raw_os_error(),
                    Some(libc::EAFNOSUPPORT | libc::EINVAL)
                ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Sends a datagram; without a destination to the connected peer.
#[inline]
pub(super) fn send(
    socket: &UdpSocket,
    destination: Option<Endpoint>,
    bytes: &[u8],
) -> io::Result<usize> {
    let none = SendFlags::empty();
    let sent = match destination.map(SocketAddr::from) {
        None => rustix::net::send(socket, bytes, none),
        Some(SocketAddr::V4(to)) => rustix::net::sendto(socket, bytes, none, &to),
        Some(SocketAddr::V6(to)) => rustix::net::sendto(socket, bytes, none, &to),
    };
    Ok(sent?)
}

/// The address to send to in place of `destination`: the kernel itself takes the wildcard address for loopback.
pub(super) const fn reachable(destination: Endpoint) -> Endpoint {
    destination
}

/// Whether a failure is an echo of an earlier datagram; Unix reports those to connected sockets only.
pub(super) const fn is_stale_report(_error: &io::Error) -> bool {
    false
}

/// The length of `sockaddr`.
const UNSPECIFIED_LEN: libc::socklen_t = 16;

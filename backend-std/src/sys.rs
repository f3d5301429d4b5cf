//! Operating-system sockets, and the few facts that only the operating system has.
//!
//! [`OsSocket`] is one bound UDP socket: opening and adopting ([`open`]), options ([`options`]), groups
//! ([`membership`]), datagrams one by one ([`transfer`]) and many at once ([`batch`]). It keeps no state but the descriptor and its family: what a
//! socket was asked for is the core's to know. Errors leave this module as [`Errno`].
//!
//! This is the only module with unsafe code. What socket2 and the standard library lack is in the platform's
//! folder: `unix` or `portable`, one API in both.

#![expect(
    unsafe_code,
    reason = "system calls that neither the standard library nor socket2 offers"
)]

#[cfg(all(unix, any(feature = "edge-nal", feature = "embedded-nal-async")))]
mod adapter;
#[cfg(test)]
pub(crate) mod allocations;
mod asked;
pub(crate) mod batch;
#[cfg(target_os = "linux")]
mod control;
#[cfg(test)]
#[cfg(target_os = "linux")]
pub(crate) mod faults;
#[cfg(target_os = "linux")]
mod length;
mod membership;
mod metadata;
pub(crate) mod open;
pub(crate) mod options;
pub(crate) mod run;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
mod transfer;

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod unix;
        #[cfg(feature = "tokio")]
        pub(crate) mod watched;
        pub(crate) use unix::{Descriptor, OsUnixSocket};
        use unix as platform;
        pub(crate) use unix::cluster;
    } else {
        mod no_unix_sockets;
        mod portable;
        pub(crate) use no_unix_sockets::{Descriptor, OsUnixSocket};
        use portable as platform;
    }
}

pub(crate) use platform::{
    ERRNOS, INTERFACE_NAME_LEN, interface_index, interface_name, interfaces, resolve,
};

use std::io;

use anydgram_core::{Endpoint, Errno, Family};
use mio::event::Source;
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::SockRef;

use crate::marks::{Mark, Marks};
use crate::{convert, errno};

/// A bound UDP socket of the operating system, which never blocks. Dropping it closes it.
///
/// Readiness comes from [`mio::Poll`], with which it registers as a [`Source`], or on Unix from anything that
/// takes a descriptor.
#[derive(Debug)]
pub(crate) struct OsSocket {
    /// Owns the descriptor. Calls that may block go through its `try_io`, which re-arms readiness on Windows.
    inner: UdpSocket,
    /// Decides between the IPv4 and the IPv6 form of an option.
    family: Family,
    /// How its datagrams come.
    arrival: Marks,
    together: run::Together,
}

/// Control messages come with its datagrams.
const HAS_METADATA: Mark = Mark::new(0);
/// The system puts datagrams that belong together into one message.
const COALESCES: Mark = Mark::new(1);
/// It never will: the descriptor was somebody else's or is now, who may have a twin and not be able to take them apart.
const NEVER_COALESCES: Mark = Mark::new(2);

impl OsSocket {
    /// The address it is bound to, asked of the operating system.
    pub(crate) fn local_address(&self) -> Result<Endpoint, Errno> {
        let address = self.call(|socket| socket.local_addr())?;
        convert::endpoint(&address).ok_or(Errno::EINVAL)
    }

    /// The peer it is connected to, asked of the operating system; `ENOTCONN` if there is none.
    pub(crate) fn peer_address(&self) -> Result<Endpoint, Errno> {
        let address = self.call(|socket| socket.peer_addr())?;
        convert::endpoint(&address).ok_or(Errno::ENOTCONN)
    }

    /// Connects to a peer; `EINVAL` for one of another family.
    pub(crate) fn connect(&self, peer: Endpoint) -> Result<(), Errno> {
        if peer.address.family() != self.family {
            return Err(Errno::EINVAL);
        }
        let address = convert::sock_addr(peer);
        self.call(|socket| socket.connect(&address))
    }

    /// Forgets the peer. An automatic local port may go with it, as Linux does.
    pub(crate) fn disconnect(&self) -> Result<(), Errno> {
        self.call(platform::disconnect)
    }

    /// Wraps a socket that does not block.
    fn from_socket(socket: socket2::Socket, family: Family) -> Self {
        Self {
            inner: UdpSocket::from_std(socket.into()),
            family,
            arrival: Marks::new(),
            together: run::Together::new(),
        }
    }

    /// One system call, made again when a signal interrupts it.
    fn call<T>(&self, mut call: impl FnMut(&socket2::Socket) -> io::Result<T>) -> Result<T, Errno> {
        loop {
            match call(&SockRef::from(&self.inner)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| errno::from_io(&error)),
            }
        }
    }
}

impl Source for OsSocket {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.inner.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.inner.deregister(registry)
    }
}

//! The async sockets behind the traits of `embedded-nal-async` 0.9, behind the feature of that name.
//!
//! A [`Stack`] is `UdpStack` and `Dns`. A connected socket is a [`Socket`], all others are [`Unconnected`].
//!
//! | trait | is kept so |
//! |---|---|
//! | `UdpStack` | whatever the host refuses is an error; without memory for another socket it is `open ENOBUFS` |
//! | `UdpStack::connect_from` | binds, then connects; only the peer is heard |
//! | `UdpStack::bind_single` | of the wildcard address: the one of the interface, a link-local one only if there is no other; `bind EADDRNOTAVAIL` while there is none |
//! | `UdpStack::bind_multiple` | of the wildcard address: all addresses, also those that come later |
//! | `receive_into` | the full length of a datagram, also of one that is longer than the buffer |
//! | the local address of `receive_into` | the one that the datagram was sent to, be it a group or a broadcast address |
//! | the local address of `send` | the source; each part that is zero is the host's choice; what the source would not be is an error |
//! | `Dns` | by embassy-net, with feature `dns`; `Either` prefers IPv4; names of addresses are `ENOTSUP` |
//!
//! The source of what leaves for the network is the only address of its family that the interface has. On the host itself it is
//! what the destination makes it: what goes to `127.0.0.0/8` comes from `127.0.0.1`, what goes to an own address comes from
//! that one; only a socket that is bound to another one sends from that.
//!
//! An answer to a group is sent from the address that `receive_into` told, too: no datagram can have a group or a broadcast
//! address as its source, so the host chooses one. A scope names the interface, also for a remote address without one.
//!
//! Memberships, which the traits know nothing of, are [`Unconnected::socket`]'s.
//!
//! # Cancel safety
//! That of [`Socket`]: a future that is dropped before it is ready has received nothing. A datagram that it has put into the
//! socket's queue leaves all the same.
//!
//! # Examples
//! ```
//! use anydgram_embassy::Host;
//! use anydgram_embassy::embedded_nal_async::Stack;
//! use embedded_nal_async::{UdpStack, UnconnectedUdp};
//!
//! async fn echo_once<S: UnconnectedUdp>(socket: &mut S) -> Result<(), S::Error> {
//!     let mut buffer = [0; 1472];
//!     let (length, local, remote) = socket.receive_into(&mut buffer).await?;
//!     let data = buffer.get(..length).unwrap_or(&buffer);
//!     socket.send(local, remote, data).await
//! }
//!
//! async fn application(host: &'static Host<'static>) -> Result<(), anydgram_core::Error<'static>> {
//!     let mut socket = Stack::new(host).bind_multiple(([0; 4], 7).into()).await?;
//!     echo_once(&mut socket).await
//! }
//! ```

use core::net::{IpAddr, SocketAddr};

use anydgram_core::{Endpoint, Errno, Error, Family, Syscall, SystemError};
use embedded_nal_async::{AddrType, ConnectedUdp, Dns, UdpStack, UnconnectedUdp};

pub use crate::adapter::Stack;

use crate::adapter::{no_reverse_look_up, reachable, sender};
use crate::socket::Socket;

type Result<T> = core::result::Result<T, Error<'static>>;

/// A bound socket, whose datagrams have both ends given.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unconnected<'m> {
    socket: Socket<'m>,
    /// Where it is bound.
    bound: Endpoint,
}

impl<'m> Unconnected<'m> {
    /// The socket itself: for groups and options.
    #[must_use]
    pub const fn socket(&self) -> &Socket<'m> {
        &self.socket
    }

    fn new(socket: Socket<'m>) -> Result<Self> {
        let bound = socket.address()?;
        Ok(Self { socket, bound })
    }

    /// Where a datagram goes that is sent from `local` to `remote`.
    ///
    /// # Errors
    /// `send EINVAL` if it would come from elsewhere.
    fn way(&self, local: SocketAddr, remote: SocketAddr) -> Result<Endpoint> {
        let mut remote = Endpoint::from(reachable(&self.socket, remote));
        let local = Endpoint::from(local);
        let to = &mut remote.address;
        if to.scope_id() == 0 && to.needs_scope() {
            *to = to.with_scope_id(local.address.scope_id());
        }
        let is_here = [0, self.bound.port].contains(&local.port)
            && self.socket.sends_from(local.address, remote);
        if is_here {
            Ok(remote)
        } else {
            Err(SystemError::new(Syscall::Send, Errno::EINVAL).into())
        }
    }
}

impl UnconnectedUdp for Unconnected<'_> {
    type Error = Error<'static>;

    async fn send(&mut self, local: SocketAddr, remote: SocketAddr, data: &[u8]) -> Result<()> {
        let remote = self.way(local, remote)?;
        self.socket.send_to(data, remote).await.map(drop)
    }

    async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr, SocketAddr)> {
        let (length, meta) = self.socket.recv_from(buffer).await?;
        let mut local = meta.local.unwrap_or(self.bound.address);
        if local.scope_id() == 0 && local.needs_scope() {
            local = local.with_scope_id(meta.interface.unwrap_or(0));
        }
        let local = Endpoint::new(local, self.bound.port);
        Ok((length, local.into(), sender(&self.socket, &meta)))
    }
}

impl ConnectedUdp for Socket<'_> {
    type Error = Error<'static>;

    async fn send(&mut self, data: &[u8]) -> Result<()> {
        Self::send(self, data).await.map(drop)
    }

    async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let (length, _) = self.recv_from(buffer).await?;
        Ok(length)
    }
}

impl<'m> UdpStack for Stack<'m> {
    type Error = Error<'static>;
    type Connected = Socket<'m>;
    type UniquelyBound = Unconnected<'m>;
    type MultiplyBound = Unconnected<'m>;

    async fn connect_from(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<(SocketAddr, Socket<'m>)> {
        let socket = self.connected(local, remote).await?;
        Ok((socket.address()?.into(), socket))
    }

    async fn bind_single(&self, local: SocketAddr) -> Result<(SocketAddr, Unconnected<'m>)> {
        let local = self.one_of(local)?;
        let socket = Unconnected::new(self.bound(local).await?)?;
        Ok((socket.bound.into(), socket))
    }

    async fn bind_multiple(&self, local: SocketAddr) -> Result<Unconnected<'m>> {
        Unconnected::new(self.bound(local).await?)
    }
}

impl Dns for Stack<'_> {
    type Error = Error<'static>;

    async fn get_host_by_name(&self, host: &str, addr_type: AddrType) -> Result<IpAddr> {
        let families: &[Family] = match addr_type {
            AddrType::IPv4 => &[Family::V4],
            AddrType::IPv6 => &[Family::V6],
            AddrType::Either => &[Family::V4, Family::V6],
        };
        self.address_of(host, families).await
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize> {
        no_reverse_look_up()
    }
}

impl Stack<'_> {
    /// One address in place of the wildcard address.
    fn one_of(&self, local: SocketAddr) -> Result<SocketAddr> {
        if !local.ip().is_unspecified() {
            return Ok(local);
        }
        let found = self.host.own_address(Family::of(local.ip()));
        let address = found.ok_or_else(|| SystemError::new(Syscall::Bind, Errno::EADDRNOTAVAIL))?;
        Ok(Endpoint::new(address, local.port()).into())
    }
}

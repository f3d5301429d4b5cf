//! The async sockets behind the traits of `embedded-nal-async` 0.9, behind the feature of that name.
//!
//! A [`Stack`] is `UdpStack` and `Dns`. A connected socket is a [`Socket`], all others are [`Unconnected`].
//!
//! | trait | is kept so |
//! |---|---|
//! | `UdpStack::connect_from` | binds, then connects; only the peer is heard |
//! | `UdpStack::bind_single` | of the wildcard address: the first of an interface that is up and not loopback, a link-local one only if there is no other |
//! | `UdpStack::bind_multiple` | of the wildcard address: all addresses, told apart by packet information; `ENOTSUP` but on Linux |
//! | `receive_into` | the full length of a datagram, also of one that is longer than the buffer |
//! | the local address of `receive_into` | the one that the datagram was sent to, be it a group or a broadcast address |
//! | the local address of `send` | the source; each part that is zero is the system's choice; what is not the socket's is an error |
//! | `Dns` | by the system's resolver; `Either` prefers IPv4; names of addresses are `ENOTSUP` |
//!
//! An answer to a group is sent from the address that `receive_into` told, too: no datagram can have a group or
//! `255.255.255.255` as its source, so the system chooses one, and a scope still names the interface. The broadcast address
//! of a subnet, which only the system can tell from others, is an error.
//!
//! Memberships, which the traits know nothing of, are [`Unconnected::socket`]'s.
//!
//! # Platforms
//! Of a truncated datagram only Linux tells the length; elsewhere it is one more than the buffer's.
//!
//! # Cancel safety
//! That of [`tokio`](crate::tokio#cancel-safety): a future that is dropped before it is ready has received nothing and
//! sent nothing.
//!
//! # Examples
//! ```
//! use anydgram_std::embedded_nal_async::Stack;
//! use embedded_nal_async::{ConnectedUdp, UdpStack, UnconnectedUdp};
//!
//! async fn echo_once<S: UnconnectedUdp>(socket: &mut S) -> Result<(), S::Error> {
//!     let mut buffer = [0; 1500];
//!     let (length, local, remote) = socket.receive_into(&mut buffer).await?;
//!     let data = buffer.get(..length).unwrap_or(&buffer);
//!     socket.send(local, remote, data).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), anydgram_std::Error> {
//! let stack = Stack::new();
//! let (address, mut server) = stack.bind_single(([127, 0, 0, 1], 0).into()).await?;
//! let (_, mut client) = stack.connect(address).await?;
//! ConnectedUdp::send(&mut client, b"hello").await?;
//! echo_once(&mut server).await?;
//! assert_eq!(client.receive_into(&mut [0; 16]).await?, 5);
//! # Ok(())
//! # }
//! ```

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use anydgram_core::{Address, Endpoint, Errno, Family, Syscall, SystemError};
use embedded_nal_async::{AddrType, ConnectedUdp, Dns, UdpStack, UnconnectedUdp};

pub use crate::adapter::Stack;

use crate::adapter::{full_length, no_reverse_look_up, reachable, sender};
use crate::error::Error;
use crate::interfaces;
use crate::tokio::Socket;

/// A bound socket, whose datagrams have both ends given.
#[derive(Clone, Debug)]
pub struct Unconnected {
    socket: Socket,
    /// Where it is bound.
    bound: Endpoint,
}

impl Unconnected {
    /// The socket itself: for groups and options.
    #[must_use]
    pub const fn socket(&self) -> &Socket {
        &self.socket
    }

    fn new(socket: Socket) -> Result<Self, Error> {
        let bound = socket.address()?;
        if bound.address.is_unspecified() {
            socket.tell_local()?;
        }
        Ok(Self { socket, bound })
    }

    /// What has to be asked for to send from `local`, if anything.
    ///
    /// # Errors
    /// `send EINVAL` for what is not where the socket is bound.
    fn source(&self, local: SocketAddr) -> Result<Option<Address>, Error> {
        let own = self.bound.address;
        let address = Endpoint::from(local).address;
        let is_anybody = address.canonical().is_unspecified();
        let is_here = if own.is_unspecified() {
            true
        } else {
            (is_anybody || address.canonical().ip() == own.canonical().ip())
                && [0, own.scope_id()].contains(&address.scope_id())
        };
        if !is_here || ![0, self.bound.port].contains(&local.port()) {
            return Err(SystemError::new(Syscall::Send, Errno::EINVAL).into());
        }
        if !own.is_unspecified() {
            return Ok(None);
        }
        let mut source = Endpoint::from(reachable(&self.socket, local)).address;
        if is_anybody || !can_be_source(address) {
            source = own.with_scope_id(address.scope_id());
        }
        let is_nothing = source.is_unspecified() && source.scope_id() == 0;
        Ok((!is_nothing).then_some(source))
    }
}

impl UnconnectedUdp for Unconnected {
    type Error = Error;

    async fn send(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        data: &[u8],
    ) -> Result<(), Error> {
        let remote = reachable(&self.socket, remote);
        let sent = match self.source(local)? {
            Some(source) => self.socket.send_from(source, data, remote.into()).await,
            None => self.socket.send_to(data, remote).await,
        };
        sent.map(drop)
    }

    async fn receive_into(
        &mut self,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddr, SocketAddr), Error> {
        let (length, meta) = if self.bound.address.is_unspecified() {
            self.socket.recv_with_local(buffer).await?
        } else {
            self.socket.recv_from(buffer).await?
        };
        let local = meta.local.unwrap_or(self.bound.address);
        let local = Endpoint::new(local, self.bound.port);
        let remote = sender(&self.socket, &meta);
        Ok((full_length(length, &meta), local.into(), remote))
    }
}

impl ConnectedUdp for Socket {
    type Error = Error;

    async fn send(&mut self, data: &[u8]) -> Result<(), Error> {
        Self::send(self, data).await.map(drop)
    }

    async fn receive_into(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let (length, meta) = self.recv_from(buffer).await?;
        Ok(full_length(length, &meta))
    }
}

impl UdpStack for Stack {
    type Error = Error;
    type Connected = Socket;
    type UniquelyBound = Unconnected;
    type MultiplyBound = Unconnected;

    async fn connect_from(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<(SocketAddr, Socket), Error> {
        let socket = self.connected(local, remote).await?;
        Ok((socket.address()?.into(), socket))
    }

    async fn bind_single(&self, local: SocketAddr) -> Result<(SocketAddr, Unconnected), Error> {
        let local = one_of(local)?;
        let socket = Unconnected::new(self.bound(local).await?)?;
        Ok((socket.bound.into(), socket))
    }

    async fn bind_multiple(&self, local: SocketAddr) -> Result<Unconnected, Error> {
        Unconnected::new(self.bound(local).await?)
    }
}

impl Dns for Stack {
    type Error = Error;

    async fn get_host_by_name(&self, host: &str, addr_type: AddrType) -> Result<IpAddr, Error> {
        let families: &[Family] = match addr_type {
            AddrType::IPv4 => &[Family::V4],
            AddrType::IPv6 => &[Family::V6],
            AddrType::Either => &[Family::V4, Family::V6],
        };
        self.address_of(host, families).await
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, Error> {
        no_reverse_look_up()
    }
}

/// Groups and the broadcast address are destinations only (RFC 1122 § 3.2.1.3, RFC 4291 § 2.7).
fn can_be_source(address: Address) -> bool {
    let address = address.canonical();
    !address.is_multicast() && address.ip() != IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// One address in place of the wildcard address: the first, but link-local ones after all others, and loopback last.
fn one_of(local: SocketAddr) -> Result<SocketAddr, Error> {
    if !local.ip().is_unspecified() {
        return Ok(local);
    }
    let failed = |errno| SystemError::new(Syscall::Bind, errno);
    let family = Family::of(local.ip());
    let interfaces = interfaces::list().map_err(failed)?;
    let found = interfaces
        .iter()
        .filter(|interface| interface.is_up)
        .flat_map(|interface| &interface.addresses)
        .filter(|address| address.family() == family)
        .min_by_key(|address| (address.is_loopback(), address.is_link_local()));
    let address = found.ok_or_else(|| failed(Errno::EADDRNOTAVAIL))?;
    Ok(Endpoint::new(*address, local.port()).into())
}

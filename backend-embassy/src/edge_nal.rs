//! The async sockets behind the traits of `edge-nal` 0.7, behind the feature of that name.
//!
//! A [`Stack`] is `UdpBind`, `UdpConnect` and `Dns`; its sockets are [`Socket`]s, which have all the other UDP traits.
//! What the traits have no word for, such as hop limits, a socket's own methods have.
//!
//! | trait | is kept so |
//! |---|---|
//! | `UdpBind` | whatever the host refuses is an error; without memory for another socket it is `open ENOBUFS` |
//! | `UdpConnect` | binds, then connects; only the peer is heard |
//! | `UdpReceive` | the full length of a datagram, also of one that is longer than the buffer |
//! | `UdpSend` | a connected socket ignores the address that is given; an IPv6 address goes out by its scope |
//! | `Readable` | takes nothing: neither a datagram nor an error |
//! | `UdpSplit`, `UdpSplitMulticast` | the parts are references to the socket, each for a task of its own |
//! | `MulticastV4` | on the interface that has the address; `0.0.0.0`: on the host's choice |
//! | `MulticastV6` | on the interface of the index; 0: on the host's choice |
//! | `Dns` | by embassy-net, with feature `dns`; `Either` prefers IPv4; names of addresses are `ENOTSUP` |
//!
//! A group is the socket's own: it is received from when that socket joins it until that socket leaves it or is closed,
//! whatever others do. Joining it twice is `EADDRINUSE`. Groups need places, see
//! [`HostMemory::groups`](crate::HostMemory::groups).
//!
//! # Lengths
//! A program that takes the length for the length of what is in its buffer is in for a surprise: `edge-mdns` 0.8 panics
//! on a datagram that is longer than its buffer. Give it one that no datagram exceeds: as long as the bytes that were
//! [lent](crate::Host::lend) for datagrams to be received. What is longer than those is never received.
//!
//! # Cancel safety
//! That of [`Socket`]: a future that is dropped before it is ready has received nothing. A datagram that it has put into the
//! socket's queue leaves all the same.
//!
//! # Examples
//! ```
//! use anydgram_embassy::Host;
//! use anydgram_embassy::edge_nal::Stack;
//! use edge_nal::{UdpBind, UdpReceive, UdpSend, UdpSplit};
//!
//! async fn echo_once<S: UdpBind>(stack: &S, port: u16) -> Result<(), S::Error> {
//!     let mut socket = stack.bind(([0; 4], port).into()).await?;
//!     let (mut receiver, mut sender) = socket.split();
//!     let mut buffer = [0; 1472];
//!     let (length, remote) = receiver.receive(&mut buffer).await?;
//!     let data = buffer.get(..length).unwrap_or(&buffer);
//!     sender.send(remote, data).await
//! }
//!
//! async fn application(host: &'static Host<'static>) -> Result<(), anydgram_core::Error<'static>> {
//!     echo_once(&Stack::new(host), 7).await
//! }
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anydgram_core::{ConnectState, Error, Family, Interface};
use edge_nal::io::ErrorType;
use edge_nal::{
    AddrType, Dns, MulticastV4, MulticastV6, Readable, UdpBind, UdpConnect, UdpReceive, UdpSend,
    UdpSplit, UdpSplitMulticast,
};

pub use crate::adapter::Stack;

use crate::adapter::{no_reverse_look_up, reachable, sender};
use crate::socket::Socket;

type Result<T> = core::result::Result<T, Error<'static>>;

impl<'m> UdpBind for Stack<'m> {
    type Error = Error<'static>;
    type Socket<'a>
        = Socket<'m>
    where
        Self: 'a;

    async fn bind(&self, local: SocketAddr) -> Result<Socket<'m>> {
        self.bound(local).await
    }
}

impl<'m> UdpConnect for Stack<'m> {
    type Error = Error<'static>;
    type Socket<'a>
        = Socket<'m>
    where
        Self: 'a;

    async fn connect(&self, local: SocketAddr, remote: SocketAddr) -> Result<Socket<'m>> {
        self.connected(local, remote).await
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

impl ErrorType for &Socket<'_> {
    type Error = Error<'static>;
}

impl UdpReceive for &Socket<'_> {
    async fn receive(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        let (length, meta) = self.recv_from(buffer).await?;
        Ok((length, sender(self, &meta)))
    }
}

impl UdpSend for &Socket<'_> {
    async fn send(&mut self, remote: SocketAddr, data: &[u8]) -> Result<()> {
        let sent = if self.connect_state() == ConnectState::Connected {
            Socket::send(self, data).await
        } else {
            self.send_to(data, reachable(self, remote)).await
        };
        sent.map(drop)
    }
}

impl Readable for &Socket<'_> {
    async fn readable(&mut self) -> Result<()> {
        Socket::readable(self).await
    }
}

impl MulticastV4 for &Socket<'_> {
    async fn join_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<()> {
        self.add_membership(group.into(), Interface::of_address(interface))
    }

    async fn leave_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<()> {
        self.drop_membership(group.into(), Interface::of_address(interface))
    }
}

impl MulticastV6 for &Socket<'_> {
    async fn join_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<()> {
        self.add_membership(group.into(), Interface::of_index(interface))
    }

    async fn leave_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<()> {
        self.drop_membership(group.into(), Interface::of_index(interface))
    }
}

impl ErrorType for Socket<'_> {
    type Error = Error<'static>;
}

impl UdpReceive for Socket<'_> {
    async fn receive(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        (&*self).receive(buffer).await
    }
}

impl UdpSend for Socket<'_> {
    async fn send(&mut self, remote: SocketAddr, data: &[u8]) -> Result<()> {
        UdpSend::send(&mut &*self, remote, data).await
    }
}

impl Readable for Socket<'_> {
    async fn readable(&mut self) -> Result<()> {
        Self::readable(self).await
    }
}

impl MulticastV4 for Socket<'_> {
    async fn join_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<()> {
        (&*self).join_v4(group, interface).await
    }

    async fn leave_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<()> {
        (&*self).leave_v4(group, interface).await
    }
}

impl MulticastV6 for Socket<'_> {
    async fn join_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<()> {
        (&*self).join_v6(group, interface).await
    }

    async fn leave_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<()> {
        (&*self).leave_v6(group, interface).await
    }
}

impl UdpSplit for Socket<'_> {
    type Receive<'a>
        = &'a Self
    where
        Self: 'a;
    type Send<'a>
        = &'a Self
    where
        Self: 'a;

    fn split(&mut self) -> (&Self, &Self) {
        (self, self)
    }
}

impl UdpSplitMulticast for Socket<'_> {
    type MulticastV4<'a>
        = &'a Self
    where
        Self: 'a;
    type MulticastV6<'a>
        = &'a Self
    where
        Self: 'a;

    fn split_multicast(&mut self) -> (&Self, &Self, &Self, &Self) {
        (self, self, self, self)
    }
}

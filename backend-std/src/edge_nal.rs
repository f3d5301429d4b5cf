//! The async sockets behind the traits of `edge-nal` 0.7, behind the feature of that name.
//!
//! A [`Stack`] is `UdpBind`, `UdpConnect` and `Dns`; its sockets are [`Socket`]s, which have all the other UDP traits.
//! What the traits have no word for, such as hop limits, a socket's own methods have.
//!
//! | trait | is kept so |
//! |---|---|
//! | `UdpBind` | whatever the system refuses is an error |
//! | `UdpConnect` | binds, then connects; only the peer is heard |
//! | `UdpReceive` | the full length of a datagram, also of one that is longer than the buffer |
//! | `UdpSend` | a connected socket ignores the address that is given; an IPv6 address goes out by its scope |
//! | `Readable` | takes nothing: neither a datagram nor an error |
//! | `UdpSplit`, `UdpSplitMulticast` | the parts are clones of the socket, each for a task of its own |
//! | `MulticastV4` | on the interface that has the address; `0.0.0.0`: on the system's choice |
//! | `MulticastV6` | on the interface of the index; 0: on the system's choice |
//! | `Dns` | by the system's resolver; `Either` prefers IPv4; names of addresses are `ENOTSUP` |
//!
//! A group is the socket's own: it is received from when that socket joins it until that socket leaves it or is closed,
//! whatever others do. Joining it twice is `EADDRINUSE`.
//!
//! # Platforms
//! Of a truncated datagram only Linux tells the length; elsewhere it is one more than the buffer's. Linux receives an IPv6
//! group that the socket has joined on every interface where any socket of the computer has.
//!
//! # Lengths
//! A program that takes the length for the length of what is in its buffer is in for a surprise: `edge-mdns` 0.8 panics
//! on a datagram that is longer than its buffer. Give it one of 65,535 bytes.
//!
//! # Cancel safety
//! That of [`tokio`](crate::tokio#cancel-safety): a future that is dropped before it is ready has received nothing and
//! sent nothing. The traits' methods are not `Send` for code that is generic over them; those of a [`Socket`] are.
//!
//! # Examples
//! ```
//! use anydgram_std::edge_nal::Stack;
//! use edge_nal::{UdpBind, UdpReceive, UdpSend, UdpSplit};
//!
//! async fn echo_once<S: UdpBind>(stack: &S, port: u16) -> Result<(), S::Error> {
//!     let mut socket = stack.bind(([127, 0, 0, 1], port).into()).await?;
//!     let (mut receiver, mut sender) = socket.split();
//!     let mut buffer = [0; 1500];
//!     let (length, remote) = receiver.receive(&mut buffer).await?;
//!     let data = buffer.get(..length).unwrap_or(&buffer);
//!     sender.send(remote, data).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), anydgram_std::Error> {
//! # let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
//! # let stack = Stack::new();
//! # let client = anydgram_std::tokio::Socket::bound(anydgram_std::SocketType::Udp4, 0).await?;
//! # let ask = async {
//! #     tokio::task::yield_now().await;
//! #     client.send_to("hello", anydgram_std::Destination::local(free)).await?;
//! #     client.recv(&mut [0; 9]).await
//! # };
//! # let (echoed, answer) = tokio::join!(echo_once(&stack, free), ask);
//! # assert_eq!((echoed?, answer?), ((), 5));
//! # Ok(())
//! # }
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anydgram_core::{ConnectState, Family, Interface};
use edge_nal::io::ErrorType;
use edge_nal::{
    AddrType, Dns, MulticastV4, MulticastV6, Readable, UdpBind, UdpConnect, UdpReceive, UdpSend,
    UdpSplit, UdpSplitMulticast,
};

pub use crate::adapter::Stack;

use crate::adapter::{full_length, no_reverse_look_up, reachable, sender};
use crate::error::Error;
use crate::tokio::Socket;

impl UdpBind for Stack {
    type Error = Error;
    type Socket<'a> = Socket;

    async fn bind(&self, local: SocketAddr) -> Result<Socket, Error> {
        self.bound(local).await
    }
}

impl UdpConnect for Stack {
    type Error = Error;
    type Socket<'a> = Socket;

    async fn connect(&self, local: SocketAddr, remote: SocketAddr) -> Result<Socket, Error> {
        self.connected(local, remote).await
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

impl ErrorType for Socket {
    type Error = Error;
}

impl UdpReceive for Socket {
    async fn receive(&mut self, buffer: &mut [u8]) -> Result<(usize, SocketAddr), Error> {
        let (length, meta) = self.recv_from(buffer).await?;
        Ok((full_length(length, &meta), sender(self, &meta)))
    }
}

impl UdpSend for Socket {
    async fn send(&mut self, remote: SocketAddr, data: &[u8]) -> Result<(), Error> {
        let sent = if self.connect_state() == ConnectState::Connected {
            Self::send(self, data).await
        } else {
            self.send_to(data, reachable(self, remote)).await
        };
        sent.map(drop)
    }
}

impl Readable for Socket {
    async fn readable(&mut self) -> Result<(), Error> {
        Self::readable(self).await
    }
}

impl MulticastV4 for Socket {
    async fn join_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<(), Error> {
        self.add_membership(group.into(), Interface::of_address(interface))
    }

    async fn leave_v4(&mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Result<(), Error> {
        self.drop_membership(group.into(), Interface::of_address(interface))
    }
}

impl MulticastV6 for Socket {
    async fn join_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<(), Error> {
        self.add_membership(group.into(), Interface::of_index(interface))
    }

    async fn leave_v6(&mut self, group: Ipv6Addr, interface: u32) -> Result<(), Error> {
        self.drop_membership(group.into(), Interface::of_index(interface))
    }
}

impl UdpSplit for Socket {
    type Receive<'a> = Self;
    type Send<'a> = Self;

    fn split(&mut self) -> (Self, Self) {
        (self.clone(), self.clone())
    }
}

impl UdpSplitMulticast for Socket {
    type MulticastV4<'a> = Self;
    type MulticastV6<'a> = Self;

    fn split_multicast(&mut self) -> (Self, Self, Self, Self) {
        (self.clone(), self.clone(), self.clone(), self.clone())
    }
}

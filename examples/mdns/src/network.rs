//! One interface, a socket on it, and edge-mdns on that.

use core::error::Error;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_std::edge_nal::Stack;
use anydgram_std::interface_index;
use anydgram_std::tokio::Socket;
use edge_mdns::buf::VecBufAccess;
use edge_mdns::io::{self, IPV4_DEFAULT_SOCKET, IPV6_DEFAULT_SOCKET, Mdns};
use edge_mdns::{MdnsError, MdnsHandler};
use edge_nal::UdpSplit as _;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;

pub(crate) type Problem = Box<dyn Error>;

/// An interface, and the family that is spoken on it: the one that there is an address of.
#[derive(Debug)]
pub(crate) struct Network {
    index: u32,
    pub(crate) ipv4: Option<Ipv4Addr>,
    pub(crate) ipv6: Option<Ipv6Addr>,
}

impl Network {
    /// The interface of a name, with its first address of the family; a link-local one only if there is no other.
    pub(crate) fn find(name: &str, is_ipv6: bool) -> Result<Self, Problem> {
        let index = interface_index(name).ok_or_else(|| format!("no interface {name}"))?;
        let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()?
            .into_iter()
            .filter(|one| one.name == name && one.ip().is_ipv6() == is_ipv6)
            .map(|one| one.ip())
            .collect();
        addresses.sort_by_key(
            |address| matches!(address, IpAddr::V6(ipv6) if ipv6.is_unicast_link_local()),
        );
        let (ipv4, ipv6) = match addresses.first() {
            Some(IpAddr::V4(ipv4)) => (Some(*ipv4), None),
            Some(IpAddr::V6(ipv6)) => (None, Some(*ipv6)),
            None => return Err(format!("{name} has no address of the family").into()),
        };
        Ok(Self { index, ipv4, ipv6 })
    }

    /// A socket in the group, which shares its port with others of this computer.
    pub(crate) async fn open(&self) -> Result<Socket, Problem> {
        let stack = Stack::new().reuse_address(true).ipv6_only(true);
        let local = if self.ipv4.is_some() {
            IPV4_DEFAULT_SOCKET
        } else {
            IPV6_DEFAULT_SOCKET
        };
        let index = self.ipv6.map(|_| self.index);
        let socket = io::bind(&stack, local, self.ipv4, index).await?;
        // RFC 6762 § 11
        socket.set_multicast_ttl(255)?;
        socket.set_multicast_interface_index(self.index)?;
        Ok(socket)
    }

    /// Sends what `query` writes, unless that is nothing, and has `handler` deal with what comes. Ends with an error only.
    pub(crate) async fn run(
        &self,
        mut socket: Socket,
        handler: impl MdnsHandler,
        query: impl FnOnce(&mut [u8]) -> Result<usize, MdnsError>,
    ) -> Result<(), Problem> {
        // edge-mdns takes the length of a datagram for that of what is in its buffer, so no datagram may be longer.
        let received = Box::new(VecBufAccess::<NoopRawMutex, 65_535>::new());
        let sent = VecBufAccess::<NoopRawMutex, 1_500>::new();
        let changed = Signal::new();
        let (receiver, sender) = socket.split();
        let index = self.ipv6.map(|_| self.index);
        let mdns = Mdns::<_, _, _, _, _, NoopRawMutex>::new(
            self.ipv4,
            index,
            receiver,
            sender,
            &*received,
            &sent,
            rand::rng(),
            &changed,
        );
        mdns.query(query).await?;
        Ok(mdns.run(handler).await?)
    }
}

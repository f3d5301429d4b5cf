//! Addresses by DHCP (RFC 2131), through smoltcp's socket for it.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::stack::Cidr;
use heapless::Vec;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4::{Event, Socket};

/// What a server has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) address: Cidr,
    pub(crate) gateway: Option<IpAddr>,
    pub(crate) servers: Vec<IpAddr, SERVERS>,
}

/// The client of one interface.
#[derive(Debug)]
pub(crate) struct Dhcp {
    handle: SocketHandle,
    /// The address that came from a server.
    pub(crate) leased: Option<Ipv4Addr>,
}

impl Dhcp {
    /// A client that begins to ask at once. There must be room for its socket.
    pub(crate) fn new(sockets: &mut SocketSet<'_>) -> Self {
        Self {
            handle: sockets.add(Socket::new()),
            leased: None,
        }
    }

    /// What has changed since the last call: a lease, or that there is none any more.
    pub(crate) fn poll(&self, sockets: &mut SocketSet<'_>) -> Option<Option<Lease>> {
        let event = sockets.get_mut::<Socket<'_>>(self.handle).poll()?;
        Some(match event {
            Event::Deconfigured => None,
            Event::Configured(config) => Some(Lease {
                address: Cidr::new(config.address.address().into(), config.address.prefix_len()),
                gateway: config.router.map(IpAddr::V4),
                servers: config.dns_servers.iter().copied().map(IpAddr::V4).collect(),
            }),
        })
    }

    /// Asks anew: the link was down.
    pub(crate) fn reset(&self, sockets: &mut SocketSet<'_>) {
        sockets.get_mut::<Socket<'_>>(self.handle).reset();
    }
}

/// As many as smoltcp reads out of one answer.
const SERVERS: usize = smoltcp::config::DNS_MAX_SERVER_COUNT;

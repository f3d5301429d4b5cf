//! Systems other than Unix, which is to say Windows: socket2 and the standard library, and `ENOTSUP` for the rest.

use core::net::Ipv4Addr;
use std::io;
use std::net::ToSocketAddrs as _;

use anydgram_core::{
    Address, Endpoint, Errno, Error, Family, Membership, MembershipChange, Syscall, SystemError,
};
use mio::net::UdpSocket;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};

use crate::errno;
use crate::interfaces::InterfaceInfo;

/// The system reports that a datagram was truncated without being asked.
pub(super) const RECEIVE_FLAGS: i32 = 0;
/// It does not say how long the datagram was.
pub(super) const TELLS_FULL_LENGTH: bool = false;

/// `ENOTSUP`: descriptors cannot be adopted.
pub(super) fn adopt(_fd: i32) -> Result<(Socket, Family), Error<'static>> {
    Err(SystemError::new(Syscall::Open, Errno::ENOTSUP).into())
}

/// A new socket that does not block.
pub(super) fn open(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Lets several sockets bind the same address.
pub(super) fn set_reuse_address(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_address(true)
}

/// `ENOTSUP`: the system does not balance load.
pub(super) fn set_reuse_port(_socket: &Socket) -> io::Result<()> {
    Err(errno::to_io(Errno::ENOTSUP))
}

/// Forgets the peer, by connecting to the wildcard address (Windows, `connect`).
pub(super) fn disconnect(socket: &Socket) -> io::Result<()> {
    let family = if socket.local_addr()?.is_ipv6() {
        Family::V6
    } else {
        Family::V4
    };
    let nobody = Endpoint::new(family.wildcard(), 0);
    socket.connect(&crate::convert::sock_addr(nobody))
}

/// Sends a datagram; without a destination to the connected peer.
pub(super) fn send(
    socket: &UdpSocket,
    destination: Option<Endpoint>,
    bytes: &[u8],
) -> io::Result<usize> {
    match destination {
        Some(to) => socket.send_to(bytes, to.into()),
        None => socket.send(bytes),
    }
}

/// The address to send to in place of `destination`: loopback for the wildcard address, as libuv.
pub(super) const fn reachable(destination: Endpoint) -> Endpoint {
    if destination.address.ip().is_unspecified() {
        let address = destination.address.family().loopback();
        return Endpoint::new(address, destination.port);
    }
    destination
}

/// Whether a failure is an echo of an earlier datagram, which an unconnected socket must not see.
pub(super) fn is_stale_report(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(WSAECONNRESET | WSAENETRESET))
}

/// Joins or leaves an IPv4 group on the interface of an index.
pub(super) fn change_v4(
    socket: &Socket,
    change: MembershipChange,
    group: Ipv4Addr,
    index: u32,
) -> io::Result<()> {
    let interface = InterfaceIndexOrAddress::Index(index);
    match change {
        MembershipChange::Add => socket.join_multicast_v4_n(&group, &interface),
        MembershipChange::Drop => socket.leave_multicast_v4_n(&group, &interface),
    }
}

/// Joins or leaves one source of an IPv4 group; `ENOTSUP` for IPv6.
pub(super) fn change_source(
    socket: &Socket,
    change: MembershipChange,
    membership: &Membership,
    index: u32,
) -> io::Result<()> {
    use core::net::IpAddr::V4;
    let (V4(group), Some(V4(source))) = (membership.group, membership.source) else {
        return Err(errno::to_io(Errno::ENOTSUP));
    };
    // An address of 0.0.0.0/8 is an interface index here.
    let interface = Ipv4Addr::from_bits(index);
    match change {
        MembershipChange::Add => socket.join_ssm_v4(&source, &group, &interface),
        MembershipChange::Drop => socket.leave_ssm_v4(&source, &group, &interface),
    }
}

/// Chooses the interface that IPv4 multicast leaves by; 0 leaves the choice to the system.
pub(super) fn set_multicast_index_v4(socket: &Socket, index: u32) -> io::Result<()> {
    socket.set_multicast_if_v4(&Ipv4Addr::from_bits(index))
}

/// Interfaces have no names in addresses here.
pub(crate) const INTERFACE_NAME_LEN: usize = 1;

/// `None`: zones are indexes here.
pub(crate) const fn interface_index(_name: &str) -> Option<u32> {
    None
}

/// `None`: zones are indexes here.
pub(crate) const fn interface_name(
    _index: u32,
    _buffer: &mut [u8; INTERFACE_NAME_LEN],
) -> Option<&str> {
    None
}

/// All interfaces that have an address, in no particular order.
pub(crate) fn interfaces() -> Result<Vec<InterfaceInfo>, Errno> {
    let mut found: Vec<InterfaceInfo> = Vec::new();
    for entry in if_addrs::get_if_addrs().map_err(|error| errno::from_io(&error))? {
        let address = Address::new(entry.ip());
        let Some(index) = entry.index else { continue };
        match found.iter_mut().find(|known| known.index == index) {
            Some(known) => known.addresses.push(address),
            None => found.push(InterfaceInfo {
                index,
                is_up: entry.is_oper_up(),
                is_multicast: true,
                name: entry.name,
                addresses: vec![address],
            }),
        }
    }
    Ok(found)
}

/// The first address of a host in one family. Blocks, possibly for long.
pub(crate) fn resolve(host: &str, family: Family) -> Result<Address, Errno> {
    let found = (host, 0).to_socket_addrs();
    found
        .map_err(|error| errno::from_io(&error))?
        .map(|address| Endpoint::from(address).address)
        .find(|address| address.family() == family)
        .ok_or(Errno::ENOTFOUND)
}

const WSAENETRESET: i32 = 10052;
const WSAECONNRESET: i32 = 10054;

/// Every Winsock number that has a name in the core.
pub(crate) const ERRNOS: &[(i32, Errno)] = &[
    (10004, Errno::EINTR),
    (10009, Errno::EBADF),
    (10013, Errno::EACCES),
    (10014, Errno::EFAULT),
    (10022, Errno::EINVAL),
    (10024, Errno::EMFILE),
    (10035, Errno::EAGAIN),
    (10038, Errno::ENOTSOCK),
    (10039, Errno::EDESTADDRREQ),
    (10040, Errno::EMSGSIZE),
    (10042, Errno::ENOPROTOOPT),
    (10043, Errno::EPROTONOSUPPORT),
    (10045, Errno::ENOTSUP),
    (10047, Errno::EAFNOSUPPORT),
    (10048, Errno::EADDRINUSE),
    (10049, Errno::EADDRNOTAVAIL),
    (10050, Errno::ENETDOWN),
    (10051, Errno::ENETUNREACH),
    (10053, Errno::ECONNABORTED),
    (WSAECONNRESET, Errno::ECONNRESET),
    (10055, Errno::ENOBUFS),
    (10056, Errno::EISCONN),
    (10057, Errno::ENOTCONN),
    (10060, Errno::ETIMEDOUT),
    (10061, Errno::ECONNREFUSED),
    (10064, Errno::EHOSTDOWN),
    (10065, Errno::EHOSTUNREACH),
    (10103, Errno::ECANCELED),
    (11001, Errno::ENOTFOUND),
    (11002, Errno::EAIAGAIN),
    (11003, Errno::EAIFAIL),
    (11004, Errno::ENOTFOUND),
];

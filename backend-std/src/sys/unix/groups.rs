//! Groups by interface index, and source-specific multicast (RFC 3678).

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Membership, MembershipChange};
use socket2::{InterfaceIndexOrAddress, SockAddr, Socket};

/// Joins or leaves an IPv4 group on the interface of an index.
pub(in crate::sys) fn change_v4(
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

/// Joins or leaves one source of a group on the interface of an index; 0 leaves the interface to the system.
///
/// The protocol-independent request is taken for both families: the IPv4 one knows interfaces by address only.
pub(in crate::sys) fn change_source(
    socket: &Socket,
    change: MembershipChange,
    membership: &Membership,
    index: u32,
) -> io::Result<()> {
    let Some(source) = membership.source else {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    };
    let level = match membership.group {
        IpAddr::V4(_) => libc::IPPROTO_IP,
        IpAddr::V6(_) => libc::IPPROTO_IPV6,
    };
    let name = match change {
        MembershipChange::Add => libc::MCAST_JOIN_SOURCE_GROUP,
        MembershipChange::Drop => libc::MCAST_LEAVE_SOURCE_GROUP,
    };
    let request = libc::group_source_req {
        gsr_interface: index,
        gsr_group: storage(membership.group),
        gsr_source: storage(source),
    };
    set(socket, level, name, &request)
}

/// Chooses the interface that IPv4 multicast leaves by; 0 leaves the choice to the system.
pub(in crate::sys) fn set_multicast_index_v4(socket: &Socket, index: u32) -> io::Result<()> {
    let Ok(imr_ifindex) = i32::try_from(index) else {
        return Err(io::Error::from_raw_os_error(libc::EADDRNOTAVAIL));
    };
    let unspecified = libc::in_addr { s_addr: 0 };
    let request = libc::ip_mreqn {
        imr_multiaddr: unspecified,
        imr_address: unspecified,
        imr_ifindex,
    };
    set(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &request)
}

fn storage(ip: IpAddr) -> libc::sockaddr_storage {
    let mut storage = SockAddr::from(SocketAddr::new(ip, 0)).as_storage();
    // SAFETY: sockaddr_storage is what SockAddrStorage holds.
    let view: &mut libc::sockaddr_storage = unsafe { storage.view_as() };
    *view
}

/// Sets an option whose value is a C structure.
fn set<T: Copy>(socket: &Socket, level: i32, name: i32, value: &T) -> io::Result<()> {
    let len = libc::socklen_t::try_from(size_of::<T>())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let (fd, value) = (socket.as_raw_fd(), core::ptr::from_ref(value));
    // SAFETY: the descriptor is open, and the value is readable for `len` bytes.
    let result = unsafe { libc::setsockopt(fd, level, name, value.cast(), len) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

//! Control messages: what Linux tells of a datagram beyond its sender, and what one that is sent may ask for.
//!
//! Their layout is read and written here byte by byte, so that nothing about it is unsafe: a header of the message's
//! length (`size_t`), level and type, then its data; each begins at a multiple of a `size_t`.
//!
//! Linux: ip(7), ipv6(7), udp(7), cmsg(3); RFC 3542

#[cfg(test)]
mod tests;
mod write;

pub(super) use write::Control;

use core::ffi::c_int;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Address, Family, Instant, Metadata, RecvMeta};
use socket2::Socket;

/// Has the kernel tell of each datagram what `metadata` asks for.
///
/// Of what comes to a `udp6` socket from IPv4, the kernel tells hop limit, traffic class and what is an own address by the options of IPv4.
pub(super) fn tell(socket: &Socket, family: Family, metadata: Metadata) -> io::Result<()> {
    let v6 = |name| (family == Family::V6).then_some((libc::IPPROTO_IPV6, name));
    let v4 = |name| Some((libc::IPPROTO_IP, name));
    let stamp = Some((libc::SOL_SOCKET, libc::SO_TIMESTAMPNS));
    let wanted = [
        (metadata.has_local(), v4(libc::IP_PKTINFO)),
        (metadata.has_local(), v6(libc::IPV6_RECVPKTINFO)),
        (metadata.has_hop_limit(), v4(libc::IP_RECVTTL)),
        (metadata.has_hop_limit(), v6(libc::IPV6_RECVHOPLIMIT)),
        (metadata.has_traffic_class(), v4(libc::IP_RECVTOS)),
        (metadata.has_traffic_class(), v6(libc::IPV6_RECVTCLASS)),
        (metadata.has_timestamp(), stamp),
    ];
    for (is_wanted, option) in wanted {
        if let (true, Some((level, name))) = (is_wanted, option) {
            set(socket, level, name, 1)?;
        }
    }
    Ok(())
}

/// Whether the kernel hands over datagrams of one sender and one length together, which only whoever reads control messages
/// can tell apart.
///
/// Linux: `UDP_GRO`, udp(7); since 5.0
pub(super) fn coalesce(socket: &Socket, on: bool) -> io::Result<()> {
    set(socket, libc::SOL_UDP, libc::UDP_GRO, c_int::from(on))
}

/// Sets an option that is an `int`.
pub(super) fn set(socket: &Socket, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<c_int>()).unwrap_or(0);
    let pointer = core::ptr::from_ref(&value).cast();
    // SAFETY: `pointer` points to `length` bytes, which the call reads only.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, pointer, length) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Fills in what these control messages tell. What is cut, or unknown, tells nothing.
pub(super) fn read(mut control: &[u8], meta: &mut RecvMeta) {
    while let Some((message, rest)) = split(control) {
        note(&message, meta);
        control = rest;
    }
}

/// One control message.
pub(super) struct Message<'a> {
    pub(super) level: c_int,
    pub(super) kind: c_int,
    pub(super) data: &'a [u8],
}

/// The first control message, and what is behind it; `None` when there is none, or it is cut.
pub(super) fn split(control: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let header = control.get(..HEADER_LEN)?;
    let length = usize::from_ne_bytes(*header.first_chunk()?);
    let (level, kind) = header.get(size_of::<usize>()..)?.split_at_checked(4)?;
    let message = Message {
        level: c_int::from_ne_bytes(*level.first_chunk()?),
        kind: c_int::from_ne_bytes(*kind.first_chunk()?),
        data: control.get(HEADER_LEN..length)?,
    };
    let rest = control.get(aligned(length)..).unwrap_or(&[]);
    Some((message, rest))
}

fn note(message: &Message<'_>, meta: &mut RecvMeta) {
    let data = message.data;
    match (message.level, message.kind) {
        (libc::IPPROTO_IP, libc::IP_PKTINFO) | (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
            if let Some(info) = packet_info(message) {
                // Of IPv4, a `udp6` socket has its own message before, with the address mapped.
                meta.local = meta.local.or(Some(info.to));
                meta.interface = Some(info.interface);
                meta.reply_from_local = info.is_own;
            }
        }
        (libc::IPPROTO_IP, libc::IP_TTL) | (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT) => {
            meta.hop_limit = int(data).and_then(|value| u8::try_from(value).ok());
        }
        // One byte here, an `int` there.
        (libc::IPPROTO_IP, libc::IP_TOS) => meta.traffic_class = data.first().copied(),
        (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
            meta.traffic_class = int(data).and_then(|class| u8::try_from(class).ok());
        }
        (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => meta.timestamp = timestamp(data),
        (libc::SOL_UDP, libc::UDP_GRO) => {
            let stride = int(data).and_then(|stride| u16::try_from(stride).ok());
            meta.segment_stride = stride.filter(|stride| *stride > 0);
        }
        _ => {}
    }
}

/// Where a datagram came to.
struct PacketInfo {
    to: Address,
    interface: u32,
    /// That is an own address.
    is_own: bool,
}

fn packet_info(message: &Message<'_>) -> Option<PacketInfo> {
    if message.level == libc::IPPROTO_IP {
        let (index, addresses) = message.data.split_first_chunk()?;
        let (own, addresses) = addresses.split_first_chunk::<4>()?;
        let to = addresses.first_chunk::<4>()?;
        return Some(PacketInfo {
            to: Ipv4Addr::from(*to).into(),
            interface: u32::from_ne_bytes(*index),
            // A group, or a broadcast address, is not the own one that belongs to it.
            is_own: own == to,
        });
    }
    let (to, index) = message.data.split_first_chunk::<16>()?;
    let index = u32::from_ne_bytes(*index.first_chunk()?);
    let mut to = Address::new(Ipv6Addr::from(*to).into());
    if to.needs_scope() {
        to = to.with_scope_id(index);
    }
    Some(PacketInfo {
        to,
        interface: index,
        is_own: !to.is_multicast(),
    })
}

fn int(data: &[u8]) -> Option<c_int> {
    data.first_chunk().map(|bytes| c_int::from_ne_bytes(*bytes))
}

/// A `timespec`: seconds and nanoseconds since 1970.
fn timestamp(data: &[u8]) -> Option<Instant> {
    let word = |bytes: &[u8]| -> Option<u64> {
        let value = libc::c_long::from_ne_bytes(*bytes.first_chunk()?);
        u64::try_from(value).ok()
    };
    let (seconds, nanos) = data.split_at_checked(size_of::<libc::c_long>())?;
    let (seconds, nanos) = (word(seconds)?, word(nanos)?);
    Some(Instant::from_micros(
        seconds
            .saturating_mul(1_000_000)
            .saturating_add(nanos / 1_000),
    ))
}

/// `CMSG_ALIGN`
pub(super) const fn aligned(length: usize) -> usize {
    length.saturating_add(size_of::<usize>() - 1) & !(size_of::<usize>() - 1)
}

/// `CMSG_ALIGN(sizeof(struct cmsghdr))`: a `size_t` and two `int`s are a multiple of a `size_t` everywhere.
pub(super) const HEADER_LEN: usize = size_of::<usize>() + 8;
/// Room for all messages that are asked for at once: packet information of both families, hop limit, traffic class, time
/// and stride, of 40, 32, 24, 24, 32 and 24 bytes at most. What is sent has packet information of one family, but hop
/// limit and traffic class of both.
pub(super) const CONTROL_LEN: usize = 192;

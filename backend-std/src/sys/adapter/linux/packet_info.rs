//! Packet information: which own address a datagram came to, by which interface, and which it is sent from.
//!
//! It travels as one control message, whose layout is written here byte by byte, so that nothing about it is unsafe: a
//! header of the message's length (`size_t`), level and type, then `in_pktinfo` or `in6_pktinfo`.
//!
//! Linux: `IP_PKTINFO`, ip(7); RFC 3542 § 6

use core::ffi::c_int;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::io::{self, IoSlice};
use std::os::fd::AsRawFd as _;

use anydgram_core::{Address, Endpoint, Errno, Family, RecvMeta, Transmit};
use socket2::{MaybeUninitSlice, MsgHdr, MsgHdrMut, Socket};

use crate::sys::transfer::as_uninit;
use crate::{convert, errno};

/// Has the kernel tell of each datagram where it came to.
pub(in crate::sys::adapter) fn tell_local(socket: &Socket, family: Family) -> io::Result<()> {
    let (level, name) = match family {
        Family::V4 => (libc::IPPROTO_IP, libc::IP_PKTINFO),
        Family::V6 => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
    };
    let on: c_int = 1;
    let value = core::ptr::from_ref(&on).cast();
    let length = libc::socklen_t::try_from(size_of::<c_int>()).unwrap_or(0);
    // SAFETY: `value` points to `length` bytes, which the call reads only.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, value, length) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Takes the next datagram, with where it came to.
pub(in crate::sys::adapter) fn receive(
    socket: &Socket,
    family: Family,
    buffer: &mut [u8],
) -> io::Result<(usize, RecvMeta)> {
    let room = buffer.len();
    // The kernel writes an address of this family, and no longer one.
    let mut sender = convert::sock_addr(Endpoint::new(family.wildcard(), 0));
    let mut control = [0; CONTROL_LEN];
    let mut buffers = [MaybeUninitSlice::new(as_uninit(buffer))];
    let mut message = MsgHdrMut::new()
        .with_addr(&mut sender)
        .with_buffers(&mut buffers)
        .with_control(as_uninit(&mut control));
    let length = socket.recvmsg(&mut message, libc::MSG_TRUNC)?;
    let used = message.control_len();
    let mut meta = RecvMeta::default();
    meta.sender = convert::endpoint(&sender);
    meta.wire_len = Some(length);
    if let Some((local, interface)) = control.get(..used).and_then(read) {
        meta.local = Some(local);
        meta.interface = Some(interface);
    }
    Ok((length.min(room), meta))
}

/// Sends a datagram from an own address and by the interface of its scope, where they are given.
pub(in crate::sys::adapter) fn send_from(
    socket: &Socket,
    source: Address,
    transmit: &Transmit<'_>,
) -> io::Result<usize> {
    let [payload] = transmit.payload.pieces() else {
        return Err(errno::to_io(Errno::ENOTSUP));
    };
    let buffers = [IoSlice::new(payload)];
    let (control, used) = written(source);
    let control = control.get(..used).unwrap_or(&[]);
    let destination = transmit.destination.map(convert::sock_addr);
    let message = MsgHdr::new().with_buffers(&buffers).with_control(control);
    let message = match &destination {
        Some(destination) => message.with_addr(destination),
        None => message,
    };
    socket.sendmsg(&message, 0)
}

/// The destination address and the interface in the first control message, if it is packet information.
fn read(control: &[u8]) -> Option<(Address, u32)> {
    let header = control.get(..HEADER_LEN)?;
    let length = usize::from_ne_bytes(*header.first_chunk()?);
    let (level, kind) = header.get(size_of::<usize>()..)?.split_at_checked(4)?;
    let level = c_int::from_ne_bytes(*level.first_chunk()?);
    let kind = c_int::from_ne_bytes(*kind.first_chunk()?);
    let data = control.get(HEADER_LEN..length)?;
    match (level, kind) {
        (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
            let (index, addresses) = data.split_first_chunk()?;
            let (_own, addresses) = addresses.split_first_chunk::<4>()?;
            let to = Ipv4Addr::from(*addresses.first_chunk::<4>()?);
            Some((to.into(), u32::from_ne_bytes(*index)))
        }
        (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
            let (to, index) = data.split_first_chunk::<16>()?;
            let index = u32::from_ne_bytes(*index.first_chunk()?);
            let mut to = Address::new(Ipv6Addr::from(*to).into());
            if to.needs_scope() {
                to.scope_id = index;
            }
            Some((to, index))
        }
        _ => None,
    }
}

/// A control message that asks for a source and an interface, and its length.
fn written(source: Address) -> ([u8; CONTROL_LEN], usize) {
    let index = source.scope_id.to_ne_bytes();
    let mut data = [0; 20];
    let (level, kind, length) = match source.ip {
        IpAddr::V4(ip) => {
            // The interface, the source, and a field that counts for received datagrams only.
            put(&mut data, 0, &index);
            put(&mut data, 4, &ip.octets());
            (libc::IPPROTO_IP, libc::IP_PKTINFO, 12)
        }
        IpAddr::V6(ip) => {
            put(&mut data, 0, &ip.octets());
            put(&mut data, 16, &index);
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, 20)
        }
    };
    let used = HEADER_LEN + length;
    let mut control = [0; CONTROL_LEN];
    put(&mut control, 0, &used.to_ne_bytes());
    put(&mut control, size_of::<usize>(), &level.to_ne_bytes());
    put(&mut control, size_of::<usize>() + 4, &kind.to_ne_bytes());
    put(&mut control, HEADER_LEN, &data);
    (control, used)
}

fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    for (slot, byte) in to.iter_mut().skip(at).zip(bytes) {
        *slot = *byte;
    }
}

/// `CMSG_ALIGN(sizeof(struct cmsghdr))`: a `size_t` and two `int`s are a multiple of a `size_t` everywhere.
const HEADER_LEN: usize = size_of::<usize>() + 8;
/// Room for the longest message that is asked for, with what pads it.
const CONTROL_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_system() {
        assert_eq!(size_of::<libc::cmsghdr>(), HEADER_LEN);
        assert_eq!(size_of::<libc::in_pktinfo>(), 12);
        assert_eq!(size_of::<libc::in6_pktinfo>(), 20);
        let link_local: Ipv6Addr = "fe80::7".parse().unwrap();
        let (control, used) = written(Address::scoped(link_local, 3));
        let read_back = read(control.get(..used).unwrap());
        assert_eq!(read_back, Some((Address::scoped(link_local, 3), 3)));
    }

    #[test]
    fn other_or_cut_messages_tell_nothing() {
        let (control, used) = written(Address::from(Ipv6Addr::LOCALHOST));
        for length in 0..used {
            assert_eq!(read(control.get(..length).unwrap()), None, "{length}");
        }
        let mut other = control;
        put(&mut other, size_of::<usize>() + 4, &[99]);
        assert_eq!(read(&other), None);
        assert_eq!(read(&[0xff; CONTROL_LEN]), None);
    }
}

//! `recvmmsg`, with the control messages that each datagram came with.
//!
//! Written here because no crate offers it: socket2 and rustix have no `recvmmsg`, and quinn-udp sets options of the
//! socket that change what is sent (no fragments) and does not tell the full length of a truncated datagram.

use core::ffi::{c_int, c_uint};
use core::net::{Ipv4Addr, Ipv6Addr};
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Address, Endpoint, Errno, Family, RecvMeta};
use socket2::{MaybeUninitSlice, MsgHdrMut, Socket};

use super::{BATCH, Filled, Head, ROOM};
use crate::convert;
use crate::sys::OsSocket;
use crate::sys::control::{self, CONTROL_LEN};
use crate::sys::length::{for_system, of_system};
use crate::sys::transfer::as_uninit;

/// Room for [`BATCH`] messages.
pub(super) struct Slots {
    bytes: Box<[u8]>,
    envelopes: Box<[Envelope; BATCH]>,
    /// What was in those that are full.
    heads: Box<[Head; BATCH]>,
    /// How many are.
    full: usize,
    /// The kernel does not know `recvmmsg`, or something keeps it from us.
    is_refused: bool,
}

/// What the kernel writes beside a message's bytes.
#[derive(Clone, Copy)]
struct Envelope {
    name: [u8; NAME_LEN],
    control: [u8; CONTROL_LEN],
}

impl Slots {
    pub(super) fn new() -> Self {
        let empty = Envelope {
            name: [0; NAME_LEN],
            control: [0; CONTROL_LEN],
        };
        Self {
            // Zeroes come from the system as pages that are made when they are written to.
            bytes: vec![0; BATCH * STRIDE].into_boxed_slice(),
            envelopes: Box::new([empty; BATCH]),
            heads: Box::new([Head::default(); BATCH]),
            full: 0,
            is_refused: false,
        }
    }

    pub(super) fn fill(&mut self, os: &OsSocket, limit: usize) -> Result<Filled, Errno> {
        self.full = 0;
        let limit = limit.min(BATCH);
        if !self.is_refused {
            match os.transfer(|socket| self.receive_many(socket, limit)) {
                Err(Errno::ENOSYS | Errno::EPERM) => self.is_refused = true,
                result => {
                    self.full = result?;
                    return Ok(Filled {
                        messages: self.full,
                        // What ended the call early will end the next one, or comes with a sign of its own.
                        is_drained: self.full < limit,
                    });
                }
            }
        }
        let bytes = self.bytes.get_mut(..ROOM).unwrap_or_default();
        let (len, meta) = os.receive(bytes)?;
        if let Some(head) = self.heads.first_mut() {
            *head = Head::new(len, meta);
        }
        self.full = 1;
        Ok(Filled {
            messages: 1,
            is_drained: false,
        })
    }

    /// What came with a message.
    pub(super) fn head(&self, index: usize) -> Option<&Head> {
        self.heads.get(index).filter(|_| index < self.full)
    }

    /// Some bytes of a message.
    pub(super) fn bytes(&self, index: usize, offset: usize, length: usize) -> &[u8] {
        let start = index * STRIDE + offset;
        self.bytes.get(start..start + length).unwrap_or_default()
    }

    /// Takes as many messages as there are.
    fn receive_many(&mut self, socket: &Socket, limit: usize) -> io::Result<usize> {
        // SAFETY: zeroes are valid for both: lengths of nothing and pointers to nothing.
        let mut vectors: [libc::iovec; BATCH] = unsafe { core::mem::zeroed() };
        // SAFETY: as above.
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { core::mem::zeroed() };
        let slots = self
            .bytes
            .chunks_exact_mut(STRIDE)
            .zip(self.envelopes.iter_mut());
        let headers = vectors.iter_mut().zip(messages.iter_mut());
        for ((bytes, envelope), (vector, message)) in slots.zip(headers).take(limit) {
            vector.iov_base = bytes.as_mut_ptr().cast();
            vector.iov_len = ROOM;
            let header = &mut message.msg_hdr;
            header.msg_iov = vector;
            header.msg_iovlen = 1;
            header.msg_name = envelope.name.as_mut_ptr().cast();
            header.msg_namelen = for_system(NAME_LEN);
            header.msg_control = envelope.control.as_mut_ptr().cast();
            header.msg_controllen = for_system(CONTROL_LEN);
        }
        let count = receive_messages(socket, messages.get_mut(..limit).unwrap_or_default())?;
        let told = self.envelopes.iter().zip(&messages).take(count);
        for (head, (envelope, message)) in self.heads.iter_mut().zip(told) {
            let wire_len = of_system(message.msg_len);
            let name_len = of_system(message.msg_hdr.msg_namelen);
            let control_len = of_system(message.msg_hdr.msg_controllen);
            let mut meta = RecvMeta::default();
            meta.sender = envelope.name.get(..name_len).and_then(endpoint);
            meta.wire_len = Some(wire_len);
            control::read(
                envelope.control.get(..control_len).unwrap_or(&[]),
                &mut meta,
            );
            *head = Head::new(wire_len.min(ROOM), meta);
        }
        Ok(count)
    }
}

/// The system call; every message points to memory of the length that it says, which is nowhere else in use.
fn receive_messages(socket: &Socket, messages: &mut [libc::mmsghdr]) -> io::Result<usize> {
    #[cfg(test)]
    crate::sys::faults::fail(crate::sys::faults::Call::ReceiveMany)?;
    let count = c_uint::try_from(messages.len()).unwrap_or(0);
    let (fd, first) = (socket.as_raw_fd(), messages.as_mut_ptr());
    // SAFETY: `first` points to `count` messages, each as the caller has promised; there is no timeout.
    let result = unsafe { libc::recvmmsg(fd, first, count, FLAGS, core::ptr::null_mut()) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Takes the next datagram, with its control messages: the number of bytes put into `buffer`, and what is known of it.
pub(in crate::sys) fn receive_one(
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
    control::read(control.get(..used).unwrap_or(&[]), &mut meta);
    Ok((length.min(room), meta))
}

/// The endpoint in a `sockaddr_in` or a `sockaddr_in6`.
fn endpoint(name: &[u8]) -> Option<Endpoint> {
    let (family, rest) = name.split_first_chunk()?;
    let (port, rest) = rest.split_first_chunk()?;
    let address = match c_int::from(libc::sa_family_t::from_ne_bytes(*family)) {
        libc::AF_INET => Address::from(Ipv4Addr::from(*rest.first_chunk::<4>()?)),
        libc::AF_INET6 => {
            let (_flow, rest) = rest.split_first_chunk::<4>()?;
            let (ip, scope) = rest.split_first_chunk::<16>()?;
            let scope = u32::from_ne_bytes(*scope.first_chunk()?);
            Address::scoped(Ipv6Addr::from(*ip), scope)
        }
        _ => return None,
    };
    Some(Endpoint::new(address, u16::from_be_bytes(*port)))
}

/// The length of `sockaddr_in6`, the longer of the two.
const NAME_LEN: usize = 28;
/// From one message's room to the next one's: no multiple of a page, or the beginnings of all messages would fight for
/// the same few places of the processor's caches.
const STRIDE: usize = ROOM + 5 * 64;

cfg_if::cfg_if! {
    if #[cfg(target_env = "musl")] {
        const FLAGS: c_uint = (libc::MSG_DONTWAIT | libc::MSG_TRUNC).cast_unsigned();
    } else {
        const FLAGS: c_int = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    }
}

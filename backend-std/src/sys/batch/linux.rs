//! `recvmmsg`, with the control messages that each datagram came with.
//!
//! Written here because no crate offers it: socket2 and rustix have no `recvmmsg`, and quinn-udp sets options of the
//! socket that change what is sent (no fragments) and does not tell the full length of a truncated datagram.

use core::ffi::{c_int, c_uint};
use core::mem::offset_of;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Address, Endpoint, Errno, RecvMeta};
use socket2::Socket;

use super::{Filled, Head, ROOM};
use crate::sys::OsSocket;
use crate::sys::control::{self, CONTROL_LEN};
use crate::sys::length::{for_system, of_system};

/// Room for some messages.
///
/// What the kernel is given is prepared once, and after a call only where the kernel has written. None of the vectors
/// ever grows, so that what points into them stays right.
pub(super) struct Slots {
    bytes: Vec<u8>,
    envelopes: Vec<Envelope>,
    /// Each points to its part of `bytes`.
    _vectors: Vec<libc::iovec>,
    /// Each points to its vector and its envelope.
    messages: Vec<libc::mmsghdr>,
    /// What was in those that are full.
    heads: Vec<Head>,
    /// How many are.
    full: usize,
    /// The kernel does not know `recvmmsg`, or something keeps it from us.
    is_refused: bool,
}

// SAFETY: what it points to is its own, and is written to by calls that have it for themselves.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

/// What the kernel writes beside a message's bytes.
#[derive(Clone, Copy)]
struct Envelope {
    name: [u8; NAME_LEN],
    control: [u8; CONTROL_LEN],
}

impl Slots {
    /// Room for so many messages.
    pub(super) fn new(count: usize) -> Self {
        // Zeroes come from the system as pages that are made when they are written to.
        let mut bytes = vec![0_u8; count * STRIDE];
        let mut envelopes = vec![Envelope::EMPTY; count];
        let mut vectors: Vec<_> = (0..count)
            .map(|index| libc::iovec {
                iov_base: bytes.as_mut_ptr().wrapping_add(index * STRIDE).cast(),
                iov_len: ROOM,
            })
            .collect();
        let messages = (0..count).map(|index| libc::mmsghdr {
            msg_hdr: header(
                vectors.as_mut_ptr().wrapping_add(index),
                envelopes.as_mut_ptr().wrapping_add(index),
            ),
            msg_len: 0,
        });
        Self {
            messages: messages.collect(),
            heads: vec![Head::default(); count],
            bytes,
            envelopes,
            _vectors: vectors,
            full: 0,
            is_refused: false,
        }
    }

    pub(super) fn fill(&mut self, os: &OsSocket, limit: usize) -> Result<Filled, Errno> {
        self.full = 0;
        let limit = limit.min(self.messages.len());
        if limit > 1 && !self.is_refused {
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
        if self.is_refused {
            let bytes = self.bytes.get_mut(..ROOM).unwrap_or_default();
            let (len, meta) = os.receive(bytes)?;
            if let Some(head) = self.heads.first_mut() {
                head.meta = meta;
                head.settle(len);
            }
        } else {
            os.transfer(|socket| self.receive_next(socket))?;
        }
        self.full = 1;
        Ok(Filled {
            messages: 1,
            is_drained: false,
        })
    }

    /// Has what is left of the messages of `others` in place of what there is: from `offset` of one of them on.
    #[cfg(feature = "tokio")]
    pub(super) fn copy_rest(&mut self, others: &Self, mut index: usize, mut offset: usize) {
        self.full = 0;
        let own = self.bytes.chunks_exact_mut(STRIDE).zip(&mut self.heads);
        for (bytes, head) in own {
            let Some(other) = others.head(index) else {
                return;
            };
            let rest = others.bytes(index, offset, other.len - offset);
            let (place, _) = bytes.split_at_mut(rest.len());
            place.copy_from_slice(rest);
            *head = *other;
            head.len = rest.len();
            self.full += 1;
            (index, offset) = (index + 1, 0);
        }
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
        let messages = self.messages.get_mut(..limit).unwrap_or_default();
        let count = receive_messages(socket, messages)?;
        (0..count).for_each(|index| self.open(index));
        Ok(count)
    }

    /// Takes one message, by the shorter call.
    fn receive_next(&mut self, socket: &Socket) -> io::Result<()> {
        if let Some(message) = self.messages.first_mut() {
            let length = receive_message(socket, &mut message.msg_hdr)?;
            message.msg_len = c_uint::try_from(length).unwrap_or(c_uint::MAX);
        }
        self.open(0);
        Ok(())
    }

    /// Reads what the kernel has written beside a message's bytes, and prepares its header for the next call.
    fn open(&mut self, index: usize) {
        let places = (self.messages.get_mut(index), self.heads.get_mut(index));
        let ((Some(message), Some(head)), Some(envelope)) = (places, self.envelopes.get(index))
        else {
            return;
        };
        let length = of_system(message.msg_len);
        envelope.read(&message.msg_hdr, length, &mut head.meta);
        head.settle(length.min(ROOM));
        reset(&mut message.msg_hdr);
    }
}

impl Envelope {
    const EMPTY: Self = Self {
        name: [0; NAME_LEN],
        control: [0; CONTROL_LEN],
    };

    /// Writes what is known of a datagram of `length` bytes to `meta`, where it stays: what is written in pieces is
    /// expensive to copy in words right afterwards.
    #[inline]
    fn read(&self, header: &libc::msghdr, length: usize, meta: &mut RecvMeta) {
        let name = self.name.get(..of_system(header.msg_namelen));
        let control = self.control.get(..of_system(header.msg_controllen));
        *meta = RecvMeta::UNKNOWN;
        meta.sender = name.and_then(endpoint);
        meta.wire_len = Some(length);
        control::read(control.unwrap_or_default(), meta);
    }
}

/// What the kernel is given for one message. Nothing is read or written through the pointers here.
fn header(vector: *mut libc::iovec, envelope: *mut Envelope) -> libc::msghdr {
    let envelope = envelope.cast::<u8>();
    let (name, control) = (offset_of!(Envelope, name), offset_of!(Envelope, control));
    // SAFETY: zeroes are valid: lengths of nothing and pointers to nothing.
    let mut header: libc::msghdr = unsafe { core::mem::zeroed() };
    header.msg_iov = vector;
    header.msg_iovlen = 1;
    header.msg_name = envelope.wrapping_add(name).cast();
    header.msg_control = envelope.wrapping_add(control).cast();
    reset(&mut header);
    header
}

/// Has the lengths say what room there is, where the kernel has said what it wrote.
fn reset(header: &mut libc::msghdr) {
    header.msg_namelen = for_system(NAME_LEN);
    header.msg_controllen = for_system(CONTROL_LEN);
}

/// The system call; every message points to memory of the length that it says, which is nowhere else in use.
fn receive_messages(socket: &Socket, messages: &mut [libc::mmsghdr]) -> io::Result<usize> {
    #[cfg(test)]
    crate::sys::faults::fail(crate::sys::faults::Call::ReceiveMany)?;
    let count = c_uint::try_from(messages.len()).unwrap_or(0);
    let (fd, first) = (socket.as_raw_fd(), messages.as_mut_ptr());
    let flags = MANY_FLAGS;
    // SAFETY: `first` points to `count` messages, each as the caller has promised; there is no timeout.
    let result = unsafe { libc::recvmmsg(fd, first, count, flags, core::ptr::null_mut()) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// The same for one message: its full length.
fn receive_message(socket: &Socket, header: &mut libc::msghdr) -> io::Result<usize> {
    // SAFETY: `header` is as the caller has promised.
    let result = unsafe { libc::recvmsg(socket.as_raw_fd(), header, FLAGS) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Takes the next datagram, with its control messages: the number of bytes put into `buffer`, and what is known of it.
pub(in crate::sys) fn receive_one(
    socket: &Socket,
    buffer: &mut [u8],
) -> io::Result<(usize, RecvMeta)> {
    let mut vector = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let mut envelope = Envelope::EMPTY;
    let mut header = header(&raw mut vector, &raw mut envelope);
    let length = receive_message(socket, &mut header)?;
    let mut meta = RecvMeta::UNKNOWN;
    envelope.read(&header, length, &mut meta);
    Ok((length.min(buffer.len()), meta))
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

const FLAGS: c_int = libc::MSG_DONTWAIT | libc::MSG_TRUNC;

cfg_if::cfg_if! {
    if #[cfg(target_env = "musl")] {
        const MANY_FLAGS: c_uint = FLAGS.cast_unsigned();
    } else {
        const MANY_FLAGS: c_int = FLAGS;
    }
}

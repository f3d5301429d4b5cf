//! `sendmmsg` and `UDP_SEGMENT`.
//!
//! Written here because no crate offers both: socket2 has no `sendmmsg`, and the control message of rustix and quinn-udp
//! comes with a socket of theirs.
//!
//! Linux: sendmmsg(2), udp(7); segments since 4.18

mod header;

use core::cell::Cell;
use core::ffi::c_uint;
use core::marker::PhantomData;
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Endpoint, Errno, Transmit};
use socket2::Socket;

use super::Run;
use crate::sys::OsSocket;
use crate::sys::asked::control;
use crate::sys::control::Control;
use crate::sys::length::for_system;
use crate::sys::transfer::transmitted;
use header::{Cut, Name, Segments};

/// What the system does not take together, found out by trying.
#[derive(Debug)]
pub(in crate::sys) struct Together(Cell<u16>);

impl Together {
    /// No datagram is that long.
    const ALL: u16 = u16::MAX;
    /// Nor that: it stands for a system without `sendmmsg`.
    const REFUSED: u16 = u16::MAX - 1;

    pub(in crate::sys) const fn new() -> Self {
        Self(Cell::new(Self::ALL))
    }

    /// Datagrams of this length or longer have to be messages of their own.
    pub(super) fn below(&self) -> usize {
        usize::from(self.0.get())
    }

    fn keep_below(&self, length: usize) {
        self.0.set(u16::try_from(length).unwrap_or(Self::ALL));
    }

    fn is_refused(&self) -> bool {
        self.0.get() == Self::REFUSED
    }
}

pub(super) fn send_run<'a>(os: &OsSocket, waiting: &mut dyn Iterator<Item = Transmit<'a>>) -> Run {
    if os.together.is_refused() {
        return Run::default();
    }
    // Nearly always there is only one.
    let (Some(first), Some(second)) = (waiting.next(), waiting.next()) else {
        return Run::default();
    };
    if !first.meta.is_for(os.family) {
        return Run::default();
    }
    let mut batch = Batch::new(os.together.below());
    if !first.meta.is_none() {
        batch.asked = Some(control(&first.meta, os.family));
    }
    for transmit in [first, second].into_iter().chain(waiting) {
        let is_of_family = transmit
            .destination
            .is_none_or(|to| to.address.family() == os.family);
        if !is_of_family || transmit.meta != first.meta || !batch.add(&transmit) {
            break;
        }
    }
    if batch.datagrams() < 2 {
        return Run::default();
    }
    match os.transfer(|socket| batch.send(socket)) {
        Ok(messages) => Run {
            sent: batch.datagrams_in(messages),
            next: None,
        },
        Err(Errno::ENOSYS) => {
            os.together.0.set(Together::REFUSED);
            Run::default()
        }
        Err(errno) => match batch.first_stride() {
            // Against the length of the segments (they do not fit the link, or there would be too many), or against
            // segments at all: the network interface computes no checksums.
            Some(stride) if matches!(errno, Errno::EINVAL | Errno::EMSGSIZE | Errno::EIO) => {
                let below = if errno == Errno::EIO { 0 } else { stride };
                send_again(os, &batch, below)
            }
            _ => Run {
                sent: 0,
                next: Some(transmitted(Err(errno))),
            },
        },
    }
}

/// Sends the datagrams of the first message, which the system has refused, as a message each. If that does better,
/// datagrams of the length `below` or longer are not put together any more.
fn send_again(os: &OsSocket, refused: &Batch<'_>, below: usize) -> Run {
    let alone = refused.first_alone();
    match os.transfer(|socket| alone.send(socket)) {
        Ok(messages) => {
            log::debug!("datagrams of {below} bytes or more are sent one by one from now on");
            os.together.keep_below(below);
            Run {
                sent: alone.datagrams_in(messages),
                next: None,
            }
        }
        Err(errno) => Run {
            sent: 0,
            next: Some(transmitted(Err(errno))),
        },
    }
}

/// Datagrams for one system call.
struct Batch<'a> {
    messages: [Message; MESSAGES],
    /// How many messages there are.
    used: usize,
    vectors: [libc::iovec; VECTORS],
    /// How many vectors there are.
    vectors_used: usize,
    /// Datagrams of this length or longer are not put together.
    below: usize,
    /// What each of them asks for, if they ask for something.
    asked: Option<Control>,
    /// What the vectors point to.
    bytes: PhantomData<&'a [u8]>,
}

/// One message: a datagram, or several that are sent as one.
#[derive(Clone, Copy)]
struct Message {
    to: Option<Endpoint>,
    first_vector: usize,
    vectors: usize,
    datagrams: usize,
    /// The length of each datagram but the last.
    stride: usize,
    /// The last one's.
    last: usize,
    total: usize,
}

impl<'a> Batch<'a> {
    fn new(below: usize) -> Self {
        let none = libc::iovec {
            iov_base: core::ptr::null_mut(),
            iov_len: 0,
        };
        Self {
            messages: [Message::NONE; MESSAGES],
            used: 0,
            vectors: [none; VECTORS],
            vectors_used: 0,
            below,
            asked: None,
            bytes: PhantomData,
        }
    }

    /// Takes a datagram, unless there is no room or it is in several pieces.
    fn add(&mut self, transmit: &Transmit<'a>) -> bool {
        let [bytes] = transmit.payload.pieces() else {
            return false;
        };
        let joins = self
            .messages
            .get(self.used.wrapping_sub(1))
            .is_some_and(|last| last.takes(transmit.destination, bytes.len(), self.below));
        if joins {
            return self.join(bytes);
        }
        let start = self.vectors_used;
        let Some(message) = self.messages.get_mut(self.used) else {
            return false;
        };
        if !push(&mut self.vectors, &mut self.vectors_used, bytes) {
            return false;
        }
        *message = Message {
            to: transmit.destination,
            first_vector: start,
            vectors: 1,
            datagrams: 1,
            stride: bytes.len(),
            last: bytes.len(),
            total: bytes.len(),
        };
        self.used += 1;
        true
    }

    /// Puts a datagram behind those of the last message.
    fn join(&mut self, bytes: &'a [u8]) -> bool {
        let (Some(message), Some(vector)) = (
            self.messages.get_mut(self.used - 1),
            self.vectors.get_mut(self.vectors_used - 1),
        ) else {
            return false;
        };
        // In the socket's queue they lie one behind the other.
        let end = vector.iov_base.cast::<u8>().wrapping_add(vector.iov_len);
        if end.cast_const() == bytes.as_ptr() {
            vector.iov_len += bytes.len();
        } else {
            if !push(&mut self.vectors, &mut self.vectors_used, bytes) {
                return false;
            }
            message.vectors += 1;
        }
        message.datagrams += 1;
        message.last = bytes.len();
        message.total += bytes.len();
        true
    }

    fn datagrams(&self) -> usize {
        self.datagrams_in(self.used)
    }

    /// How many datagrams the first messages have.
    fn datagrams_in(&self, messages: usize) -> usize {
        let first = self.messages.iter().take(messages);
        first.map(|message| message.datagrams).sum()
    }

    /// The length of the datagrams of the first message, if it has several.
    fn first_stride(&self) -> Option<usize> {
        let first = self.messages.first()?;
        (first.datagrams > 1).then_some(first.stride)
    }

    /// The datagrams of the first message, one message each.
    fn first_alone(&self) -> Self {
        let mut alone = Self::new(0);
        alone.asked = self.asked;
        let first = self.messages.first().copied().unwrap_or(Message::NONE);
        for vector in self.vectors.iter().take(first.vectors) {
            let mut offset = 0;
            while offset < vector.iov_len {
                let length = first.stride.min(vector.iov_len - offset);
                let piece = libc::iovec {
                    iov_base: vector.iov_base.wrapping_byte_add(offset),
                    iov_len: length,
                };
                let index = alone.used;
                let (Some(slot), Some(message)) =
                    (alone.vectors.get_mut(index), alone.messages.get_mut(index))
                else {
                    return alone;
                };
                *slot = piece;
                *message = Message {
                    to: first.to,
                    first_vector: index,
                    vectors: 1,
                    datagrams: 1,
                    ..Message::NONE
                };
                alone.used += 1;
                offset += length;
            }
        }
        alone
    }

    /// The system call; returns how many messages were taken.
    fn send(&self, socket: &Socket) -> io::Result<usize> {
        match self.asked {
            None => self.send_with(socket, &mut [Segments::default(); MESSAGES]),
            Some(asked) => self.send_with(socket, &mut [asked; MESSAGES_ASKING]),
        }
    }

    /// The system call, for as many messages as there are control messages to begin with.
    fn send_with<C: Cut>(&self, socket: &Socket, controls: &mut [C]) -> io::Result<usize> {
        let used = self.used.min(controls.len());
        let mut names = [Name::default(); MESSAGES];
        // SAFETY: zeroes are valid: lengths of nothing and pointers to nothing.
        let mut headers: [libc::mmsghdr; MESSAGES] = unsafe { core::mem::zeroed() };
        let places = names.iter_mut().zip(controls).zip(&mut headers);
        for (message, ((name, control), header)) in self.messages.iter().take(used).zip(places) {
            let header = &mut header.msg_hdr;
            if let Some(to) = message.to {
                header.msg_namelen = for_system(name.set(to));
                header.msg_name = name.0.as_mut_ptr().cast();
            }
            let vectors = self.vectors.get(message.first_vector..).unwrap_or(&[]);
            // The kernel does not write to what it sends.
            header.msg_iov = vectors.as_ptr().cast_mut();
            header.msg_iovlen = for_system(message.vectors);
            if message.datagrams > 1 {
                control.cut(message.stride);
            }
            let control = control.bytes_mut();
            if !control.is_empty() {
                header.msg_control = control.as_mut_ptr().cast();
                header.msg_controllen = for_system(control.len());
            }
        }
        send_messages(socket, headers.get_mut(..used).unwrap_or_default())
    }
}

impl Message {
    const NONE: Self = Self {
        to: None,
        first_vector: 0,
        vectors: 0,
        datagrams: 0,
        stride: 0,
        last: 0,
        total: 0,
    };

    /// Whether a datagram of this length can be sent as one with those of this message.
    fn takes(&self, to: Option<Endpoint>, length: usize, below: usize) -> bool {
        self.to == to
            && self.datagrams < SEGMENTS
            && length > 0
            && length <= self.stride
            && self.last == self.stride
            && self.stride < below
            && self.total + length <= LONGEST
    }
}

/// Appends a vector, if there is room.
fn push(vectors: &mut [libc::iovec], used: &mut usize, bytes: &[u8]) -> bool {
    let Some(vector) = vectors.get_mut(*used) else {
        return false;
    };
    vector.iov_base = bytes.as_ptr().cast_mut().cast();
    vector.iov_len = bytes.len();
    *used += 1;
    true
}

/// The system call; every message points to memory of the length that it says.
fn send_messages(socket: &Socket, messages: &mut [libc::mmsghdr]) -> io::Result<usize> {
    #[cfg(test)]
    let messages = crate::sys::faults::some_of(messages)?;
    let count = c_uint::try_from(messages.len()).unwrap_or(0);
    let (fd, first) = (socket.as_raw_fd(), messages.as_mut_ptr());
    // SAFETY: `first` points to `count` messages, each as the caller has promised.
    let result = unsafe { libc::sendmmsg(fd, first, count, FLAGS) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// The most messages of one call.
const MESSAGES: usize = 64;
/// The most of them that ask for something.
const MESSAGES_ASKING: usize = 16;
/// The most pieces of memory of one call.
const VECTORS: usize = 256;
/// The most datagrams in one message: `UDP_MAX_SEGMENTS` of the first kernels that have them.
const SEGMENTS: usize = 64;
/// The longest payload that the system takes in one message, in both families.
const LONGEST: usize = 65_507;

cfg_if::cfg_if! {
    if #[cfg(target_env = "musl")] {
        const FLAGS: c_uint = libc::MSG_DONTWAIT.cast_unsigned();
    } else {
        const FLAGS: core::ffi::c_int = libc::MSG_DONTWAIT;
    }
}

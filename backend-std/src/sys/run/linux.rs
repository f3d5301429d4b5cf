//! `sendmmsg` and `UDP_SEGMENT`.
//!
//! Written here because no crate offers both: socket2 has no `sendmmsg`, and the control message of rustix and quinn-udp
//! comes with a socket of theirs.
//!
//! Linux: sendmmsg(2), udp(7); segments since 4.18

mod bundle;
mod header;

use core::cell::Cell;
use core::ffi::c_uint;
use core::mem::MaybeUninit;
use core::slice;
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Endpoint, Errno, Transmit, Waiting};
use socket2::Socket;

use super::Run;
use crate::sys::OsSocket;
use crate::sys::asked::control;
use crate::sys::length::for_system;
use crate::sys::transfer::transmitted;
use bundle::{Bounds, MESSAGES, Source};
pub(crate) use bundle::{Bundle, To};
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

thread_local! {
    /// How many datagrams the system takes as one message: what this thread has found out about the kernel.
    static SEGMENTS: Cell<usize> = const { Cell::new(MOST_SEGMENTS) };
}

fn bounds(os: &OsSocket) -> Bounds {
    Bounds {
        below: os.together.below(),
        segments: SEGMENTS.get(),
    }
}

pub(super) fn bundle<'a>(os: &OsSocket) -> Bundle<'a> {
    Bundle::new(Source::Callers, bounds(os))
}

pub(super) fn send_run(os: &OsSocket, waiting: &mut Waiting<'_>) -> Run {
    // Nearly always there is only one.
    let is_one = waiting.size_hint().1.is_some_and(|most| most < 2);
    if is_one || os.together.is_refused() {
        return Run::default();
    }
    let mut bundle = Bundle::new(Source::Queue, bounds(os));
    while let Some(transmit) = waiting.next() {
        let to = aim(transmit.destination.as_ref());
        let meta = &transmit.meta;
        let is_added = is_for(os, &transmit)
            && bundle.add(to, meta, &transmit.payload)
            && bundle.add_alike(to, meta, transmit.payload.len(), waiting.take_alike());
        if !is_added {
            break;
        }
    }
    send_bundle(os, &mut bundle)
}

#[inline]
fn aim(to: Option<&Endpoint>) -> To<'_> {
    to.map(|to| (&to.address, to.port))
}

/// Whether the destination is of the socket's family.
#[inline]
fn is_for(os: &OsSocket, transmit: &Transmit<'_>) -> bool {
    let to = transmit.destination;
    to.is_none_or(|to| to.address.family() == os.family)
}

pub(super) fn send_bundle(os: &OsSocket, bundle: &mut Bundle<'_>) -> Run {
    let is_refused = os.together.is_refused();
    if is_refused || bundle.len() < 2 || !bundle.meta().is_for(os.family) {
        return Run::default();
    }
    let mut done = 0;
    loop {
        match os.transfer(|socket| send(os, bundle, done, socket)) {
            Ok(0) => break,
            Ok(messages) => done += messages,
            Err(Errno::ENOSYS) => {
                os.together.0.set(Together::REFUSED);
                break;
            }
            Err(errno) => return failed(os, bundle, done, errno),
        }
        if done >= bundle.kit.messages.len() {
            break;
        }
    }
    Run {
        sent: bundle.datagrams_in(done),
        next: None,
    }
}

/// The system has refused the message behind those that are `done`.
fn failed(os: &OsSocket, bundle: &Bundle<'_>, done: usize, errno: Errno) -> Run {
    let message = bundle.kit.messages.get(done);
    let datagrams = message.map_or(0, |message| message.datagrams);
    let mut outcome = Err(errno);
    if errno == Errno::EINVAL && datagrams > ALL_SEGMENTS {
        // Older systems take fewer; others have something else against it, and against fewer of them, too.
        outcome = send_apart(os, bundle, done, ALL_SEGMENTS);
        if outcome.is_ok() {
            log::debug!("{ALL_SEGMENTS} datagrams are a message from now on, on this thread");
            SEGMENTS.set(ALL_SEGMENTS);
        }
    }
    if let Err(errno @ (Errno::EINVAL | Errno::EMSGSIZE | Errno::EIO)) = outcome
        && let Some(message) = message.filter(|_| datagrams > 1)
    {
        // Against the length of the segments (they do not fit the link, or there would be too many), or against
        // segments at all: the network interface computes no checksums.
        let below = if errno == Errno::EIO {
            0
        } else {
            message.stride
        };
        outcome = send_apart(os, bundle, done, 1);
        if outcome.is_ok() {
            log::debug!("datagrams of {below} bytes or more are sent one by one from now on");
            os.together.keep_below(below);
        }
    }
    let before = bundle.datagrams_in(done);
    match outcome {
        Ok(sent) => Run {
            sent: before + sent,
            next: None,
        },
        Err(errno) => Run {
            sent: before,
            next: Some(transmitted(Err(errno))),
        },
    }
}

/// Sends the datagrams of a message that the system has refused, as messages of at most `most`; how many it took.
fn send_apart(
    os: &OsSocket,
    bundle: &Bundle<'_>,
    message: usize,
    most: usize,
) -> Result<usize, Errno> {
    let mut apart = bundle.apart(message, most);
    let messages = os.transfer(|socket| send(os, &mut apart, 0, socket))?;
    Ok(apart.datagrams_in(messages))
}

/// The system call, for the messages behind those that are `done`; returns how many were taken.
fn send(os: &OsSocket, bundle: &mut Bundle<'_>, done: usize, socket: &Socket) -> io::Result<usize> {
    bundle.write_vectors();
    if bundle.meta().is_none() {
        return send_with::<_, MESSAGES>(socket, bundle, done, Segments::default());
    }
    let asked = control(&bundle.meta(), os.family);
    send_with::<_, MESSAGES_ASKING>(socket, bundle, done, asked)
}

/// The system call, for up to `N` messages with what is `asked` for each.
fn send_with<C: Cut + Copy, const N: usize>(
    socket: &Socket,
    bundle: &Bundle<'_>,
    done: usize,
    asked: C,
) -> io::Result<usize> {
    // Nearly always only a few are needed.
    let mut names = [const { MaybeUninit::uninit() }; N];
    let mut controls = [const { MaybeUninit::uninit() }; N];
    let mut headers = [const { MaybeUninit::uninit() }; N];
    let places = names.iter_mut().zip(&mut controls).zip(&mut headers);
    let mut used = 0;
    let messages = bundle.kit.messages.iter().skip(done);
    for (message, ((name, control), header)) in messages.zip(places) {
        let (name, control) = (name.write(Name::default()), control.write(asked));
        let header = header.write(NOTHING);
        let header = &mut header.msg_hdr;
        if let Some(to) = message.to {
            header.msg_namelen = for_system(name.set(to));
            header.msg_name = name.0.as_mut_ptr().cast();
        }
        let vectors = bundle.kit.vectors.get(message.first_piece..).unwrap_or(&[]);
        // The kernel does not write to what it sends.
        header.msg_iov = vectors.as_ptr().cast_mut();
        header.msg_iovlen = for_system(message.pieces);
        if message.datagrams > 1 {
            control.cut(message.stride);
        }
        let control = control.bytes_mut();
        if !control.is_empty() {
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = for_system(control.len());
        }
        used += 1;
    }
    // SAFETY: so many have been written.
    let headers = unsafe { slice::from_raw_parts_mut(headers.as_mut_ptr().cast(), used) };
    send_messages(socket, headers)
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

/// The most datagrams in one message: `UDP_MAX_SEGMENTS` of Linux 6.9, and of later releases of the long-term kernels
/// before it.
const MOST_SEGMENTS: usize = 128;
/// And of the first kernels that have segments. They answer `EINVAL` to more.
const ALL_SEGMENTS: usize = 64;
// SAFETY: zeroes are valid: lengths of nothing and pointers to nothing.
const NOTHING: libc::mmsghdr = unsafe { core::mem::zeroed() };
/// The most messages of a call that ask for something.
const MESSAGES_ASKING: usize = 16;

cfg_if::cfg_if! {
    if #[cfg(target_env = "musl")] {
        const FLAGS: c_uint = libc::MSG_DONTWAIT.cast_unsigned();
    } else {
        const FLAGS: core::ffi::c_int = libc::MSG_DONTWAIT;
    }
}

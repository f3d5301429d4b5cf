//! Descriptors that go from one process to another: by inheritance, and with messages.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anydgram_core::{Endpoint, Errno, Error, Family, Misuse, SocketType, Syscall, SystemError};
use rustix::net::{RecvFlags, SendFlags};
use socket2::{Domain, SockRef, Type};

use super::adopt::{prepare, udp_family};
use crate::sys::open::{BindFlags, new_bound};
use crate::sys::{HAS_METADATA, NEVER_COALESCES, OsSocket};
use crate::{convert, errno};

cfg_if::cfg_if! {
    if #[cfg(target_vendor = "apple")] {
        /// The standard library has the signal of a closed channel ignored.
        pub(crate) const SEND_FLAGS: SendFlags = SendFlags::empty();
        /// The system has no flag for it; see [`set_close_on_exec`].
        pub(crate) const RECEIVE_FLAGS: RecvFlags = RecvFlags::empty();
    } else {
        /// A closed channel is an error, not a signal.
        pub(crate) const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
        /// Descriptors that are received stay in this program.
        pub(crate) const RECEIVE_FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
    }
}

impl OsSocket {
    /// Takes over a UDP socket that another process has sent.
    ///
    /// # Errors
    /// As [`open`](Self::open) with a descriptor. What is refused is closed.
    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> Result<Self, Error<'static>> {
        let family = udp_family(descriptor.as_fd())
            .map_err(|kind| Error::Misuse(Misuse::InvalidFdType { kind }))?;
        prepare(descriptor.as_fd())
            .map_err(|error| SystemError::new(Syscall::Open, errno::from_io(&error)))?;
        let socket = Self::from_socket(descriptor.into(), family);
        socket.arrival.set(NEVER_COALESCES, true);
        // Whoever had it before may have had datagrams come together.
        socket.arrival.set(HAS_METADATA, cfg!(target_os = "linux"));
        Ok(socket)
    }

    /// The type of socket that it is.
    pub(crate) fn socket_type(&self) -> SocketType {
        match self.family {
            Family::V4 => SocketType::Udp4,
            Family::V6 => SocketType::Udp6,
        }
    }
}

/// Binds a socket that other processes are to have.
pub(crate) fn open_for_worker(
    family: Family,
    at: Endpoint,
    reuse_address: bool,
    ipv6_only: bool,
) -> Result<OwnedFd, Errno> {
    let flags = BindFlags {
        reuse_address,
        reuse_port: false,
        ipv6_only,
    };
    new_bound(family, at, flags).map(OwnedFd::from)
}

/// Another descriptor of the UDP socket that this process has under a number; `EINVAL` if it is none.
pub(crate) fn duplicate_udp(number: RawFd) -> Result<OwnedFd, Errno> {
    // SAFETY: any number may be duplicated; one that is no open descriptor is told apart here.
    let twin = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, FIRST) };
    if twin == -1 {
        let errno = errno::from_io(&io::Error::last_os_error());
        return Err(if errno == Errno::EBADF {
            Errno::EINVAL
        } else {
            errno
        });
    }
    // SAFETY: the descriptor has just been made, and nobody else knows it.
    let twin = unsafe { OwnedFd::from_raw_fd(twin) };
    match udp_family(twin.as_fd()) {
        Ok(_) => Ok(twin),
        Err(_) => Err(Errno::EINVAL),
    }
}

/// The address that a socket is bound to.
pub(crate) fn local_address(socket: BorrowedFd<'_>) -> Result<Endpoint, Errno> {
    let address = SockRef::from(&socket).local_addr();
    let address = address.map_err(|error| errno::from_io(&error))?;
    convert::endpoint(&address).ok_or(Errno::EINVAL)
}

/// Keeps a descriptor in this program, where [`RECEIVE_FLAGS`] cannot.
pub(crate) fn set_close_on_exec(descriptor: &OwnedFd) -> io::Result<()> {
    if cfg!(target_vendor = "apple") {
        SockRef::from(descriptor).set_cloexec(true)?;
    }
    Ok(())
}

/// Has the child of a command inherit a descriptor, under the number that is returned. The descriptor must stay open
/// until the child has been spawned, and the command must not be used for another one.
pub(crate) fn inherit(command: &mut Command, descriptor: BorrowedFd<'_>) -> RawFd {
    let number = descriptor.as_raw_fd();
    let keep_open = move || {
        // SAFETY: any number may be given flags, and the call is safe after a fork (POSIX, § 2.4.3).
        match unsafe { libc::fcntl(number, libc::F_SETFD, 0) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    };
    // SAFETY: the closure makes one system call that is safe after a fork, takes no lock and no memory.
    unsafe { command.pre_exec(keep_open) };
    number
}

/// Takes over the stream socket that this process has inherited under a number, once in its life. `None` if it was
/// taken, or is none: what this program has opened itself is told by its close-on-exec flag.
pub(crate) fn take_inherited(number: RawFd) -> Option<OwnedFd> {
    static IS_TAKEN: AtomicBool = AtomicBool::new(false);
    if number < FIRST {
        return None;
    }
    // SAFETY: any number may be asked for its flags; one that is no open descriptor is told apart here.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags == -1 || flags & libc::FD_CLOEXEC != 0 {
        return None;
    }
    // SAFETY: the descriptor is open, and stays so: it is the primary's gift to this function.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    let socket = SockRef::from(&borrowed);
    let is_channel = matches!(socket.r#type(), Ok(Type::STREAM))
        && matches!(socket.peer_addr(), Ok(peer) if peer.domain() == Domain::UNIX);
    if !is_channel || IS_TAKEN.swap(true, Ordering::AcqRel) {
        return None;
    }
    socket.set_cloexec(true).ok()?;
    // SAFETY: the descriptor is open, and this is the only time that somebody takes it.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The first number behind standard input, output and error.
const FIRST: RawFd = 3;

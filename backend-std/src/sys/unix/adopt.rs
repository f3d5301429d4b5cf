//! Adopting somebody else's descriptor.

use core::mem::MaybeUninit;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use anydgram_core::{Error, Family, Misuse, Syscall, SystemError};
use socket2::{Domain, SockRef, Socket, Type};

use super::system::set_reuse_address;
use crate::errno;

/// Takes a UDP socket over, and makes it one that does not block and shares its address.
///
/// What is refused, or fails, stays the caller's.
pub(in crate::sys) fn adopt(fd: RawFd) -> Result<(Socket, Family), Error<'static>> {
    // SAFETY: any number may be asked for its flags; one that is no open descriptor is told apart here.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
        return Err(Misuse::InvalidFdType { kind: "UNKNOWN" }.into());
    }
    // SAFETY: the descriptor is open, and the caller gives it to us.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let family = udp_family(borrowed).map_err(|kind| Misuse::InvalidFdType { kind })?;
    prepare(borrowed).map_err(|error| SystemError::new(Syscall::Open, errno::from_io(&error)))?;
    // SAFETY: the descriptor is open, and from here on nobody else's.
    let owned = unsafe { OwnedFd::from_raw_fd(fd) };
    Ok((owned.into(), family))
}

/// Makes it a socket that does not block and shares its address.
pub(super) fn prepare(fd: BorrowedFd<'_>) -> io::Result<()> {
    let socket = SockRef::from(&fd);
    socket.set_nonblocking(true)?;
    set_reuse_address(&socket)
}

/// The family of a UDP socket; else what the descriptor is, by libuv's names.
pub(super) fn udp_family(fd: BorrowedFd<'_>) -> Result<Family, &'static str> {
    if fd.is_terminal() {
        return Err("TTY");
    }
    match file_type(fd) {
        Some(libc::S_IFREG | libc::S_IFCHR) => Err("FILE"),
        Some(libc::S_IFIFO) => Err("PIPE"),
        Some(libc::S_IFSOCK) => socket_family(fd),
        Some(_) | None => Err("UNKNOWN"),
    }
}

fn socket_family(fd: BorrowedFd<'_>) -> Result<Family, &'static str> {
    let socket = SockRef::from(&fd);
    let (Ok(address), Ok(kind)) = (socket.local_addr(), socket.r#type()) else {
        return Err("UNKNOWN");
    };
    match (address.domain(), kind) {
        (Domain::IPV4, Type::DGRAM) => Ok(Family::V4),
        (Domain::IPV6, Type::DGRAM) => Ok(Family::V6),
        (Domain::IPV4 | Domain::IPV6, Type::STREAM) => Err("TCP"),
        (Domain::UNIX, Type::STREAM) => Err("PIPE"),
        _ => Err("UNKNOWN"),
    }
}

/// The type bits of the file's mode.
fn file_type(fd: BorrowedFd<'_>) -> Option<libc::mode_t> {
    let mut status = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the descriptor is open, and the structure is writable.
    let result = unsafe { libc::fstat(fd.as_raw_fd(), status.as_mut_ptr()) };
    if result != 0 {
        return None;
    }
    // SAFETY: a successful call has filled it in.
    let status = unsafe { status.assume_init() };
    Some(status.st_mode & libc::S_IFMT)
}

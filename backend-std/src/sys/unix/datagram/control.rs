//! What can come and go beside the bytes of a Unix datagram: the sender's credentials, and descriptors (Linux).
//!
//! Every descriptor that the system has installed is owned at once, so that none is lost. Without room for control messages
//! the system installs none.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use anydgram_core::Errno;
use socket2::{MsgHdr, SockAddr, SockAddrStorage, Socket};

use super::beside::{Control, Received, Wanted};
use super::{RECEIVE_FLAGS, convert};
use crate::sys::control::{HEADER_LEN, aligned, split};
use crate::sys::length::{for_system, of_system};
use crate::unix::UnixCredentials;

/// The most descriptors that a datagram can have (`SCM_MAX_FD` of Linux).
const MOST_DESCRIPTORS: usize = 253;

/// Turns `SO_PASSCRED` on or off.
pub(super) fn set_pass_credentials(socket: &Socket, on: bool) -> Result<(), Errno> {
    socket.set_passcred(on).map_err(convert)
}

/// `EINVAL` for more descriptors than a datagram can have.
pub(super) const fn check_descriptors(count: usize) -> Result<(), Errno> {
    if count > MOST_DESCRIPTORS {
        Err(Errno::EINVAL)
    } else {
        Ok(())
    }
}

/// recvmsg(2) with room for what is wanted.
pub(super) fn receive(socket: &Socket, buffer: &mut [u8], wanted: Wanted) -> io::Result<Received> {
    let mut control = vec![0; wanted.room()];
    let mut storage = SockAddrStorage::zeroed();
    let mut pieces = [IoSliceMut::new(buffer)];
    // SAFETY: zeroes are a header of nothing.
    let mut header: libc::msghdr = unsafe { core::mem::zeroed() };
    header.msg_name = core::ptr::from_mut(&mut storage).cast();
    header.msg_namelen = storage.size_of();
    header.msg_iov = pieces.as_mut_ptr().cast();
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = for_system(control.len());
    let flags = RECEIVE_FLAGS | libc::MSG_CMSG_CLOEXEC;
    // SAFETY: the header points to memory that lives until the end of this function, with the right lengths.
    let len = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags) };
    let len = usize::try_from(len).map_err(|_| io::Error::last_os_error())?;
    let mut control = read(
        control
            .get(..of_system(header.msg_controllen))
            .unwrap_or_default(),
    );
    control.is_truncated = header.msg_flags & libc::MSG_CTRUNC != 0;
    // More than was wanted cannot be there; if it were, it would be closed here.
    control.descriptors.truncate(wanted.descriptors);
    // SAFETY: the system has written an address of this length.
    let sender = unsafe { SockAddr::new(storage, header.msg_namelen) };
    Ok((len, sender, control))
}

/// sendmsg(2) with descriptors.
pub(super) fn send(
    socket: &Socket,
    pieces: &[IoSlice<'_>],
    address: Option<&SockAddr>,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let mut control = Vec::with_capacity(HEADER_LEN + descriptors.len() * size_of::<RawFd>());
    let len = HEADER_LEN + descriptors.len() * size_of::<RawFd>();
    control.extend_from_slice(&len.to_ne_bytes());
    control.extend_from_slice(&libc::SOL_SOCKET.to_ne_bytes());
    control.extend_from_slice(&libc::SCM_RIGHTS.to_ne_bytes());
    for descriptor in descriptors {
        control.extend_from_slice(&descriptor.as_raw_fd().to_ne_bytes());
    }
    let mut message = MsgHdr::new().with_buffers(pieces).with_control(&control);
    if let Some(address) = address {
        message = message.with_addr(address);
    }
    socket.sendmsg(&message, 0)
}

impl Wanted {
    /// Bytes of control messages: for no more than is wanted.
    const fn room(self) -> usize {
        let mut room = 0;
        if self.credentials {
            room += aligned(HEADER_LEN + size_of::<libc::ucred>());
        }
        if self.descriptors > 0 {
            room += HEADER_LEN + self.descriptors * size_of::<RawFd>();
        }
        room
    }
}

/// Reads all control messages.
fn read(mut bytes: &[u8]) -> Control {
    let mut control = Control::default();
    while let Some((message, rest)) = split(bytes) {
        match (message.level, message.kind) {
            (libc::SOL_SOCKET, libc::SCM_RIGHTS) => {
                let (numbers, _) = message.data.as_chunks();
                let numbers = numbers.iter().map(|bytes| RawFd::from_ne_bytes(*bytes));
                control.descriptors.extend(numbers.map(own));
            }
            (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) => {
                control.credentials = credentials(message.data);
            }
            _ => {}
        }
        bytes = rest;
    }
    control
}

fn own(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the system has installed it for us, and nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// A `ucred`: three numbers of 32 bits.
fn credentials(bytes: &[u8]) -> Option<UnixCredentials> {
    let (numbers, _) = bytes.as_chunks();
    let [pid, uid, gid, ..] = numbers else {
        return None;
    };
    Some(UnixCredentials {
        pid: i32::from_ne_bytes(*pid),
        uid: u32::from_ne_bytes(*uid),
        gid: u32::from_ne_bytes(*gid),
    })
}

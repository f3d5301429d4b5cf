//! One socket from one process to another, over any channel that the two have.

use core::mem::MaybeUninit;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, SendAncillaryBuffer, SendAncillaryMessage, recvmsg,
    sendmsg,
};

use crate::error::Error;
use crate::event_loop::EventLoop;
use crate::socket::Socket;
use crate::sys::OsSocket;
use crate::sys::cluster::{RECEIVE_FLAGS, SEND_FLAGS, set_close_on_exec};

/// Sends a bound socket to the process at the other end of a Unix stream socket, which takes it by [`receive_socket`].
///
/// This one keeps its own: the two share the socket of the system, which decides who gets a datagram. It blocks if the
/// channel does.
///
/// # Errors
/// `EBADF` for a socket that is not bound, or closed; what the system has against sending.
///
/// # Examples
/// ```
/// use std::os::unix::net::UnixStream;
///
/// use anydgram_std::cluster::{receive_socket, send_socket};
/// use anydgram_std::{EventLoop, SocketType};
///
/// // As a rule, the other end is the standard input of a child.
/// let (here, there) = UnixStream::pair()?;
/// let event_loop = EventLoop::new()?;
/// let socket = event_loop.create_socket(SocketType::Udp4)?;
/// let address = socket.bind_sync(("127.0.0.1", 0))?;
/// send_socket(&here, &socket)?;
///
/// let twin = event_loop.adopt(receive_socket(&there)?)?;
/// assert_eq!(twin.address()?, address);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Node: `subprocess.send(message, socket)`
pub fn send_socket(channel: impl AsFd, socket: &Socket) -> io::Result<()> {
    let state = socket.0.state.borrow();
    let os = state.os.as_ref();
    let os = os.ok_or_else(|| crate::errno::to_io(anydgram_core::Errno::EBADF))?;
    os.separate().map_err(crate::errno::to_io)?;
    let descriptor = [os.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let has_room = control.push(SendAncillaryMessage::ScmRights(&descriptor));
    debug_assert!(has_room, "the space is for one descriptor");
    let bytes = [IoSlice::new(&SOCKET)];
    retry_on_intr(|| sendmsg(&channel, &bytes, &mut control, SEND_FLAGS))?;
    Ok(())
}

/// Takes a socket that the process at the other end of a Unix stream socket has [sent](send_socket), for
/// [`EventLoop::adopt`].
///
/// It blocks if the channel does. Nothing is read but what belongs to the socket.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] at the end of the channel, [`io::ErrorKind::InvalidData`] for anything but a
/// socket, what the system has against receiving.
///
/// Node: the event `message` of a process
pub fn receive_socket(channel: impl AsFd) -> io::Result<OwnedFd> {
    let mut byte = [0; SOCKET.len()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut bytes = [IoSliceMut::new(&mut byte)];
    let message = retry_on_intr(|| recvmsg(&channel, &mut bytes, &mut control, RECEIVE_FLAGS))?;
    let mut received = None;
    for ancillary in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = ancillary {
            for descriptor in descriptors {
                set_close_on_exec(&descriptor)?;
                received = Some(descriptor);
            }
        }
    }
    match received {
        Some(descriptor) if byte == SOCKET => Ok(descriptor),
        _ if message.bytes == 0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl EventLoop {
    /// A socket of this loop on a UDP socket that the process owns: received from another process, inherited, or opened
    /// by other means. It is bound, and `listening` is over; connected it is not, whatever the descriptor is.
    ///
    /// # Errors
    /// `ERR_INVALID_FD_TYPE` for what is no UDP socket, `open CODE`. The descriptor is closed then.
    ///
    /// Node: the socket that comes with the event `message` of a process
    pub fn adopt(&self, descriptor: impl Into<OwnedFd>) -> Result<Socket, Error> {
        let os = OsSocket::from_descriptor(descriptor.into())?;
        let socket = self.create_socket(os.socket_type())?;
        self.shared().adopt(&socket, os)?;
        Ok(socket)
    }
}

/// What goes with the descriptor: a stream needs a byte to carry it.
const SOCKET: [u8; 1] = *b"S";

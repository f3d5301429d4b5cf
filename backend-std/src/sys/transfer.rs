//! Datagrams out and in: one system call each, and no allocation.

use core::mem::MaybeUninit;
use std::io::{self, IoSlice};

use anydgram_core::{Endpoint, Errno, Full, Payload, RecvMeta, SendMeta, Transmit, Transmitted};
use socket2::{MaybeUninitSlice, SockAddr, SockRef, Socket};

use super::{HAS_METADATA, OsSocket, platform};
use crate::{convert, errno};

impl OsSocket {
    /// Offers one datagram to the system.
    ///
    /// Allocates only for a payload of more than [`PIECES_ON_STACK`] pieces. More than [`MAX_PIECES`] are
    /// `EMSGSIZE`; a destination of another family is `EINVAL`.
    pub(crate) fn send(&self, transmit: &Transmit<'_>) -> Transmitted {
        self.send_datagram(transmit.destination, &transmit.meta, &transmit.payload)
    }

    /// The same for a datagram in its parts.
    pub(crate) fn send_datagram(
        &self,
        destination: Option<Endpoint>,
        meta: &SendMeta,
        payload: &Payload<'_>,
    ) -> Transmitted {
        if destination.is_some_and(|end| end.address.family() != self.family) {
            return Transmitted::Failed(Errno::EINVAL);
        }
        match payload {
            Payload::Slice(bytes) if meta.is_none() => self.send_slice(destination, bytes),
            Payload::List(_) if meta.is_none() => self.send_list(destination, payload),
            Payload::Slice(_) | Payload::List(_) => self.send_asking(destination, meta, payload),
        }
    }

    fn send_list(&self, destination: Option<Endpoint>, payload: &Payload<'_>) -> Transmitted {
        let address = destination.map(|end| convert::sock_addr(platform::reachable(end)));
        let result = self.transfer(|socket| send_pieces(socket, payload, address.as_ref()));
        transmitted(result)
    }

    /// The short way of what nearly all datagrams are: one piece that asks for nothing, for an address of the socket's
    /// family or for the peer.
    #[inline]
    pub(crate) fn send_slice(&self, destination: Option<Endpoint>, bytes: &[u8]) -> Transmitted {
        let destination = destination.map(platform::reachable);
        match self.send_once(destination, bytes) {
            Ok(_) => Transmitted::Sent,
            Err(error) => self.send_again(destination, bytes, error),
        }
    }

    /// A call has failed: it is made again as long as that says nothing about the datagram.
    #[cold]
    fn send_again(
        &self,
        destination: Option<Endpoint>,
        bytes: &[u8],
        mut error: io::Error,
    ) -> Transmitted {
        while is_void(&error) {
            match self.send_once(destination, bytes) {
                Ok(_) => return Transmitted::Sent,
                Err(next) => error = next,
            }
        }
        transmitted(Err(errno::from_io(&error)))
    }

    #[inline]
    fn send_once(&self, destination: Option<Endpoint>, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(test)]
        #[cfg(target_os = "linux")]
        super::faults::fail(super::faults::Call::Send)?;
        platform::send(&self.inner, destination, bytes)
    }

    /// Takes the next datagram: the number of bytes put into `buffer`, and what is known of it.
    ///
    /// An empty datagram gives 0 bytes. `sender` is `None` if the system named none, or one of another family.
    /// `wire_len` is the datagram's full length; where the system does not tell that of a truncated datagram (all but
    /// Linux), it is `None` for such a one.
    ///
    /// # Errors
    /// `EAGAIN` when there is none; else what the system has to report, for example the `ECONNREFUSED` of a
    /// connected peer.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Errno> {
        if self.arrival.has(HAS_METADATA) {
            return self.transfer(|socket| super::batch::receive_one(socket, buffer));
        }
        let room = buffer.len();
        let (len, is_truncated, sender) = self.transfer(|socket| {
            let buffer = as_uninit(buffer);
            if platform::TELLS_FULL_LENGTH {
                // The shorter call.
                let (len, sender) = socket.recv_from_with_flags(buffer, platform::RECEIVE_FLAGS)?;
                return Ok((len, len > room, sender));
            }
            let mut buffers = [MaybeUninitSlice::new(buffer)];
            let (len, flags, sender) =
                socket.recv_from_vectored_with_flags(&mut buffers, platform::RECEIVE_FLAGS)?;
            Ok((len, flags.is_truncated(), sender))
        })?;
        let mut meta = RecvMeta::default();
        meta.sender = convert::endpoint(&sender);
        meta.wire_len = (!is_truncated || platform::TELLS_FULL_LENGTH).then_some(len);
        Ok((len.min(room), meta))
    }

    /// One system call that may block or be interrupted.
    pub(super) fn transfer<T>(
        &self,
        mut call: impl FnMut(&Socket) -> io::Result<T>,
    ) -> Result<T, Errno> {
        loop {
            let result = self.inner.try_io(|| call(&SockRef::from(&self.inner)));
            match result {
                Ok(value) => return Ok(value),
                Err(error) if is_void(&error) => {}
                Err(error) => return Err(errno::from_io(&error)),
            }
        }
    }
}

/// What became of a datagram.
pub(super) fn transmitted(result: Result<usize, Errno>) -> Transmitted {
    match result {
        Ok(_) => Transmitted::Sent,
        Err(Errno::EAGAIN) => Transmitted::Blocked(Full::Buffer),
        // BSD says nothing else, as a datagram goes to the queue of an interface at once.
        Err(Errno::ENOBUFS) => Transmitted::Blocked(Full::Memory),
        Err(errno) => Transmitted::Failed(errno),
    }
}

/// Whether a failed call says nothing about the datagram, so that it has to be made again.
fn is_void(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted || platform::is_stale_report(error)
}

/// Sends the pieces of one datagram; without `address` to the connected peer.
pub(super) fn send_pieces(
    socket: &Socket,
    payload: &Payload<'_>,
    address: Option<&SockAddr>,
) -> io::Result<usize> {
    #[cfg(test)]
    #[cfg(target_os = "linux")]
    super::faults::fail(super::faults::Call::Send)?;
    match payload.pieces() {
        [] => send_slice(socket, &[], address),
        [slice] => send_slice(socket, slice, address),
        _ => gather(payload, |list| send_list(socket, list, address)),
    }
}

/// Sends the pieces of one datagram as a list.
pub(super) fn gather(
    payload: &Payload<'_>,
    send: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    let pieces = payload.pieces();
    if pieces.len() > MAX_PIECES {
        return Err(errno::to_io(Errno::EMSGSIZE));
    }
    if pieces.len() > PIECES_ON_STACK {
        let list: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        return send(&list);
    }
    let mut list = [IoSlice::new(&[]); PIECES_ON_STACK];
    for (slot, piece) in list.iter_mut().zip(pieces) {
        *slot = IoSlice::new(piece);
    }
    send(list.get(..pieces.len()).unwrap_or(&[]))
}

fn send_slice(socket: &Socket, slice: &[u8], address: Option<&SockAddr>) -> io::Result<usize> {
    match address {
        Some(address) => socket.send_to(slice, address),
        None => socket.send(slice),
    }
}

fn send_list(
    socket: &Socket,
    list: &[IoSlice<'_>],
    address: Option<&SockAddr>,
) -> io::Result<usize> {
    match address {
        Some(address) => socket.send_to_vectored(list, address),
        None => socket.send_vectored(list),
    }
}

/// The form of a buffer that socket2 receives into.
pub(super) fn as_uninit(buffer: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let pointer = core::ptr::from_mut(buffer) as *mut [MaybeUninit<u8>];
    // SAFETY: the layouts are equal, and socket2 promises to write initialised bytes only.
    unsafe { &mut *pointer }
}

/// Pieces of one datagram that are sent without an allocation.
const PIECES_ON_STACK: usize = 64;
/// The most pieces that one datagram may have: `UIO_MAXIOV` of Linux, everywhere.
const MAX_PIECES: usize = 1024;

//! Unix datagram sockets of the operating system.
//!
//! [`OsUnixSocket`] is one of them, open from the start and bound later; its [file](mod@file) is removed with it.

mod address;
mod beside;
mod file;
cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod control;
    } else {
        mod no_control;
        use no_control as control;
    }
}
#[cfg(test)]
mod tests;

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

/// A descriptor that was received.
pub(crate) use std::os::fd::OwnedFd as Descriptor;

use anydgram_core::{
    Errno, Full, Transmitted, UnixAddress, UnixAddressBuf, UnixBindRequest, UnixName, UnixTransmit,
};
use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use socket2::{Domain, MaybeUninitSlice, SockAddr, Socket};

use super::system::{RECEIVE_FLAGS, TELLS_FULL_LENGTH};
use crate::errno;
use crate::sys::transfer::{as_uninit, send_pieces};
use crate::unix::UnixAncillary;
use beside::{Control, Wanted};
use file::BoundFile;

/// A Unix datagram socket of the operating system, which never blocks. Dropping it closes it, and removes the file that it
/// has bound.
#[derive(Debug)]
pub(crate) struct OsUnixSocket {
    /// Removed first: as long as the socket is open, no other file can get its inode.
    file: Option<BoundFile>,
    inner: Socket,
    /// What is to be received beside the bytes.
    wanted: Wanted,
}

/// What is known of a datagram that was received.
#[derive(Debug)]
pub(crate) struct UnixReceived {
    /// How many bytes of the buffer it has.
    pub(crate) len: usize,
    /// Its full length, where the system tells.
    pub(crate) wire_len: Option<usize>,
    /// Who sent it; no address for a sender that is not bound.
    pub(crate) sender: UnixAddressBuf,
    pub(crate) ancillary: UnixAncillary,
}

impl OsUnixSocket {
    /// Opens a socket that is not bound.
    pub(crate) fn open() -> Result<Self, Errno> {
        let inner = super::system::open(Domain::UNIX, None).map_err(convert)?;
        Ok(Self {
            file: None,
            inner,
            wanted: Wanted::default(),
        })
    }

    /// Binds the socket; the address it has then.
    ///
    /// # Errors
    /// What bind(2) says; `EADDRINUSE` for a path where something is that must not be replaced; `ENAMETOOLONG` for a path that
    /// the system's structure has no room for; `ENOTSUP` for abstract names but on Linux; `EINVAL` for a mode that is more than
    /// permission bits, or that there is no file for.
    pub(crate) fn bind(&mut self, request: &UnixBindRequest<'_>) -> Result<UnixAddressBuf, Errno> {
        if let Some(UnixName::Path(path)) = request.address.map(|address| address.name()) {
            self.file = Some(BoundFile::bind(&self.inner, path, request)?);
        } else if request.mode.is_some() {
            return Err(Errno::EINVAL);
        } else {
            let name = address::abstract_name(request.address)?;
            self.inner.bind(&name).map_err(convert)?;
        }
        self.local_address()
    }

    /// The address it is bound to, asked of the operating system.
    pub(crate) fn local_address(&self) -> Result<UnixAddressBuf, Errno> {
        let address = self.inner.local_addr().map_err(convert)?;
        Ok(address::from_system(&address))
    }

    /// Connects to a peer.
    pub(crate) fn connect(&self, peer: UnixAddress<'_>) -> Result<(), Errno> {
        let address = address::to_system(peer)?;
        self.call(|socket| socket.connect(&address))
    }

    /// Forgets the peer.
    pub(crate) fn disconnect(&self) -> Result<(), Errno> {
        self.call(super::disconnect)
    }

    /// Offers one datagram to the system.
    ///
    /// A peer whose queue is full is waited for by connected sockets only: of a destination the system does not tell when it
    /// has room, and it must not delay the others. That is `EAGAIN`.
    pub(crate) fn send(&self, transmit: &UnixTransmit<'_>) -> Transmitted {
        self.send_by(transmit, |socket, address| {
            send_pieces(socket, &transmit.payload, address)
        })
    }

    fn send_by(
        &self,
        transmit: &UnixTransmit<'_>,
        mut send: impl FnMut(&Socket, Option<&SockAddr>) -> io::Result<usize>,
    ) -> Transmitted {
        let address = match transmit.destination.map(address::to_system).transpose() {
            Ok(address) => address,
            Err(errno) => return Transmitted::Failed(errno),
        };
        match self.call(|socket| send(socket, address.as_ref())) {
            Ok(_) => Transmitted::Sent,
            // BSD says ENOBUFS where Linux says EAGAIN.
            Err(Errno::EAGAIN) if address.is_none() => Transmitted::Blocked(Full::Buffer),
            Err(Errno::ENOBUFS) if address.is_none() => Transmitted::Blocked(Full::Memory),
            Err(Errno::ENOBUFS) => Transmitted::Failed(Errno::EAGAIN),
            Err(errno) => Transmitted::Failed(errno),
        }
    }

    /// Has datagrams tell who sent them.
    pub(crate) fn pass_credentials(&mut self, on: bool) -> Result<(), Errno> {
        control::set_pass_credentials(&self.inner, on)?;
        self.wanted.credentials = on;
        Ok(())
    }

    /// Has datagrams bring up to so many descriptors.
    pub(crate) fn receive_descriptors(&mut self, most: usize) -> Result<(), Errno> {
        control::check_descriptors(most)?;
        self.wanted.descriptors = most;
        Ok(())
    }

    /// [`send`](Self::send) with copies of descriptors.
    pub(crate) fn send_descriptors(
        &self,
        transmit: &UnixTransmit<'_>,
        descriptors: &[BorrowedFd<'_>],
    ) -> Transmitted {
        if let Err(errno) = control::check_descriptors(descriptors.len()) {
            return Transmitted::Failed(errno);
        }
        if descriptors.is_empty() {
            return Transmitted::Failed(Errno::EINVAL);
        }
        let pieces = transmit.payload.pieces().iter();
        let pieces: Vec<_> = pieces.map(|piece| IoSlice::new(piece)).collect();
        self.send_by(transmit, |socket, address| {
            control::send(socket, &pieces, address, descriptors)
        })
    }

    /// Takes the next datagram. Descriptors that come with it and were not asked for are closed by the system.
    ///
    /// # Errors
    /// `EAGAIN` when there is none.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<UnixReceived, Errno> {
        let room = buffer.len();
        let (len, sender, control) = self.call(|socket| {
            if self.wanted.is_any() {
                return control::receive(socket, buffer, self.wanted);
            }
            let mut buffers = [MaybeUninitSlice::new(as_uninit(buffer))];
            let (len, flags, sender) =
                socket.recv_from_vectored_with_flags(&mut buffers, RECEIVE_FLAGS)?;
            // Where the full length of a cut datagram is not told, nobody knows it.
            let is_cut = flags.is_truncated() && !TELLS_FULL_LENGTH;
            Ok((
                if is_cut { usize::MAX } else { len },
                sender,
                Control::default(),
            ))
        })?;
        let Control {
            credentials,
            descriptors,
            is_truncated,
        } = control;
        Ok(UnixReceived {
            len: len.min(room),
            wire_len: (len != usize::MAX).then_some(len),
            sender: address::from_system(&sender),
            ancillary: UnixAncillary::new(credentials, descriptors, is_truncated),
        })
    }

    /// One system call, made again when a signal interrupts it.
    fn call<T>(&self, mut call: impl FnMut(&Socket) -> io::Result<T>) -> Result<T, Errno> {
        loop {
            match call(&self.inner) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(convert),
            }
        }
    }
}

impl AsRawFd for OsUnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl Source for OsUnixSocket {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.as_raw_fd()).register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.as_raw_fd()).reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.as_raw_fd()).deregister(registry)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a function for `map_err`, which gives it away"
)]
fn convert(error: io::Error) -> Errno {
    errno::from_io(&error)
}

//! Unix datagram sockets where there are none: they cannot be opened.

use core::convert::Infallible;
use std::io;

use crate::unix::UnixAncillary;
use anydgram_core::{
    Errno, Transmitted, UnixAddress, UnixAddressBuf, UnixBindRequest, UnixTransmit,
};
use mio::event::Source;
use mio::{Interest, Registry, Token};

/// A descriptor that nobody can have.
pub(crate) type Descriptor = Infallible;

/// A socket that nobody can have.
#[derive(Debug)]
pub(crate) struct OsUnixSocket(Infallible);

/// What is known of a datagram that was received.
#[derive(Debug)]
pub(crate) struct UnixReceived {
    /// How many bytes of the buffer it has.
    pub(crate) len: usize,
    /// Its full length, where the system tells.
    pub(crate) wire_len: Option<usize>,
    /// Who sent it.
    pub(crate) sender: UnixAddressBuf,
    pub(crate) ancillary: UnixAncillary,
}

impl OsUnixSocket {
    pub(crate) const fn open() -> Result<Self, Errno> {
        Err(Errno::ENOTSUP)
    }

    pub(crate) fn bind(&self, _: &UnixBindRequest<'_>) -> Result<UnixAddressBuf, Errno> {
        match self.0 {}
    }

    pub(crate) fn connect(&self, _: UnixAddress<'_>) -> Result<(), Errno> {
        match self.0 {}
    }

    pub(crate) fn disconnect(&self) -> Result<(), Errno> {
        match self.0 {}
    }

    pub(crate) fn send(&self, _: &UnixTransmit<'_>) -> Transmitted {
        match self.0 {}
    }

    pub(crate) fn pass_credentials(&self, _: bool) -> Result<(), Errno> {
        match self.0 {}
    }

    pub(crate) fn receive_descriptors(&self, _: usize) -> Result<(), Errno> {
        match self.0 {}
    }

    pub(crate) fn receive(&self, _: &mut [u8]) -> Result<UnixReceived, Errno> {
        match self.0 {}
    }
}

impl Source for OsUnixSocket {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match self.0 {}
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        match self.0 {}
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        match self.0 {}
    }
}

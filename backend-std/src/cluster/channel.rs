//! One end of the channel between the primary and a worker: messages, with at most one descriptor each, over a pair of
//! connected sockets that has no name and no path.
//!
//! Nothing blocks. What the system has no room for waits in order; whoever hands more in while something waits decides
//! how much that may become.

use core::mem::MaybeUninit;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd as _, OwnedFd};

use alloc::collections::VecDeque;

use mio::net::UnixStream;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, SendAncillaryBuffer, SendAncillaryMessage, recvmsg,
    sendmsg,
};

use super::frame::{FRAME, Frame};
use crate::sys::cluster::{RECEIVE_FLAGS, SEND_FLAGS, set_close_on_exec};

/// One end of a channel. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) stream: UnixStream,
    incoming: Incoming,
    outgoing: VecDeque<Outgoing>,
}

/// The message that is being received.
#[derive(Debug)]
struct Incoming {
    bytes: Frame,
    received: usize,
    descriptor: Option<OwnedFd>,
}

/// A message that waits for room.
#[derive(Debug)]
struct Outgoing {
    bytes: Frame,
    sent: usize,
    /// Leaves with the first byte.
    descriptor: Option<OwnedFd>,
}

/// A message that has been received.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) frame: Frame,
    pub(super) descriptor: Option<OwnedFd>,
}

impl Channel {
    /// A channel on a connected socket that does not block.
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            incoming: Incoming::new(),
            outgoing: VecDeque::new(),
        }
    }

    /// Whether something waits for room.
    pub(super) fn is_blocked(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Sends a message, now or when there is room.
    ///
    /// # Errors
    /// What ends the channel.
    pub(super) fn send(&mut self, frame: Frame, descriptor: Option<OwnedFd>) -> io::Result<()> {
        self.outgoing.push_back(Outgoing {
            bytes: frame,
            sent: 0,
            descriptor,
        });
        self.flush()
    }

    /// Sends what waits, as far as there is room.
    ///
    /// # Errors
    /// What ends the channel, for sending: nothing waits any more then. What was received before can still be read.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.send_waiting().inspect_err(|_| self.outgoing.clear())
    }

    fn send_waiting(&mut self) -> io::Result<()> {
        while let Some(message) = self.outgoing.front_mut() {
            match message.send(&self.stream) {
                Ok(()) if message.sent == FRAME => {
                    self.outgoing.pop_front();
                }
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes a message; `None` when there is none yet.
    ///
    /// # Errors
    /// What ends the channel; [`io::ErrorKind::UnexpectedEof`] when the other side has closed it.
    pub(super) fn receive(&mut self) -> io::Result<Option<Received>> {
        loop {
            match self.incoming.receive(&self.stream) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) if self.incoming.received == FRAME => {
                    let Incoming {
                        bytes: frame,
                        descriptor,
                        ..
                    } = core::mem::replace(&mut self.incoming, Incoming::new());
                    return Ok(Some(Received { frame, descriptor }));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Outgoing {
    fn send(&mut self, stream: &UnixStream) -> io::Result<()> {
        let rest = self.bytes.get(self.sent..).unwrap_or_default();
        let descriptor = self.descriptor.as_ref().map(|fd| [fd.as_fd()]);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if let Some(descriptor) = &descriptor {
            let has_room = control.push(SendAncillaryMessage::ScmRights(descriptor));
            debug_assert!(has_room, "the space is for one descriptor");
        }
        let sent = sendmsg(stream, &[IoSlice::new(rest)], &mut control, SEND_FLAGS)?;
        if sent > 0 {
            self.descriptor = None;
        }
        self.sent = self.sent.saturating_add(sent);
        Ok(())
    }
}

impl Incoming {
    const fn new() -> Self {
        Self {
            bytes: [0; FRAME],
            received: 0,
            descriptor: None,
        }
    }

    /// Receives a part of one message, never of the next: that may bring a descriptor of its own.
    fn receive(&mut self, stream: &UnixStream) -> io::Result<usize> {
        let room = self.bytes.get_mut(self.received..).unwrap_or_default();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let message = recvmsg(
            stream,
            &mut [IoSliceMut::new(room)],
            &mut control,
            RECEIVE_FLAGS,
        )?;
        // More of them than there is space for are closed by the system, more than one by this loop.
        for ancillary in control.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = ancillary {
                for descriptor in descriptors {
                    set_close_on_exec(&descriptor)?;
                    self.descriptor = Some(descriptor);
                }
            }
        }
        self.received = self.received.saturating_add(message.bytes);
        Ok(message.bytes)
    }
}

#[cfg(test)]
mod tests;

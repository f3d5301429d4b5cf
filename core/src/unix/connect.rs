//! Connecting a Unix socket to a peer and letting it go.

use super::{Parting, Progress, UnixAddress, UnixAddressBuf, UnixSocket};
use crate::error::{Errno, Error, Misuse, Syscall, SystemError};
use crate::event::{Event, PendingEvent};
use crate::payload::Payload;
use crate::queue::Kind;
use crate::socket::ConnectState;
use crate::stats::count;

impl UnixSocket<'_> {
    /// Connects the socket to a peer, so that datagrams need no destination, wait while the peer's queue is full, and come
    /// from the peer only, which the system sees to; `Connect` follows, or `Error` and the socket is disconnected again.
    ///
    /// An unbound socket can be connected, and stays unbound.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::IsConnected`] while it is connected or connecting,
    /// [`Misuse::BadPath`] for an address that no system can take, [`Misuse::QueueFull`] when there is no memory for the
    /// address or for the event to come.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Storage, UnixSocket};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = UnixSocket::new(&mut storage);
    /// socket.connect("/dev/log")?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.connect`, which its `unix_dgram` sockets did not have
    pub fn connect<'a>(&mut self, peer: impl Into<UnixAddress<'a>>) -> Result<(), Misuse> {
        self.check_running()?;
        if self.connection != Progress::None {
            return Err(Misuse::IsConnected);
        }
        let nothing = Payload::Slice(&[]);
        self.push_reserving(Kind::Connect, Some(peer.into()), &nothing, true)?;
        self.connection = Progress::Queued;
        Ok(())
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::NotConnected`] unless it is connected.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&mut self) -> Result<(), Misuse> {
        self.check_running()?;
        if self.connection != Progress::Done {
            return Err(Misuse::NotConnected);
        }
        self.connection = Progress::None;
        self.parting = Parting::Due;
        Ok(())
    }

    /// The backend has done [`UnixAction::Connect`](crate::UnixAction::Connect), or why not.
    pub fn handle_connect(&mut self, outcome: Result<(), Errno>) {
        let entry = self.first_open(|entry| entry.kind == Kind::Connect);
        let (Progress::Issued, Some(entry)) = (self.connection, entry) else {
            count(&mut self.stats.stale);
            return;
        };
        match outcome {
            Ok(()) => {
                let peer = self.address_of(&entry);
                // It was checked when it was taken.
                let peer = peer.and_then(|peer| UnixAddressBuf::new(peer).ok());
                self.peer = peer.unwrap_or_default();
                self.connection = Progress::Done;
                self.release(entry.number);
                self.push_reserved(PendingEvent::Ready(Event::Connect));
            }
            Err(errno) => {
                self.connection = Progress::None;
                self.settle(entry.number, errno);
            }
        }
    }

    /// The backend has done [`UnixAction::Disconnect`](crate::UnixAction::Disconnect). If it failed, the socket is connected
    /// to its peer still, unless it has been connected anew.
    ///
    /// # Errors
    /// The failure with its label, for a driver that answers a call with it.
    pub fn handle_disconnect(&mut self, outcome: Result<(), Errno>) -> Result<(), Error<'static>> {
        if self.parting != Parting::Issued {
            count(&mut self.stats.stale);
            return Ok(());
        }
        self.parting = Parting::Done;
        let Err(errno) = outcome else { return Ok(()) };
        if self.connection == Progress::None && !self.is_closed {
            self.connection = Progress::Done;
        }
        Err(SystemError::new(Syscall::Connect, errno).into())
    }

    /// The peer.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::NotConnected`] unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<UnixAddress<'_>, Misuse> {
        self.check_running()?;
        if self.connection == Progress::Done {
            self.peer.address().ok_or(Misuse::NotConnected)
        } else {
            Err(Misuse::NotConnected)
        }
    }

    /// How far connecting is.
    #[must_use]
    pub const fn connect_state(&self) -> ConnectState {
        match self.connection {
            Progress::None => ConnectState::Disconnected,
            Progress::Queued | Progress::Issued => ConnectState::Connecting,
            Progress::Done => ConnectState::Connected,
        }
    }
}

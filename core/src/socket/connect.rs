//! Connecting to a peer and letting it go.

use super::bind::Bind;
use super::{Life, Socket};
use crate::address::{Endpoint, Host};
use crate::datagram::Destination;
use crate::error::{Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
use crate::event::{Event, Operation, PendingEvent};
use crate::queue::{Content, Entry, Failure, Kind, Stage};

/// Node's `connectState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "these are Node's three states")]
pub enum ConnectState {
    /// No peer.
    Disconnected,
    /// A connect is under way.
    Connecting,
    /// One peer, for sending and receiving.
    Connected,
}

/// How far connecting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    Disconnected,
    /// An entry of the queue has the host; it is done when its turn comes.
    Queued,
    /// The action has not been polled. There is no entry.
    Due(Origin),
    /// The backend is at it.
    Issued(Origin),
    Connected,
}

/// How far the backend has let the old peer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// There is none, or it is gone.
    Done,
    /// The action has not been polled.
    Due,
    /// The backend is at it.
    Issued,
}

/// What asked for the connection, and so who learns the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `connect`: by event.
    Call,
    /// `connect_sync`: within the call.
    WithinCall,
    /// `rebind`: nobody, unless it fails.
    Rebind,
}

impl Socket<'_> {
    /// Connects the socket to a peer: only its datagrams are received, and sends need no destination.
    /// Binds the socket first if it is unbound. `Connect` follows, or `Error` and the socket is
    /// disconnected again.
    ///
    /// # Errors
    /// [`Misuse::BadPort`] for port 0, [`Misuse::NotRunning`] on a closed socket, [`Misuse::IsConnected`]
    /// while it is connected or connecting, [`Misuse::BadHostName`] for a name that cannot be one,
    /// [`Misuse::QueueFull`] when the queue has no room for the call.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Destination, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.connect(Destination::new("192.0.2.1", 9))?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.connect`
    pub fn connect<'a>(&mut self, destination: impl Into<Destination<'a>>) -> Result<(), Misuse> {
        let Destination { host, port } = destination.into();
        self.check_connect(port)?;
        host.check()?;
        let was_unbound = self.bind == Bind::Unbound;
        self.bind_for_queued_call()?;
        let reserved = self.reserve_event();
        reserved
            .and_then(|()| {
                self.queue_connect(host, port)
                    .inspect_err(|_| self.unreserve_event())
            })
            .inspect_err(|_| {
                if was_unbound {
                    self.abandon_bind();
                }
            })
    }

    /// Connects within this call: the backend must take the actions and answer before it returns.
    /// `Connect` follows unless the socket is closed by then; a failure is returned by
    /// [`handle_connect`](Self::handle_connect) and is no event. An unbound socket is bound within this
    /// call as well.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); [`Misuse::NotNumeric`] for a host name, [`Misuse::AlreadyBound`]
    /// while a bind is under way, [`Misuse::IpBlocked`] if the send block list has the peer; as in Node, an
    /// unbound socket is bound all the same then.
    ///
    /// Node: `socket.connectSync` (26.4)
    #[doc(alias = "connectSync")]
    pub fn connect_sync<'a>(
        &mut self,
        destination: impl Into<Destination<'a>>,
    ) -> Result<(), Misuse> {
        let Destination { host, port } = destination.into();
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        self.check_connect(port)?;
        let address = match host {
            Host::Default => self.family().loopback(),
            Host::Ip(address) => address,
            Host::Name(_) => {
                return Err(Misuse::NotNumeric {
                    argument: "address",
                    call: "connectSync",
                });
            }
        };
        let was_unbound = self.bind == Bind::Unbound;
        match self.bind {
            Bind::Unbound => self.bind_implicitly_within_call()?,
            Bind::LookingUp | Bind::Requested | Bind::Opening => return Err(Misuse::AlreadyBound),
            Bind::Bound => {}
        }
        if self.blocks_destination(address) {
            return Err(Misuse::IpBlocked(address));
        }
        self.reserve_event().inspect_err(|_| {
            if was_unbound {
                self.abandon_bind();
            }
        })?;
        self.peer = Endpoint::new(address, port);
        self.connection = Connection::Due(Origin::WithinCall);
        Ok(())
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`] unless the socket is connected, [`Misuse::NotRunning`] if it was connected
    /// when it was closed.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&mut self) -> Result<(), Misuse> {
        if !self.is_connected() {
            return Err(Misuse::NotConnected);
        }
        self.check_running()?;
        // A backend that has not been told to connect again has no peer to let go.
        if self.connection != Connection::Due(Origin::Rebind) {
            self.parting = Parting::Due;
        }
        self.connection = Connection::Disconnected;
        Ok(())
    }

    /// The backend has done [`Action::Connect`](crate::Action::Connect): the socket's own address now, if
    /// the stack tells, or why not.
    ///
    /// # Errors
    /// The failure with its label and address, for a driver that answers a call with it. It is an event,
    /// too, unless the connection was to be made within its call.
    pub fn handle_connect(
        &mut self,
        outcome: Result<Option<Endpoint>, Errno>,
    ) -> Result<(), Error<'static>> {
        let (Connection::Issued(origin), Life::Open) = (self.connection, self.life) else {
            crate::stats::count(&mut self.rare().stale);
            return Ok(());
        };
        match outcome {
            Ok(local) => {
                self.connection = Connection::Connected;
                self.local = local.unwrap_or(self.local);
                self.drop_entries_of(Kind::Connect);
                let event = Event::Connect;
                match origin {
                    Origin::Call => self.push_reserved(PendingEvent::Ready(event)),
                    Origin::WithinCall => self.push_reserved(PendingEvent::UnlessClosed(event)),
                    Origin::Rebind => {}
                }
                Ok(())
            }
            Err(errno) => Err(self.fail_connect(Failure::System(errno))),
        }
    }

    /// The backend has failed at [`Action::Disconnect`](crate::Action::Disconnect): the socket is connected as before.
    ///
    /// # Errors
    /// The failure as Node labels it, `connect CODE`.
    pub fn handle_disconnect(&mut self, outcome: Result<(), Errno>) -> Result<(), Error<'static>> {
        if self.parting != Parting::Issued {
            crate::stats::count(&mut self.rare().stale);
            return Ok(());
        }
        self.parting = Parting::Done;
        let Err(errno) = outcome else { return Ok(()) };
        if self.connection == Connection::Disconnected && self.is_bound() {
            self.connection = Connection::Connected;
        }
        Err(SystemError::new(Syscall::Connect, errno).into())
    }

    /// The connected peer.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::NotConnected`] unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<Endpoint, Error<'static>> {
        if self.life != Life::Open {
            return Err(Misuse::NotRunning.into());
        }
        if self.is_connected() {
            Ok(self.peer)
        } else {
            Err(Misuse::NotConnected.into())
        }
    }

    /// How far connecting is.
    #[must_use]
    pub const fn connect_state(&self) -> ConnectState {
        match self.connection {
            Connection::Disconnected => ConnectState::Disconnected,
            Connection::Connected
            | Connection::Due(Origin::Rebind)
            | Connection::Issued(Origin::Rebind) => ConnectState::Connected,
            Connection::Queued | Connection::Due(_) | Connection::Issued(_) => {
                ConnectState::Connecting
            }
        }
    }

    /// Whether there is a peer; a rebind, which makes the connection again, does not change that.
    pub(super) fn is_connected(&self) -> bool {
        self.connect_state() == ConnectState::Connected
    }

    /// Whether the backend is at the connect of a `connect_sync`.
    pub(super) const fn connects_within_call(&self) -> bool {
        matches!(self.connection, Connection::Issued(Origin::WithinCall))
    }

    /// The disconnect action, once.
    pub(super) fn poll_disconnect(&mut self) -> bool {
        let is_due = self.parting == Parting::Due && self.is_bound();
        if is_due {
            self.parting = Parting::Issued;
        }
        is_due
    }

    fn check_connect(&self, port: u16) -> Result<(), Misuse> {
        if port == 0 {
            return Err(Misuse::BadPort { port: Some(port) });
        }
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        if self.connection == Connection::Disconnected {
            Ok(())
        } else {
            Err(Misuse::IsConnected)
        }
    }

    fn queue_connect(&mut self, host: Host<'_>, port: u16) -> Result<(), Misuse> {
        let number = self.next_number();
        let mut entry = Entry::new(number, Kind::Connect, host, self.family().loopback());
        entry.port = port;
        entry.stage = self.first_stage(&entry);
        self.push_entry(&entry, &Content::of_host(host))?;
        self.connection = Connection::Queued;
        Ok(())
    }

    /// The connect action, once, when no datagram of an earlier call is before it.
    pub(super) fn poll_connect(&mut self) -> Option<Endpoint> {
        if let Connection::Due(origin) = self.connection {
            self.connection = Connection::Issued(origin);
            self.parting = Parting::Done;
            return Some(self.peer);
        }
        if self.connection != Connection::Queued || self.tally.in_line.is_zero() {
            return None;
        }
        let queue = self.memory.queue();
        let entry = *queue
            .first_in_line()
            .filter(|entry| entry.kind == Kind::Connect)?;
        self.connection = Connection::Issued(Origin::Call);
        self.peer = Endpoint::new(entry.address, entry.port);
        let failure = if self.blocks_destination(entry.address) {
            Failure::Blocked
        } else if entry.address.family() != self.family() {
            Failure::System(Errno::EINVAL)
        } else {
            self.parting = Parting::Done;
            return Some(self.peer);
        };
        // The event tells; nobody waits for the result within a call.
        let _: Error<'static> = self.fail_connect(failure);
        None
    }

    /// The host of the connect has been looked up.
    pub(super) fn connect_looked_up(
        &mut self,
        entry: Entry,
        outcome: Result<crate::Address, Errno>,
    ) {
        match outcome {
            Ok(address) => self.make_ready(entry.number, address),
            Err(errno) => {
                self.connection = Connection::Issued(Origin::Call);
                let _: Error<'static> = self.fail_connect(Failure::Lookup(errno));
            }
        }
    }

    /// Makes the connection of before once more, for `rebind`; one under way is begun again.
    pub(super) fn connect_again(&mut self) {
        self.connection = match self.connection {
            Connection::Connected => Connection::Due(Origin::Rebind),
            Connection::Issued(Origin::Call) => Connection::Queued,
            Connection::Due(origin) | Connection::Issued(origin) => Connection::Due(origin),
            Connection::Disconnected => Connection::Disconnected,
            Connection::Queued => Connection::Queued,
        };
    }

    /// Ends a connect, or a connection, without an event.
    pub(super) fn forget_connect(&mut self) {
        let has_reserved = match self.connection {
            Connection::Queued => true,
            Connection::Due(origin) | Connection::Issued(origin) => origin != Origin::Rebind,
            Connection::Disconnected | Connection::Connected => false,
        };
        if has_reserved {
            self.unreserve_event();
        }
        self.connection = Connection::Disconnected;
        self.drop_entries_of(Kind::Connect);
    }

    fn fail_connect(&mut self, failure: Failure) -> Error<'static> {
        let Connection::Issued(origin) = self.connection else {
            return Misuse::NotConnected.into();
        };
        self.connection = Connection::Disconnected;
        if origin != Origin::Rebind {
            self.unreserve_event();
        }
        let entry = self
            .memory
            .queue()
            .entries
            .iter()
            .find(|entry| is_open_connect(entry))
            .copied();
        if let Some(entry) = entry {
            self.settle_by_event(entry, failure);
            return entry.error(failure, "").without_name();
        }
        let errno = if let Failure::System(errno) | Failure::Lookup(errno) = failure {
            errno
        } else {
            Errno::EACCES
        };
        let to = ErrorAddress::Ip(self.peer.address);
        let error = Error::from(SystemError::at(Syscall::Connect, errno, to, self.peer.port));
        if origin == Origin::Rebind {
            self.try_push_error(Operation::Connect, error);
        }
        error
    }
}

fn is_open_connect(entry: &Entry) -> bool {
    entry.kind == Kind::Connect && !matches!(entry.stage, Stage::Settled(_) | Stage::Released)
}

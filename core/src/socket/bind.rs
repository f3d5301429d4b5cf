//! Binding: explicit, implicit, by descriptor, within the call, and again after the stack was lost.

mod details;

use core::num::NonZeroU32;

pub(super) use details::BindDetails;

use super::connect::Parting;
use super::{Life, Socket};
use crate::address::{Endpoint, Host};
use crate::error::{Errno, Error, Misuse, Syscall, SystemError};
use crate::event::{Event, Operation, PendingEvent};
use crate::options::BindOptions;
use crate::output::BindRequest;
use crate::queue::{Content, Entry, Kind, Stage};

/// Node's `bindState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "these are Node's three states")]
pub enum BindState {
    /// Never bound, or the bind failed.
    Unbound,
    /// A bind is under way.
    Binding,
    /// Bound; for good, until the socket is closed.
    Bound,
}

/// How far binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bind {
    Unbound,
    /// The host is looked up.
    LookingUp,
    /// The action has not been polled.
    Requested,
    /// The backend is at it.
    Opening,
    Bound,
}

impl Socket<'_> {
    /// Binds the socket; `Listening` follows, or `Error` and the socket is unbound again.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::AlreadyBound`] unless it is unbound,
    /// [`Misuse::BadHostName`] for a name that cannot be one, [`Misuse::QueueFull`] when there is no
    /// memory for the name or for the events to come.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{BindOptions, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.bind(BindOptions::port(41_234).address("127.0.0.1"))?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.bind`
    pub fn bind<'a>(&mut self, options: impl Into<BindOptions<'a>>) -> Result<(), Misuse> {
        let options = options.into();
        self.check_unbound()?;
        options.host.check()?;
        // An adopted descriptor has its result within the call, as in Node.
        let within_call = options.fd.is_some();
        let details = BindDetails {
            exclusive: options.exclusive,
            within_call,
            ..BindDetails::with_fd(options.fd)
        };
        self.begin_bind(options.host, options.port, details)
    }

    /// Binds the socket within this call: the backend must take the action and answer before it returns.
    /// `Listening` follows unless the socket is closed by then; a failure is returned by
    /// [`handle_bind`](Self::handle_bind) and is no event.
    ///
    /// # Errors
    /// As [`bind`](Self::bind); [`Misuse::NotNumeric`] for a host name, which this call never looks up.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Action, Endpoint, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.bind_sync(("127.0.0.1", 9))?;
    /// // What a backend does before its own call returns:
    /// let Some(Action::Bind(request)) = socket.poll_action() else { panic!("it binds") };
    /// socket.handle_bind(Ok(Endpoint::new(request.address, request.port)))?;
    /// assert_eq!(socket.address()?.port, 9);
    /// # Ok::<(), anydgram_core::Error<'static>>(())
    /// ```
    ///
    /// Node: `socket.bindSync` (26.4)
    #[doc(alias = "bindSync")]
    pub fn bind_sync<'a>(&mut self, options: impl Into<BindOptions<'a>>) -> Result<(), Misuse> {
        let options = options.into();
        self.check_unbound()?;
        if matches!(options.host, Host::Name(_)) {
            return Err(Misuse::NotNumeric {
                argument: "options.address",
                call: "bindSync",
            });
        }
        let details = BindDetails {
            exclusive: true,
            within_call: true,
            ..BindDetails::default()
        };
        self.reserve_event()?;
        self.request_bind(options.host, options.port, details);
        Ok(())
    }

    /// Opens the socket's stack again at the same address, after the backend has lost it (suspend,
    /// interface gone): memberships, options and the connection are made again, `Listening` follows once
    /// more. Waiting datagrams stay.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::NotBound`] unless it is bound.
    pub fn rebind(&mut self) -> Result<(), Misuse> {
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        if self.bind != Bind::Bound {
            return Err(Misuse::NotBound);
        }
        self.reserve_event()?;
        self.bind = Bind::Requested;
        self.details = BindDetails {
            exclusive: self.details.exclusive,
            again: true,
            ..BindDetails::default()
        };
        self.parting = Parting::Done;
        self.apply_options_again();
        self.join_again();
        self.connect_again();
        Ok(())
    }

    /// The backend has done [`Action::Bind`](crate::Action::Bind): the address the socket is bound to, or why not.
    ///
    /// # Errors
    /// The failure with its label and address, for a driver that answers a call with it. It is an event,
    /// too, unless the bind was to have its result within its call.
    pub fn handle_bind(
        &mut self,
        outcome: Result<Endpoint, Error<'static>>,
    ) -> Result<(), Error<'static>> {
        if self.bind != Bind::Opening || self.life == Life::Closed {
            crate::stats::count(&mut self.rare().stale);
            return Ok(());
        }
        match outcome {
            Ok(local) => {
                self.bind = Bind::Bound;
                self.local = local;
                // With an adopted descriptor, Node emits it within the call: nothing can overtake it.
                let event = if self.details.within_call && !self.details.has_fd {
                    PendingEvent::UnlessClosed(Event::Listening)
                } else {
                    PendingEvent::Ready(Event::Listening)
                };
                self.push_reserved(event);
                self.start_waiting();
                self.end_closing();
                Ok(())
            }
            Err(error) => {
                self.fail_bind(|socket| {
                    if !socket.details.within_call {
                        let operation = Operation::Bind;
                        socket.push_event(PendingEvent::Ready(Event::Error { operation, error }));
                    }
                });
                Err(error)
            }
        }
    }

    /// The backend tells the address the socket has now: a connect or a disconnect may change it.
    pub fn handle_local_address(&mut self, local: Endpoint) {
        if self.bind == Bind::Bound {
            self.local = local;
        }
    }

    /// The backend tells which peer the socket is connected to: a stack may take the wildcard address for its loopback
    /// address.
    pub fn handle_peer_address(&mut self, peer: Endpoint) {
        if self.is_connected() {
            self.peer = peer;
        }
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `getsockname EBADF` before it is bound.
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<Endpoint, Error<'static>> {
        self.check_bound(Syscall::GetSockName)?;
        Ok(self.local)
    }

    /// How far binding is.
    #[must_use]
    pub const fn bind_state(&self) -> BindState {
        match self.bind {
            Bind::Unbound => BindState::Unbound,
            Bind::LookingUp | Bind::Requested | Bind::Opening => BindState::Binding,
            Bind::Bound => BindState::Bound,
        }
    }

    /// Whether the bind or the connect that the backend is at has its result within its call, so that a failure
    /// is no event. A driver that cannot answer the call reports it by
    /// [`handle_failure`](Self::handle_failure).
    #[must_use]
    pub fn answers_within_call(&self) -> bool {
        match self.bind {
            Bind::Opening => self.details.within_call,
            Bind::Unbound | Bind::LookingUp | Bind::Requested => false,
            Bind::Bound => self.connects_within_call(),
        }
    }

    pub(super) fn is_bound(&self) -> bool {
        self.bind == Bind::Bound
    }

    /// `Ok` on a bound socket; a closed one is not running, an unbound one has no descriptor.
    pub(super) fn check_bound(&self, syscall: Syscall) -> Result<(), Error<'static>> {
        if self.life != Life::Open {
            return Err(Misuse::NotRunning.into());
        }
        if self.bind == Bind::Bound {
            Ok(())
        } else {
            Err(SystemError::new(syscall, Errno::EBADF).into())
        }
    }

    fn check_unbound(&self) -> Result<(), Misuse> {
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        if self.bind == Bind::Unbound {
            Ok(())
        } else {
            Err(Misuse::AlreadyBound)
        }
    }

    /// Starts a bind to the wildcard address and a port of the stack's choice, if there is none.
    pub(super) fn bind_implicitly(&mut self) -> Result<(), Misuse> {
        if self.bind != Bind::Unbound {
            return Ok(());
        }
        self.begin_bind(
            Host::Default,
            0,
            BindDetails {
                exclusive: true,
                ..BindDetails::default()
            },
        )
    }

    /// The same for a call that goes to the queue: beside the lookup of the bind, if there is one.
    pub(super) fn bind_for_queued_call(&mut self) -> Result<(), Misuse> {
        let is_looked_up = self.bind == Bind::Unbound && self.options.look_up_always;
        if is_looked_up && self.memory.queue().entries.capacity() < 2 {
            return Err(Misuse::QueueFull);
        }
        self.bind_implicitly()
    }

    /// The same within the call, for `connect_sync`.
    pub(super) fn bind_implicitly_within_call(&mut self) -> Result<(), Misuse> {
        self.reserve_event()?;
        self.request_bind(
            Host::Default,
            0,
            BindDetails {
                exclusive: true,
                within_call: true,
                ..BindDetails::default()
            },
        );
        Ok(())
    }

    /// Takes a bind that has just been started back.
    pub(super) fn abandon_bind(&mut self) {
        if matches!(self.bind, Bind::Requested | Bind::LookingUp) {
            self.bind = Bind::Unbound;
            self.unreserve_event();
            self.drop_entries_of(Kind::Bind);
        }
    }

    /// The bind action, once.
    pub(super) fn poll_bind(&mut self) -> Option<BindRequest> {
        if self.bind != Bind::Requested {
            return None;
        }
        self.bind = Bind::Opening;
        let options = &self.options;
        Some(BindRequest {
            family: options.family(),
            address: self.local.address,
            port: self.local.port,
            fd: self.details.fd(),
            exclusive: self.details.exclusive || options.reuse_port,
            reuse_address: options.reuse_address,
            reuse_port: options.reuse_port,
            ipv6_only: options.ipv6_only,
            receive_buffer_size: options.receive_buffer_size.map(NonZeroU32::get),
            send_buffer_size: options.send_buffer_size.map(NonZeroU32::get),
            dont_fragment: options.dont_fragment,
            metadata: options.metadata,
        })
    }

    /// The host of the bind has been looked up.
    pub(super) fn bind_looked_up(&mut self, entry: Entry, outcome: Result<crate::Address, Errno>) {
        match outcome {
            Ok(address) => {
                self.release(entry.number);
                self.local.address = address;
                self.bind = Bind::Requested;
            }
            Err(errno) => self.fail_bind(|socket| {
                socket.settle_by_event(entry, crate::queue::Failure::Lookup(errno));
            }),
        }
    }

    fn begin_bind(
        &mut self,
        host: Host<'_>,
        port: u16,
        details: BindDetails,
    ) -> Result<(), Misuse> {
        self.reserve_event()?;
        let needs_lookup =
            !details.has_fd && (self.options.look_up_always || matches!(host, Host::Name(_)));
        if !needs_lookup {
            self.request_bind(host, port, details);
            return Ok(());
        }
        let number = self.next_number();
        let mut entry = Entry::new(number, Kind::Bind, host, self.family().wildcard());
        entry.stage = Stage::NeedsLookup;
        self.push_entry(&entry, &Content::of_host(host))
            .inspect_err(|_| self.unreserve_event())?;
        self.bind = Bind::LookingUp;
        self.local = Endpoint::new(self.family().wildcard(), port);
        self.details = details;
        Ok(())
    }

    fn request_bind(&mut self, host: Host<'_>, port: u16, details: BindDetails) {
        let address = if let Host::Ip(address) = host {
            address
        } else {
            self.family().wildcard()
        };
        self.bind = Bind::Requested;
        self.local = Endpoint::new(address, port);
        self.details = details;
    }

    /// Back to unbound, first of all, so that a handler of the error can bind again; then `tell`, then
    /// everything that waited for the bind ends.
    fn fail_bind(&mut self, tell: impl FnOnce(&mut Self)) {
        self.bind = Bind::Unbound;
        self.details.again = false;
        self.unreserve_event();
        self.forget_connect();
        tell(self);
        self.cancel_sends();
        self.forget_memberships();
        self.end_closing();
    }
}

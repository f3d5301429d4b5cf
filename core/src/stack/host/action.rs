//! Actions: what a socket asks for, one at a time.

use super::lookup::Lookup;
use super::path::lacks_scope;
use super::receive::mapped;
use super::{Context, Host};
use crate::address::{Address, Endpoint, Family, Ip};
use crate::datagram::Datagram;
use crate::error::{Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
use crate::event::Operation;
use crate::features::IPV6;
use crate::output::{Action, BindRequest, MulticastInterface, SocketOption, Transmitted};
use crate::send_meta::SendMeta;
use crate::socket::{BindState, Socket};
use crate::sockets::{SocketId, Sockets};
use crate::stack::packet::Wire;
use crate::stack::ports::Binding;
use crate::time::Instant;
use crate::token::SendToken;

/// What came of an action.
#[derive(Default)]
pub(super) struct Done {
    /// The socket was connected.
    pub(super) is_connected: bool,
    /// A failure that nobody has been told.
    pub(super) untold: Option<(Operation, Error<'static>)>,
}

impl Done {
    fn new(operation: Operation, result: Result<(), Error<'static>>, is_told: bool) -> Self {
        Self {
            is_connected: operation == Operation::Connect && result.is_ok(),
            untold: result
                .err()
                .filter(|_| !is_told)
                .map(|error| (operation, error)),
        }
    }
}

impl Host<'_> {
    /// Carries out at once what a socket asks for, and sends what it has: for whoever wants the outcome of a call with the
    /// call, as Node has it for options, memberships, `bindSync` and `connectSync`. Without it, [`poll`](Self::poll) does
    /// the same, and failures are events.
    ///
    /// # Errors
    /// The first failure; it is no event then. What Node tells by an event, the failure of a `bind` or a `connect`, is
    /// an event here, too.
    pub fn carry_out<W: Wire + ?Sized>(
        &mut self,
        now: Instant,
        wire: &mut W,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        let Some(socket) = sockets.get_mut(id) else {
            return Ok(());
        };
        let context = &mut Context { now, wire };
        let mut result = Ok(());
        while let Some(done) = self.act(context, id, socket) {
            if let Some((_, error)) = done.untold {
                result = result.and(Err(error));
            }
        }
        self.flush(context, id, socket);
        result
    }

    /// Sends a datagram of a socket within the call, and without copying it, if it need not wait; otherwise as
    /// [`Socket::send`].
    ///
    /// # Errors
    /// As [`Socket::send`].
    pub fn send<W: Wire + ?Sized>(
        &mut self,
        context: (Instant, &mut W),
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let socket = sockets.get_mut(id).ok_or(Misuse::NotRunning)?;
        let (now, wire) = context;
        let mut is_tried = false;
        let token = socket.send_now(datagram, |transmit| {
            is_tried = true;
            let sent = self.transmit(&mut Context { now, wire }, id, transmit);
            sent.unwrap_or_else(Transmitted::Failed)
        });
        if is_tried {
            self.tell_refusal(id, socket);
        }
        token
    }

    /// Takes the socket's next action and carries it out.
    pub(super) fn act<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        socket: &mut Socket<'_>,
    ) -> Option<Done> {
        let asks_always = socket.options().look_up_always;
        Some(match socket.poll_action()? {
            Action::LookUp {
                token,
                host,
                family,
            } => {
                let question = Lookup {
                    id,
                    token,
                    host,
                    family,
                };
                if let Some(answer) = self.look_up(context, asks_always, question) {
                    socket.handle_lookup(token, answer);
                }
                Done::default()
            }
            Action::Bind(request) => self.open(context.wire, id, socket, &request),
            Action::SetOption(option) => {
                let outcome = self.set_option(id, option);
                let result = socket.handle_option(option, outcome);
                Done::new(Operation::Option, result.map_err(Error::from), false)
            }
            Action::Membership(change, membership) => {
                let outcome = self.change_membership(context.wire, id, change, &membership);
                let result = socket.handle_membership(change, membership, outcome);
                Done::new(Operation::Membership, result.map_err(Error::from), false)
            }
            Action::Connect(peer) => {
                let is_told = !socket.answers_within_call();
                let outcome = self.connect(id, peer);
                let result = socket.handle_connect(outcome.map(|(local, _)| Some(local)));
                if let Ok((_, reached)) = outcome {
                    socket.handle_peer_address(reached);
                }
                Done::new(Operation::Connect, result, is_told)
            }
            Action::Disconnect => {
                self.ports.disconnect(id);
                let result = socket.handle_disconnect(Ok(()));
                if let Some(slot) = self.ports.get(id) {
                    socket.handle_local_address(slot.local());
                }
                let done = Done::new(Operation::Connect, result, false);
                Done {
                    is_connected: false,
                    ..done
                }
            }
            Action::Close => {
                self.forget(context.wire, id);
                Done::default()
            }
        })
    }

    /// Binds a socket, and tells it.
    fn open<W: Wire + ?Sized>(
        &mut self,
        wire: &mut W,
        id: SocketId,
        socket: &mut Socket<'_>,
        request: &BindRequest,
    ) -> Done {
        let is_told = !socket.answers_within_call();
        self.vacate(wire, id);
        let outcome = self.bind(id, request);
        if let Some(error) = buffer_error(request).filter(|_| outcome.is_ok()) {
            // Before `Listening`, as the sizes are set before the socket listens.
            socket.handle_failure(Operation::Option, error);
        }
        let result = socket.handle_bind(outcome);
        if socket.bind_state() != BindState::Bound {
            self.ports.release(id);
        }
        Done::new(Operation::Bind, result, is_told)
    }

    /// Binds a socket, and returns where it is bound.
    fn bind(&mut self, id: SocketId, request: &BindRequest) -> Result<Endpoint, Error<'static>> {
        if request.fd.is_some() {
            return Err(SystemError::new(Syscall::Open, Errno::ENOTSUP).into());
        }
        let bound = self
            .check_bind(request)
            .and_then(|()| self.ports.bind(id, Binding::from(request)));
        match bound {
            Ok(port) => Ok(Endpoint::new(request.address.significant(), port)),
            Err(errno) => {
                let address = ErrorAddress::Ip(request.address);
                Err(SystemError::at(Syscall::Bind, errno, address, request.port).into())
            }
        }
    }

    /// As Linux: an own address, the wildcard address, a group, or a broadcast address.
    fn check_bind(&self, request: &BindRequest) -> Result<(), Errno> {
        if request.dont_fragment {
            return Err(Errno::ENOTSUP);
        }
        let address = request.address;
        if !IPV6 && (request.family == Family::V6 || address.family() == Family::V6) {
            return Err(Errno::EAFNOSUPPORT);
        }
        let is_mapped = address.ip.is_ipv6() && address.canonical().ip.is_ipv4();
        if address.family() != request.family
            || (request.ipv6_only && (request.family == Family::V4 || is_mapped))
        {
            return Err(Errno::EINVAL);
        }
        let needs_scope = address.needs_scope();
        if needs_scope && address.scope_id() == 0 {
            return Err(Errno::EINVAL);
        }
        if needs_scope && self.interfaces.name(address.scope_id()).is_none() {
            return Err(Errno::ENODEV);
        }
        let address = address.canonical();
        let is_fit = address.is_unspecified()
            || address.is_multicast()
            || self.interfaces.broadcasts(None, address.ip)
            || self.interfaces.owner(address).is_some();
        if is_fit {
            Ok(())
        } else {
            Err(Errno::EADDRNOTAVAIL)
        }
    }

    fn set_option(&mut self, id: SocketId, option: SocketOption) -> Result<(), Errno> {
        let interface = match option {
            SocketOption::MulticastInterface(interface) => {
                self.multicast_interface(id, interface)?
            }
            SocketOption::Broadcast(_)
            | SocketOption::Ttl(_)
            | SocketOption::MulticastTtl(_)
            | SocketOption::MulticastLoopback(_)
            | SocketOption::ReceiveBufferSize(_)
            | SocketOption::SendBufferSize(_) => 0,
        };
        let slot = self.ports.get_mut(id).ok_or(Errno::EBADF)?;
        match option {
            SocketOption::Broadcast(on) => slot.set_broadcast(on),
            SocketOption::Ttl(ttl) => slot.set_ttl(ttl),
            SocketOption::MulticastTtl(ttl) => slot.set_multicast_ttl(ttl),
            SocketOption::MulticastLoopback(on) => slot.set_multicast_loopback(on),
            SocketOption::MulticastInterface(_) => slot.set_multicast_interface(interface),
            SocketOption::ReceiveBufferSize(_) | SocketOption::SendBufferSize(_) => {
                return Err(Errno::ENOTSUP);
            }
        }
        Ok(())
    }

    /// The index that is meant, 0 for the host's choice; `ENOPROTOOPT` for an IPv6 option of an IPv4 socket.
    fn multicast_interface(
        &self,
        id: SocketId,
        interface: MulticastInterface,
    ) -> Result<u32, Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let index = match interface {
            MulticastInterface::V4(address) if address.is_unspecified() => return Ok(0),
            MulticastInterface::V4(address) => {
                let owner = self.interfaces.owner(address.into());
                return owner.ok_or(Errno::EADDRNOTAVAIL);
            }
            MulticastInterface::V6(_) if slot.family() == Family::V4 => {
                return Err(Errno::ENOPROTOOPT);
            }
            MulticastInterface::V6(index) | MulticastInterface::Index(index) => index,
        };
        if index == 0 || self.interfaces.name(index).is_some() {
            Ok(index)
        } else if slot.family() == Family::V4 {
            Err(Errno::EADDRNOTAVAIL)
        } else {
            Err(Errno::ENODEV)
        }
    }

    /// Connects a socket, and returns the addresses that it and its peer have from now on.
    fn connect(&mut self, id: SocketId, peer: Endpoint) -> Result<(Endpoint, Endpoint), Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let family = slot.family();
        let local = slot.local();
        if IPV6 && lacks_scope(slot, peer.address) {
            return Err(Errno::EINVAL);
        }
        let path = self.path(slot, peer, &SendMeta::new())?;
        self.ports.connect(id, path.destination, path.source.told());
        let ip = if local.address.is_unspecified() {
            path.source
        } else {
            local.address.ip
        };
        let local = Endpoint {
            address: presented(ip, family, self.owner_of(path.interface, &ip)),
            ..local
        };
        let reached = if peer.address.is_unspecified() {
            path.destination.address
        } else {
            peer.address
        };
        Ok((local, Endpoint::new(reached, peer.port)))
    }

    /// Releases everything that belongs to a socket.
    pub(super) fn forget<W: Wire + ?Sized>(&mut self, wire: &mut W, id: SocketId) {
        self.leave_all(wire, id);
        self.ports.release(id);
    }

    /// Forgets a socket that was taken away without being closed, and whose place another one has got.
    fn vacate<W: Wire + ?Sized>(&mut self, wire: &mut W, id: SocketId) {
        let occupant = self.ports.occupant(id.index());
        if let Some(old) = occupant.filter(|&old| old != id) {
            self.forget(wire, old);
        }
    }
}

/// An own address as a socket of `family` has it.
fn presented(ip: Ip, family: Family, interface: u32) -> Address {
    let address = crate::stack::scoped(ip, interface);
    if IPV6 && family == Family::V6 {
        mapped(address)
    } else {
        address
    }
}

/// What there is against the buffer sizes of a bind: they are fixed.
fn buffer_error(request: &BindRequest) -> Option<SystemError<'static>> {
    let syscall = if request.receive_buffer_size.is_some() {
        Syscall::ReceiveBufferSize
    } else if request.send_buffer_size.is_some() {
        Syscall::SendBufferSize
    } else {
        return None;
    };
    Some(SystemError::new(syscall, Errno::ENOTSUP))
}

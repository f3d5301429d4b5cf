//! Calls: from their arguments to the core's commands, and what of them has to be answered within the call.

use core::net::IpAddr;

use anydgram_core::dynamic::{self, Call, Connect, Listen, Value};
use anydgram_core::{
    Address, BindState, Errno, Error, ErrorAddress, Host, Interface, Misuse, MulticastInterface,
    Socket, Syscall, SystemError, split_zone,
};

use super::events::{endpoint, number, thrown};
use super::listeners::name;
use super::smoltcp::INTERFACES;
use super::{HandlerBackend, Network, Record};
use crate::backend::SocketId;

type Outcome = Result<Value, Value>;

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each method is in one of two functions"
)]
pub(super) fn carry_out<N: Network + 'static>(
    backend: &HandlerBackend<N>,
    socket: SocketId,
    call: Call<'_>,
) -> Outcome {
    let record = &*backend.record(socket);
    let ask = |work: &dyn Fn(&mut Socket<'static>) -> Value| {
        Ok(backend.with(record, |socket| work(socket)))
    };
    match call {
        Call::Bind(bind) => backend.bind(socket, &bind),
        Call::BindSync(bind) => {
            let options = bind.options();
            refused(
                backend.with(record, |socket| socket.bind_sync(options)),
                options.host,
            )?;
            backend.carry_out(record)?;
            told(backend.with(record, |socket| socket.address()))
        }
        Call::Connect(connect) => backend.connect(socket, &connect),
        Call::ConnectSync(connect) => {
            let to = connect.destination();
            let outcome = backend.with(record, |socket| socket.connect_sync(to));
            // It binds the socket even if it is refused.
            let carried_out = backend.carry_out(record);
            refused(outcome, to.host)?;
            carried_out.map(|()| Value::Undefined)
        }
        Call::Disconnect => backend.command(record, |socket| socket.disconnect()),
        Call::Send(send) => backend.send(socket, &send),
        Call::Close(callback) => {
            if let Some(function) = callback {
                record.listeners.add("close", function, false, false);
            }
            backend.command(record, |socket| socket.close())
        }
        Call::Address => told(backend.with(record, |socket| socket.address())),
        Call::RemoteAddress => told(backend.with(record, |socket| socket.remote_address())),
        Call::Ref | Call::Unref | Call::SetMaxListeners(_) => Ok(Value::Undefined),
        Call::AddMembership(call) => backend.change_membership(record, &call, true),
        Call::DropMembership(call) => backend.change_membership(record, &call, false),
        Call::ReceiveBufferSize => unsupported(Syscall::ReceiveBufferSize),
        Call::SendBufferSize => unsupported(Syscall::SendBufferSize),
        Call::SendQueueSize => ask(&|socket| number(socket.send_queue_size())),
        Call::SendQueueCount => ask(&|socket| number(socket.send_queue_count())),
        other => set_or_listen(backend, record, other),
    }
}

/// The calls that set an option, and those of listeners.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each method is in one of two functions"
)]
fn set_or_listen<N: Network + 'static>(
    backend: &HandlerBackend<N>,
    record: &Record,
    call: Call<'_>,
) -> Outcome {
    match call {
        Call::SetBroadcast(on) => backend.command(record, |socket| socket.set_broadcast(on)),
        Call::SetTtl(hops) => backend.command(record, |socket| socket.set_ttl(hops)),
        Call::SetMulticastTtl(hops) => {
            backend.command(record, |socket| socket.set_multicast_ttl(hops))
        }
        Call::SetMulticastLoopback(on) => {
            backend.command(record, |socket| socket.set_multicast_loopback(on))
        }
        Call::SetMulticastInterface(text) => backend.set_multicast_interface(record, text),
        Call::SetReceiveBufferSize(bytes) => {
            backend.command(record, |socket| socket.set_receive_buffer_size(bytes))
        }
        Call::SetSendBufferSize(bytes) => {
            backend.command(record, |socket| socket.set_send_buffer_size(bytes))
        }
        Call::On(call) => listen(record, &call, |all, event, function| {
            all.add(event, function, false, false);
        }),
        Call::Once(call) => listen(record, &call, |all, event, function| {
            all.add(event, function, true, false);
        }),
        Call::PrependListener(call) => listen(record, &call, |all, event, function| {
            all.prepend(event, function, false);
        }),
        Call::PrependOnceListener(call) => listen(record, &call, |all, event, function| {
            all.prepend(event, function, true);
        }),
        Call::Off(call) => listen(record, &call, |all, event, function| {
            all.remove(event, function);
        }),
        _ => Ok(Value::Undefined),
    }
}

fn listen(
    record: &Record,
    call: &Listen<'_>,
    change: impl FnOnce(&super::Listeners, &str, u64),
) -> Outcome {
    change(&record.listeners, &name(&call.event), call.listener);
    Ok(Value::Undefined)
}

fn told(outcome: Result<anydgram_core::Endpoint, Error<'static>>) -> Outcome {
    outcome.map(endpoint).map_err(thrown)
}

fn unsupported(syscall: Syscall) -> Outcome {
    Err(thrown(SystemError::new(syscall, Errno::ENOTSUP).into()))
}

/// What a call that never looks names up says of one.
fn refused(outcome: Result<(), Misuse>, host: Host<'_>) -> Result<(), Value> {
    outcome.map_err(|misuse| {
        let text = misuse.to_string();
        let text = match host {
            Host::Name(given) => text
                .replace("Received ", &format!("Received '{given}'"))
                .replace("''", "'"),
            Host::Default | Host::Ip(_) => text,
        };
        crate::errors::from_core(misuse.into(), &text, |_: ErrorAddress<'_>| Value::Undefined)
    })
}

impl<N: Network + 'static> HandlerBackend<N> {
    /// A command that is answered within its call.
    fn command<E: Into<Error<'static>>>(
        &self,
        record: &Record,
        command: impl FnOnce(&mut Socket<'static>) -> Result<(), E>,
    ) -> Outcome {
        self.sync_block_lists(record);
        let outcome = self.with(record, |socket| {
            let is_unbound = socket.bind_state() != BindState::Bound;
            command(socket).map(|()| is_unbound)
        });
        outcome.map_err(|error| thrown(error.into()))?;
        self.carry_out(record)?;
        Ok(Value::Undefined)
    }

    fn bind(&self, socket: SocketId, bind: &dynamic::Bind<'_>) -> Outcome {
        let record = self.record(socket);
        let outcome = self.with(&record, |socket| socket.bind(bind.options()));
        outcome.map_err(|misuse| thrown(misuse.into()))?;
        if let Some(function) = bind.callback {
            record.listeners.add("listening", function, true, true);
        }
        if record.has_lookup {
            self.answer_now(socket, |_| {});
        }
        Ok(Value::Undefined)
    }

    fn connect(&self, socket: SocketId, connect: &Connect<'_>) -> Outcome {
        let record = self.record(socket);
        self.sync_block_lists(&record);
        let outcome = self.with(&record, |socket| socket.connect(connect.destination()));
        outcome.map_err(|misuse| thrown(misuse.into()))?;
        let is_bound = self.with(&record, |socket| socket.bind_state() == BindState::Bound);
        if is_bound {
            record.expect_connect(connect.callback);
        } else {
            record.waiting_connects.borrow_mut().push(connect.callback);
        }
        if record.has_lookup {
            self.answer_now(socket, |_| {});
        }
        Ok(Value::Undefined)
    }

    fn send(&self, socket: SocketId, send: &dynamic::Send<'_>) -> Outcome {
        let record = self.record(socket);
        self.sync_block_lists(&record);
        let datagram = send.datagram();
        let datagram = if send.callback.is_some() {
            datagram
        } else {
            datagram.unreported()
        };
        let mut sockets = self.sockets_of(record.host);
        let mut network = self.network.borrow_mut();
        let outcome = network.send(self.at(record.host), &mut sockets, record.id, datagram);
        drop((sockets, network));
        let token = outcome.map_err(|misuse| thrown(misuse.into()))?;
        if let Some(function) = send.callback {
            record.sends.borrow_mut().push((token, function));
        }
        if record.has_lookup {
            self.answer_now(socket, |_| {});
        }
        Ok(Value::Undefined)
    }

    /// As `setsockopt` of libuv reads it: an IPv4 address is the interface's, of an IPv6 one the zone counts.
    fn set_multicast_interface(&self, record: &Record, text: &str) -> Outcome {
        let invalid =
            || thrown(SystemError::new(Syscall::SetMulticastInterface, Errno::EINVAL).into());
        let interface = match ip(text) {
            None => return Err(self.invalid_or_closed(record, invalid())),
            Some(IpAddr::V4(address)) => MulticastInterface::V4(address),
            Some(IpAddr::V6(_)) => MulticastInterface::V6(split_zone(text).1.map_or(0, index)),
        };
        self.command(record, |socket| socket.set_multicast_interface(interface))
    }

    fn invalid_or_closed(&self, record: &Record, invalid: Value) -> Value {
        if self.with(record, |socket| socket.is_closed()) {
            crate::errors::from_misuse(Misuse::NotRunning)
        } else {
            invalid
        }
    }

    fn change_membership(
        &self,
        record: &Record,
        call: &dynamic::Membership<'_>,
        is_add: bool,
    ) -> Outcome {
        let syscall = match (is_add, call.source) {
            (true, None) => Syscall::AddMembership,
            (false, None) => Syscall::DropMembership,
            (true, Some(_)) => Syscall::AddSourceSpecificMembership,
            (false, Some(_)) => Syscall::DropSourceSpecificMembership,
        };
        let invalid = || thrown(SystemError::new(syscall, Errno::EINVAL).into());
        let group = ip(&call.group).ok_or_else(invalid)?;
        let source = match call.source {
            None => None,
            Some(source) => Some(ip(source).ok_or_else(invalid)?),
        };
        let interface = interface(group, call.interface.as_deref()).ok_or_else(invalid)?;
        self.command(record, |socket| match (is_add, source) {
            (true, None) => socket.add_membership(group, interface),
            (false, None) => socket.drop_membership(group, interface),
            (true, Some(source)) => socket.add_source_specific_membership(source, group, interface),
            (false, Some(source)) => {
                socket.drop_source_specific_membership(source, group, interface)
            }
        })
    }
}

/// An address; the zone of an IPv6 one does not count.
fn ip(text: &str) -> Option<IpAddr> {
    Address::parse(split_zone(text).0).map(|address| address.ip)
}

/// The index of an interface, 0 if there is none of this name.
fn index(zone: &str) -> u32 {
    let known = INTERFACES.iter().find(|(_, name)| *name == zone);
    known.map_or_else(|| zone.parse().unwrap_or(0), |(index, _)| *index)
}

/// For IPv4 the interface's address, for IPv6 the zone of any address.
fn interface(group: IpAddr, text: Option<&str>) -> Option<Interface> {
    let Some(text) = text else {
        return Some(Interface::Default);
    };
    match (group, ip(text)?) {
        (IpAddr::V4(_), IpAddr::V4(address)) if address.is_unspecified() => {
            Some(Interface::Default)
        }
        (IpAddr::V4(_), IpAddr::V4(address)) => Some(Interface::Address(address)),
        (IpAddr::V6(_), IpAddr::V6(_)) => Some(match split_zone(text).1.map_or(0, index) {
            0 => Interface::Default,
            index => Interface::Index(index),
        }),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

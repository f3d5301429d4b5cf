//! Calls: from their arguments to the core's commands, and what of them has to be answered within the call.

use core::net::IpAddr;

use anydgram_conformance_agent::{Answer, Bytes, Call as AgentCall, Group, Reply};
use anydgram_core::dynamic::{self, Call, Connect, Listen, Value};
use anydgram_core::{
    Address, BindState, Errno, ErrorAddress, Host, Interface, Misuse, MulticastInterface, Payload,
    Syscall, SystemError, split_zone,
};

use super::events::{endpoint, thrown};
use super::listeners::name;
use super::network::Network;
use super::{HandlerBackend, INTERFACES, Record};
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
    let ask = |call| told(backend.execute(record, call));
    match call {
        Call::Bind(bind) => backend.bind(socket, &bind),
        Call::BindSync(bind) => {
            let options = bind.options();
            let outcome = backend.execute(record, AgentCall::BindSync(options));
            refused(outcome, options.host)?;
            backend.carry_out(record)?;
            ask(AgentCall::Address)
        }
        Call::Connect(connect) => backend.connect(socket, &connect),
        Call::ConnectSync(connect) => {
            let to = connect.destination();
            let outcome = backend.execute(record, AgentCall::ConnectSync(to));
            // It binds the socket even if it is refused.
            let carried_out = backend.carry_out(record);
            refused(outcome, to.host)?;
            carried_out.map(|()| Value::Undefined)
        }
        Call::Disconnect => backend.command(record, AgentCall::Disconnect),
        Call::Send(send) => backend.send(socket, &send),
        Call::Close(callback) => {
            if let Some(function) = callback {
                record.listeners.add("close", function, false, false);
            }
            backend.command(record, AgentCall::Close)
        }
        Call::Address => ask(AgentCall::Address),
        Call::RemoteAddress => ask(AgentCall::RemoteAddress),
        Call::Ref | Call::Unref | Call::SetMaxListeners(_) => Ok(Value::Undefined),
        Call::AddMembership(call) => backend.change_membership(record, &call, true),
        Call::DropMembership(call) => backend.change_membership(record, &call, false),
        Call::ReceiveBufferSize => unsupported(Syscall::ReceiveBufferSize),
        Call::SendBufferSize => unsupported(Syscall::SendBufferSize),
        Call::SendQueueSize => ask(AgentCall::SendQueueSize),
        Call::SendQueueCount => ask(AgentCall::SendQueueCount),
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
        Call::SetBroadcast(on) => backend.command(record, AgentCall::SetBroadcast(on)),
        Call::SetTtl(hops) => backend.command(record, AgentCall::SetTtl(hops)),
        Call::SetMulticastTtl(hops) => backend.command(record, AgentCall::SetMulticastTtl(hops)),
        Call::SetMulticastLoopback(on) => {
            backend.command(record, AgentCall::SetMulticastLoopback(on))
        }
        Call::SetMulticastInterface(text) => backend.set_multicast_interface(record, text),
        Call::SetReceiveBufferSize(bytes) => {
            backend.command(record, AgentCall::SetReceiveBufferSize(bytes))
        }
        Call::SetSendBufferSize(bytes) => {
            backend.command(record, AgentCall::SetSendBufferSize(bytes))
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

fn told(reply: Reply) -> Outcome {
    match reply.map_err(thrown)? {
        Answer::Endpoint(address) => Ok(endpoint(address)),
        Answer::Count(count) => Ok(count.into()),
        answer @ (Answer::Done
        | Answer::Socket(_)
        | Answer::State { .. }
        | Answer::More(_)
        | Answer::Next { .. }
        | Answer::Impossible) => unreachable!("{answer:?} answers another question"),
    }
}

fn unsupported(syscall: Syscall) -> Outcome {
    Err(thrown(SystemError::new(syscall, Errno::ENOTSUP).into()))
}

/// What a call that never looks names up says of one.
fn refused(outcome: Reply, host: Host<'_>) -> Result<(), Value> {
    outcome.map(drop).map_err(|error| {
        let text = error.to_string();
        let text = match host {
            Host::Name(given) => text
                .replace("Received ", &format!("Received '{given}'"))
                .replace("''", "'"),
            Host::Default | Host::Ip(_) => text,
        };
        crate::errors::from_core(error, &text, |_: ErrorAddress<'_>| Value::Undefined)
    })
}

impl<N: Network + 'static> HandlerBackend<N> {
    /// A command that is answered within its call.
    fn command(&self, record: &Record, call: AgentCall<'_>) -> Outcome {
        self.sync_block_lists(record);
        self.execute(record, call).map_err(thrown)?;
        self.carry_out(record)?;
        Ok(Value::Undefined)
    }

    fn bind(&self, socket: SocketId, bind: &dynamic::Bind<'_>) -> Outcome {
        let record = self.record(socket);
        let outcome = self.execute(&record, AgentCall::Bind(bind.options()));
        outcome.map_err(thrown)?;
        if let Some(function) = bind.callback {
            record.listeners.add("listening", function, true, true);
        }
        if record.lookup.is_some() {
            self.answer_now(socket, None);
        }
        Ok(Value::Undefined)
    }

    fn connect(&self, socket: SocketId, connect: &Connect<'_>) -> Outcome {
        let record = self.record(socket);
        self.sync_block_lists(&record);
        let outcome = self.execute(&record, AgentCall::Connect(connect.destination()));
        outcome.map_err(thrown)?;
        if self.bind_state(&record) == BindState::Bound {
            record.expect_connect(connect.callback);
        } else {
            record.waiting_connects.borrow_mut().push(connect.callback);
        }
        if record.lookup.is_some() {
            self.answer_now(socket, None);
        }
        Ok(Value::Undefined)
    }

    fn send(&self, socket: SocketId, send: &dynamic::Send<'_>) -> Outcome {
        let record = self.record(socket);
        self.sync_block_lists(&record);
        let datagram = send.datagram();
        let number = send.callback.map(|_| self.next_send.get());
        let (joined, lengths);
        let bytes = match datagram.payload {
            Payload::Slice(bytes) => Bytes::Slice(bytes),
            Payload::List(pieces) => {
                joined = pieces.concat();
                lengths = lengths_of(pieces);
                Bytes::List {
                    bytes: &joined,
                    lengths: &lengths,
                }
            }
        };
        let to = datagram.destination;
        let outcome = self.execute(&record, AgentCall::Send { bytes, to, number });
        outcome.map_err(thrown)?;
        if let (Some(number), Some(function)) = (number, send.callback) {
            self.next_send.set(number.wrapping_add(1));
            record.sends.borrow_mut().push((number, function));
        }
        if record.lookup.is_some() {
            self.answer_now(socket, None);
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
        self.command(record, AgentCall::SetMulticastInterface(interface))
    }

    fn invalid_or_closed(&self, record: &Record, invalid: Value) -> Value {
        if self.state_of(record).running {
            invalid
        } else {
            crate::errors::from_misuse(Misuse::NotRunning)
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
        let group = Group {
            group,
            source,
            interface,
        };
        let call = if is_add {
            AgentCall::AddMembership(group)
        } else {
            AgentCall::DropMembership(group)
        };
        self.command(record, call)
    }
}

fn lengths_of(pieces: &[&[u8]]) -> Vec<u8> {
    let lengths = pieces.iter().map(|piece| u32::try_from(piece.len()));
    let lengths = lengths.map(|length| length.expect("scenarios fit the memory"));
    lengths.flat_map(u32::to_le_bytes).collect()
}

/// An address; the zone of an IPv6 one does not count.
fn ip(text: &str) -> Option<IpAddr> {
    Address::parse(split_zone(text).0).map(|address| address.ip())
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

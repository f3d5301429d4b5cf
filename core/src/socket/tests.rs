//! A scripted backend for the socket's tests, which are below by concern.
//!
//! Tests go through commands, `handle_*` and `poll_*` only. Actions and events are compared as texts.

extern crate alloc;

cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod alike;
    }
}
mod bind;
mod close;
mod connect;
mod full;
mod legality;
mod lookup;
mod membership;
mod options;
mod queue;
mod receive;
mod run;
mod send;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::{
    Address, BindOptions, Datagram, Destination, Errno, Error, ErrorAddress, Full, LookupToken,
    MembershipChange, Misuse, Payload, SmallStorage, SocketType, Syscall, SystemError, TinyStorage,
    Transmitted,
};

/// Where the scripted backend binds.
const LOCAL: Endpoint = Endpoint::new(Address::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), 49_152);

/// A peer by number.
fn peer(port: u16) -> Destination<'static> {
    Destination::new(Ipv4Addr::new(192, 0, 2, 1), port)
}

/// A datagram of this text to `peer(9)`.
fn hello(text: &str) -> Datagram<'_> {
    Datagram::new(text).to(peer(9))
}

fn udp4(storage: &mut SmallStorage) -> Socket<'_> {
    Socket::new(Options::new(SocketType::Udp4), storage)
}

/// A socket that is bound and has said so.
fn bound(storage: &mut SmallStorage) -> Socket<'_> {
    let mut socket = udp4(storage);
    bring_up(&mut socket);
    socket
}

/// A socket that is connected to `peer(9)` and has said so.
fn connected(storage: &mut SmallStorage) -> Socket<'_> {
    let mut socket = bound(storage);
    socket.connect(peer(9)).unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["connect"]);
    socket
}

/// Binds an unbound socket and takes its `Listening`.
fn bring_up(socket: &mut Socket<'_>) {
    socket.bind(BindOptions::default()).unwrap();
    assert_eq!(Backend::new().turn(socket), ["listening"]);
}

/// Answers every action as its script says, and keeps a log.
struct Backend {
    bind: Result<Endpoint, Errno>,
    lookup: Result<Address, Errno>,
    /// Leaves lookups unanswered, in `lookups`.
    holds_lookups: bool,
    connect: Result<Option<Endpoint>, Errno>,
    disconnect: Result<(), Errno>,
    option: Result<(), Errno>,
    membership: Result<(), Errno>,
    transmit: Transmitted,
    lookups: Vec<LookupToken>,
    log: Vec<String>,
}

impl Backend {
    /// A backend with which everything succeeds.
    fn new() -> Self {
        Self {
            bind: Ok(LOCAL),
            lookup: Ok(Ipv4Addr::new(198, 51, 100, 7).into()),
            holds_lookups: false,
            connect: Ok(None),
            disconnect: Ok(()),
            option: Ok(()),
            membership: Ok(()),
            transmit: Transmitted::Sent,
            lookups: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Takes one action and answers it.
    fn act(&mut self, socket: &mut Socket<'_>) -> bool {
        let Some(action) = socket.poll_action() else {
            return false;
        };
        match action {
            Action::LookUp { token, host, .. } => {
                self.log.push(match host {
                    crate::Host::Default => "look up the default".to_string(),
                    crate::Host::Ip(address) => format!("look up {address}"),
                    crate::Host::Name(name) => format!("look up {name}"),
                });
                if self.holds_lookups {
                    self.lookups.push(token);
                } else {
                    socket.handle_lookup(token, self.lookup);
                }
            }
            Action::Bind(request) => {
                let at = Endpoint::new(request.address, request.port);
                self.log.push(match request.fd {
                    Some(fd) => format!("adopt {fd}"),
                    None => format!("bind {at}"),
                });
                let outcome = self.bind.map_err(|errno| bind_error(errno, at));
                assert_eq!(socket.handle_bind(outcome), outcome.map(|_| ()));
            }
            Action::SetOption(option) => {
                self.log.push(format!("set {option:?}"));
                let result = socket.handle_option(option, self.option);
                assert_eq!(result.map_err(|error| error.errno), self.option);
            }
            Action::Membership(change, membership) => {
                let verb = match change {
                    MembershipChange::Add => "join",
                    MembershipChange::Drop => "leave",
                };
                self.log.push(match membership.source {
                    Some(source) => format!("{verb} {} from {source}", membership.group),
                    None => format!("{verb} {}", membership.group),
                });
                let result = socket.handle_membership(change, membership, self.membership);
                assert_eq!(result.map_err(|error| error.errno), self.membership);
            }
            Action::Connect(peer) => {
                self.log.push(format!("connect {peer}"));
                let result = socket.handle_connect(self.connect);
                assert_eq!(result.is_ok(), self.connect.is_ok());
            }
            Action::Disconnect => {
                self.log.push("disconnect".to_string());
                let result = socket.handle_disconnect(self.disconnect);
                assert_eq!(result.is_ok(), self.disconnect.is_ok());
            }
            Action::Close => self.log.push("close".to_string()),
        }
        true
    }

    /// Takes one datagram and answers it; `false` when there is none or the stack has no room.
    fn transmit(&mut self, socket: &mut Socket<'_>) -> bool {
        let Some(transmit) = socket.poll_transmit() else {
            return false;
        };
        let token = transmit.token;
        let text = text_of(&transmit.payload);
        self.log.push(match transmit.destination {
            Some(destination) => format!("send {text:?} to {destination}"),
            None => format!("send {text:?} to the peer"),
        });
        socket.handle_transmit(token, self.transmit);
        !self.transmit.is_blocked()
    }

    /// Does everything that can be done now.
    fn drive(&mut self, socket: &mut Socket<'_>) {
        for _ in 0..100 {
            let did_act = self.act(socket);
            if !self.transmit(socket) && !did_act {
                return;
            }
        }
        panic!("the socket never comes to rest: {:?}", self.log);
    }

    /// Does everything that can be done now; the events after it.
    fn turn(&mut self, socket: &mut Socket<'_>) -> Vec<String> {
        self.drive(socket);
        events(socket)
    }
}

fn bind_error(errno: Errno, at: Endpoint) -> Error<'static> {
    SystemError::at(Syscall::Bind, errno, ErrorAddress::Ip(at.address), at.port).into()
}

fn text_of(payload: &Payload<'_>) -> String {
    String::from_utf8(payload.pieces().concat()).unwrap()
}

/// All events as texts.
fn events(socket: &mut Socket<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some(event) = socket.poll_event() {
        texts.push(text_of_event(&event));
    }
    texts
}

fn text_of_event(event: &Event<'_>) -> String {
    match event {
        Event::Listening => "listening".to_string(),
        Event::Connect => "connect".to_string(),
        Event::Message(message) => format!("message of {}", message.data.len()),
        Event::Sent { token, result } => match result {
            Ok(bytes) => format!("sent {}: {bytes}", token.0),
            Err(error) => format!("sent {}: {error}", token.0),
        },
        Event::Drained => "drained".to_string(),
        Event::Error { operation, error } => format!("{operation:?} error: {error}"),
        Event::Close => "close".to_string(),
    }
}

#[test]
fn a_fresh_socket_has_nothing_to_do() {
    let mut storage = TinyStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    assert_eq!(socket.poll_action(), None);
    assert_eq!(socket.poll_transmit(), None);
    assert_eq!(socket.poll_event(), None);
    assert!(!socket.is_ready());
}

#[test]
fn a_renewed_socket_remembers_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.send(hello("a")).unwrap();
    socket
        .block_sending(crate::Rule::address(Ipv4Addr::LOCALHOST.into()))
        .unwrap();
    let mut socket = socket.renew(Options::new(SocketType::Udp4));
    assert_eq!(socket.poll_action(), None);
    assert!(!socket.is_ready());
    bring_up(&mut socket);
    assert_eq!(Backend::new().turn(&mut socket), [""; 0]);
    let token = socket
        .send(Datagram::new("b").to(Destination::local(9)))
        .unwrap();
    let sent = format!("sent {}: 1", token.0);
    assert_eq!(Backend::new().turn(&mut socket), [sent]);
}

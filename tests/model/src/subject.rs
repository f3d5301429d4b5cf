//! The socket under test: each step is done to it, and told in the words that the model uses.

mod sending;

use core::fmt::Display;
use core::net::IpAddr;

use anydgram_core::{
    Action, Address, BindOptions, Datagram as Given, Destination, Endpoint, Errno, Error,
    ErrorAddress, Event, Host, Interface, LookupToken, MembershipChange, Misuse, Operation,
    Payload, RecvMeta, Rule, SendMeta, SendToken, Socket, SocketOption, Syscall, SystemError,
    Transmit,
};
use sending::{Sent, leaving, transmitted};

use crate::seen::{Act, Change, End, Failure, Seen, Taken, Told, View};
use crate::step::{Content, FAULT, FOUND, GROUP, MOVED, OTHER, Outcome, Sending, Setting, Step};

/// What a socket's application and backend have been given: the tokens, each under its number.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    sends: Vec<Option<SendToken>>,
    /// What each send asks for.
    asked: Vec<SendMeta>,
    lookups: Vec<LookupToken>,
}

impl Subject {
    pub(crate) fn step(&mut self, socket: &mut Socket<'_>, step: &Step, content: Content) -> Seen {
        match *step {
            Step::Bind(target, port, fd) => {
                let mut options = BindOptions::port(port).address(target.host());
                options.fd = fd;
                done(socket.bind(options))
            }
            Step::BindSync(target, port) => {
                done(socket.bind_sync(BindOptions::port(port).address(target.host())))
            }
            Step::Rebind => done(socket.rebind()),
            Step::Connect(target, port) => {
                done(socket.connect(Destination::new(target.host(), port)))
            }
            Step::ConnectSync(target, port) => {
                done(socket.connect_sync(Destination::new(target.host(), port)))
            }
            Step::Disconnect => done(socket.disconnect()),
            Step::Close => done(socket.close()),
            Step::Member(is_add, source) => done(change_membership(socket, is_add, source)),
            Step::Set(setting) => done(set(socket, setting)),
            Step::BlockSending(ip) => done(socket.block_sending(Rule::address(ip))),
            Step::BlockReceiving(ip) => done(socket.block_receiving(Rule::address(ip))),
            Step::ClearBlockLists => {
                socket.clear_block_lists();
                Seen::Done
            }
            Step::Fail => {
                let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
                socket.handle_failure(Operation::Receive, error);
                Seen::Done
            }
            Step::Moved => {
                socket.handle_local_address(endpoint(MOVED));
                Seen::Done
            }
            Step::PeerMoved => {
                socket.handle_peer_address(endpoint(MOVED));
                Seen::Done
            }
            Step::Send(sending) => self.send(socket, &sending, content),
            Step::Datagram(from, port, to_group) => receive(socket, (from, port), to_group),
            Step::PollAction => self.announced(socket, Self::poll_action),
            Step::PollTransmit => {
                self.announced(socket, |subject, socket| subject.poll_transmit(socket))
            }
            Step::TransmitNext(outcome) => self.announced(socket, |subject, socket| {
                subject.transmit_next(socket, outcome)
            }),
            Step::PollEvent => self.announced(socket, Self::poll_event),
            Step::Answer(..) | Step::Again(_) | Step::Rest | Step::Renew | Step::Turn => {
                Seen::Contradiction("a socket has no backend and no driver".into())
            }
        }
    }

    /// Polls; what comes must have been announced.
    fn announced(
        &mut self,
        socket: &mut Socket<'_>,
        poll: impl FnOnce(&mut Self, &mut Socket<'_>) -> Seen,
    ) -> Seen {
        let was_ready = socket.is_ready();
        let seen = poll(self, socket);
        if !was_ready && seen != Seen::Nothing {
            return Seen::Contradiction(format!("{seen:?} came unannounced"));
        }
        seen
    }

    fn send(&mut self, socket: &mut Socket<'_>, sending: &Sending, content: Content) -> Seen {
        let Content { payload, meta } = content;
        let (front, back) = payload.split_at(payload.len() / 2);
        let pieces = [front, back];
        let mut datagram = Given::new(Payload::List(&pieces));
        datagram.destination = sending
            .to
            .map(|(target, port)| Destination::new(target.host(), port));
        datagram.report = sending.report;
        datagram.meta = meta;
        let checked = socket.check_send(&datagram);
        let mut offered = None;
        let sent = sending::send(socket, datagram, sending.way, &mut offered);
        if checked.is_err() && checked != sent.map(drop)
            || checked.is_ok() && sent.is_err_and(|misuse| misuse != Misuse::QueueFull)
        {
            return Seen::Contradiction(format!("check_send: {checked:?}, then {sent:?}"));
        }
        match sent {
            Err(misuse) => Seen::Refused(failure(&misuse.into())),
            Ok(Sent::TakenBack) => Seen::Sending(None, offered),
            Ok(Sent::Accepted(token)) if token.is_some() && self.sends.contains(&token) => {
                Seen::Contradiction(format!("{token:?} names two sends"))
            }
            Ok(Sent::Accepted(token)) => {
                self.sends.push(token);
                self.asked.push(meta);
                Seen::Sending(Some(self.sends.len() as u64 - 1), offered)
            }
        }
    }

    fn poll_action(&mut self, socket: &mut Socket<'_>) -> Seen {
        let Some(action) = socket.poll_action() else {
            return Seen::Nothing;
        };
        Seen::Action(match action {
            Action::Bind(request) => Act::Bind {
                at: (request.address.ip(), request.port),
                fd: request.fd,
                exclusive: request.exclusive,
            },
            Action::Connect(peer) => Act::Connect(end(peer)),
            Action::Disconnect => Act::Disconnect,
            Action::SetOption(option) => match setting_of(option) {
                Some(setting) => Act::Set(setting),
                None => return Seen::Contradiction(format!("nobody has set {option:?}")),
            },
            Action::Membership(change, membership) => Act::Membership(
                match change {
                    MembershipChange::Add => Change::Add,
                    MembershipChange::Drop => Change::Drop,
                },
                membership,
            ),
            Action::LookUp { token, host, .. } => {
                if self.lookups.contains(&token) {
                    return Seen::Contradiction(format!("{token:?} names two look-ups"));
                }
                self.lookups.push(token);
                let host = match host {
                    Host::Name(name) => name.to_string(),
                    Host::Ip(address) => address.to_string(),
                    Host::Default => "the default".to_string(),
                };
                Act::LookUp(self.lookups.len() as u64 - 1, host)
            }
            Action::Close => Act::Close,
        })
    }

    fn poll_transmit(&self, socket: &mut Socket<'_>) -> Seen {
        match socket.poll_transmit() {
            None => Seen::Nothing,
            Some(transmit) => self.datagram(&transmit),
        }
    }

    fn transmit_next(&self, socket: &mut Socket<'_>, outcome: Outcome) -> Seen {
        // In a run the same datagram comes first, or there is none. Every other one leaves in a run.
        let mut first = Seen::Nothing;
        let taken = socket.transmit_run(|waiting| {
            let Some(transmit) = waiting.next() else {
                return 0;
            };
            first = self.datagram(&transmit);
            // Also what does not leave now asks for what it was sent with.
            let mut others = waiting.map(|transmit| self.datagram(&transmit));
            if let Some(wrong) = others.find(|seen| matches!(seen, Seen::Contradiction(_))) {
                first = wrong;
                return 0;
            }
            let is_even = matches!(first, Seen::Datagram(send, _) if send % 2 == 0);
            usize::from(is_even && matches!(transmitted(outcome), anydgram_core::Transmitted::Sent))
        });
        if taken > 0 {
            return first;
        }
        let mut seen = Seen::Nothing;
        let done = socket.transmit_next(|transmit| {
            seen = self.datagram(transmit);
            transmitted(outcome)
        });
        let expected = (seen != Seen::Nothing).then_some(transmitted(outcome));
        if done != expected {
            return Seen::Contradiction(format!("transmit_next: {done:?} after {seen:?}"));
        }
        if first != Seen::Nothing && first != seen {
            return Seen::Contradiction(format!("a run began with {first:?}, not {seen:?}"));
        }
        seen
    }

    fn datagram(&self, transmit: &Transmit<'_>) -> Seen {
        match self.number_of(transmit.token) {
            Some(send) if self.asked[number(send)] != transmit.meta => {
                Seen::Contradiction(format!("{send} asks for {:?}", transmit.meta))
            }
            Some(send) => Seen::Datagram(send, leaving(transmit)),
            None => Seen::Contradiction(format!("{:?} was never accepted", transmit.token)),
        }
    }

    fn number_of(&self, token: SendToken) -> Option<u64> {
        let at = self.sends.iter().position(|other| *other == Some(token))?;
        u64::try_from(at).ok()
    }

    fn poll_event(&mut self, socket: &mut Socket<'_>) -> Seen {
        let Some(event) = socket.poll_event() else {
            return Seen::Nothing;
        };
        Seen::Event(match event {
            Event::Listening => Told::Listening,
            Event::Connect => Told::Connect,
            Event::Sent { token, result } => match self.number_of(token) {
                Some(send) => Told::Sent(send, result.map_err(|error| failure(&error))),
                None => return Seen::Contradiction(format!("{token:?} was never accepted")),
            },
            Event::Drained => Told::Drained,
            Event::Error { operation, error } => Told::Error(operation, failure(&error)),
            Event::Close => Told::Close,
            other => return Seen::Contradiction(format!("{other:?} is no event of a poll")),
        })
    }

    /// The backend answers; `local` is the address that a good bind ends at.
    pub(crate) fn answer(
        &self,
        socket: &mut Socket<'_>,
        taken: &Taken,
        outcome: Outcome,
        local: End,
    ) -> Seen {
        let ok = match outcome {
            Outcome::Good | Outcome::Odd | Outcome::Dry => Ok(()),
            Outcome::Bad => Err(FAULT),
        };
        match *taken {
            Taken::Bind((address, port)) => {
                let at = ErrorAddress::Ip(address.into());
                let error = SystemError::at(Syscall::Bind, FAULT, at, port);
                let local = ok.map(|()| endpoint(local));
                done(socket.handle_bind(local.map_err(|_| error.into())))
            }
            Taken::LookUp(lookup) => {
                let found = match outcome {
                    Outcome::Good | Outcome::Bad => FOUND,
                    Outcome::Odd | Outcome::Dry => OTHER,
                };
                let token = self.lookups[number(lookup)];
                socket.handle_lookup(token, ok.map(|()| Address::from(found)));
                Seen::Done
            }
            Taken::Set(setting) => done(socket.handle_option(option_of(setting), ok)),
            Taken::Membership(change, membership) => {
                let change = match change {
                    Change::Add => MembershipChange::Add,
                    Change::Drop => MembershipChange::Drop,
                };
                done(socket.handle_membership(change, membership, ok))
            }
            Taken::Connect => {
                let local =
                    matches!(outcome, Outcome::Odd | Outcome::Dry).then_some(endpoint(MOVED));
                done(socket.handle_connect(ok.map(|()| local)))
            }
            Taken::Disconnect => {
                socket.handle_local_address(endpoint(MOVED));
                done(socket.handle_disconnect(ok))
            }
            Taken::Datagram(send) => {
                let token = self.sends[number(send)].expect("it has been in the queue");
                socket.handle_transmit(token, transmitted(outcome));
                Seen::Done
            }
        }
    }
}

/// All that can be asked of a socket at any time.
pub(crate) fn view(socket: &mut Socket<'_>) -> View {
    let end_of =
        |given: Result<Endpoint, Error<'static>>| given.map(end).map_err(|error| failure(&error));
    let in_flight = socket.in_flight();
    View {
        bind: socket.bind_state(),
        connect: socket.connect_state(),
        address: end_of(socket.address()),
        peer: end_of(socket.remote_address()),
        queue_count: socket.send_queue_count(),
        queue_size: socket.send_queue_size(),
        in_flight: (in_flight.sends, in_flight.completions),
        is_closed: socket.is_closed(),
        is_finished: socket.is_finished(),
        answers_within_call: socket.answers_within_call(),
        stats: socket.stats(),
    }
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn endpoint((address, port): End) -> Endpoint {
    Endpoint::new(address.into(), port)
}

const fn end(endpoint: Endpoint) -> End {
    (endpoint.address.ip(), endpoint.port)
}

fn failure(error: &Error<'_>) -> Failure {
    Failure {
        code: error.code(),
        text: error.to_string(),
    }
}

fn done<'e, E: Into<Error<'e>> + Display>(result: Result<(), E>) -> Seen {
    match result {
        Ok(()) => Seen::Done,
        Err(error) => Seen::Refused(failure(&error.into())),
    }
}

fn receive(socket: &mut Socket<'_>, (from, port): End, to_group: bool) -> Seen {
    let mut meta = RecvMeta::from_sender(Endpoint::new(from.into(), port));
    meta.local = to_group.then_some(GROUP.into());
    let data: &[u8] = b"data";
    let message = socket.handle_datagram(&meta, data);
    match message {
        Some(message) if !core::ptr::eq(message.data, data) || *message.meta != meta => {
            Seen::Contradiction(format!("{message:?} is not what came"))
        }
        other => Seen::Message(other.is_some()),
    }
}

fn change_membership(
    socket: &mut Socket<'_>,
    is_add: bool,
    source: Option<IpAddr>,
) -> Result<(), Error<'static>> {
    let any = Interface::Default;
    match (is_add, source) {
        (true, None) => socket.add_membership(GROUP, any),
        (false, None) => socket.drop_membership(GROUP, any),
        (true, Some(source)) => socket.add_source_specific_membership(source, GROUP, any),
        (false, Some(source)) => socket.drop_source_specific_membership(source, GROUP, any),
    }
}

fn set(socket: &mut Socket<'_>, setting: Setting) -> Result<(), Error<'static>> {
    match setting {
        Setting::Broadcast(on) => socket.set_broadcast(on),
        Setting::Ttl(hops) => socket.set_ttl(hops),
        Setting::MulticastTtl(hops) => socket.set_multicast_ttl(hops),
        Setting::MulticastLoopback(on) => socket.set_multicast_loopback(on),
        Setting::ReceiveBuffer(bytes) => socket.set_receive_buffer_size(bytes),
    }
}

const fn setting_of(option: SocketOption) -> Option<Setting> {
    match option {
        SocketOption::Broadcast(on) => Some(Setting::Broadcast(on)),
        SocketOption::Ttl(hops) => Some(Setting::Ttl(hops as u32)),
        SocketOption::MulticastTtl(hops) => Some(Setting::MulticastTtl(hops as u32)),
        SocketOption::MulticastLoopback(on) => Some(Setting::MulticastLoopback(on)),
        SocketOption::ReceiveBufferSize(bytes) => Some(Setting::ReceiveBuffer(bytes)),
        SocketOption::MulticastInterface(_) | SocketOption::SendBufferSize(_) => None,
    }
}

fn option_of(setting: Setting) -> SocketOption {
    let hops = |hops| u8::try_from(hops).unwrap_or(u8::MAX);
    match setting {
        Setting::Broadcast(on) => SocketOption::Broadcast(on),
        Setting::Ttl(given) => SocketOption::Ttl(hops(given)),
        Setting::MulticastTtl(given) => SocketOption::MulticastTtl(hops(given)),
        Setting::MulticastLoopback(on) => SocketOption::MulticastLoopback(on),
        Setting::ReceiveBuffer(bytes) => SocketOption::ReceiveBufferSize(bytes),
    }
}

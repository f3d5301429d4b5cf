//! One socket beside its model.

mod backend;

use core::net::IpAddr;

use anydgram_core::{
    BindOptions, Datagram, Destination, Endpoint, Errno, Error, Interface, LookupToken, Membership,
    MembershipChange, Offer, Operation, Payload, RecvMeta, Rule, SendToken, Socket, SocketId,
    SocketOption, Syscall, SystemError, Transmit, Transmitted,
};

use crate::model::{Model, Text};
use crate::record::Record;
use crate::step::{FAULT, Fate, GROUP, Step, Target, Way};

/// Something the backend has taken and not, or already, answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken {
    Bind(IpAddr, u16),
    LookUp(LookupToken, u64),
    Option(SocketOption),
    Membership(MembershipChange, Membership),
    Connect,
    Disconnect,
    Transmit(SendToken, u64),
}

/// A socket, what it has to do, and what its backend knows.
pub(crate) struct Pair {
    pub(crate) id: SocketId,
    pub(crate) model: Model,
    pub(crate) taken: Vec<Taken>,
    answered: Vec<Taken>,
    pub(crate) record: Record,
}

impl Pair {
    pub(crate) fn new(id: SocketId, model: Model) -> Self {
        Self {
            id,
            model,
            taken: Vec::new(),
            answered: Vec::new(),
            record: Record::default(),
        }
    }

    pub(crate) fn step(&mut self, socket: &mut Socket<'_>, step: Step) -> Text {
        let before = (view(socket), *socket.stats());
        let text = match step {
            Step::PollAction => self.poll_action(socket),
            Step::PollTransmit => self.poll_transmit(socket),
            Step::TransmitNext(outcome) => self.transmit_next(socket, outcome),
            Step::PollEvent => self.poll_event(socket),
            Step::Answer(at, outcome) if !self.taken.is_empty() => {
                let taken = self.taken.remove(at % self.taken.len());
                self.answered.push(taken);
                self.answer(socket, taken, outcome)
            }
            Step::Replay(at, outcome) if !self.answered.is_empty() => {
                let taken = self.answered[at % self.answered.len()];
                self.answer(socket, taken, outcome)
            }
            Step::Answer(..) | Step::Replay(..) => Text::new(),
            Step::Send(to, len, report, way) => self.send(socket, to, len, (report, way)),
            Step::Datagram(from, port, to_group) => self.datagram(socket, from, port, to_group),
            Step::Fail => {
                let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
                socket.handle_failure(Operation::Receive, error);
                self.model.handle_failure();
                Text::new()
            }
            call => {
                let (done, expected) = self.call(socket, call);
                assert_eq!(done, expected, "{call:?}");
                if done.is_err() && !matches!(call, Step::ConnectSync(..)) {
                    assert_eq!(
                        (view(socket), *socket.stats()),
                        before,
                        "{call:?} changed it"
                    );
                }
                self.record.called(&call, done.is_ok());
                done.err().unwrap_or_default()
            }
        };
        assert_eq!(view(socket), self.model.view(), "after {step:?}: {text}");
        assert_eq!(*socket.stats(), self.model.stats, "after {step:?}: {text}");
        self.record.check(socket);
        text
    }

    fn call(
        &mut self,
        socket: &mut Socket<'_>,
        call: Step,
    ) -> (Result<(), Text>, Result<(), Text>) {
        let model = &mut self.model;
        match call {
            Step::Bind(target, port, fd) => {
                let mut options = BindOptions::port(port).address(target.host());
                options.fd = fd;
                (text(socket.bind(options)), model.bind(target, port, fd))
            }
            Step::BindSync(target, port) => {
                let options = BindOptions::port(port).address(target.host());
                (
                    text(socket.bind_sync(options)),
                    model.bind_sync(target, port),
                )
            }
            Step::Rebind => (text(socket.rebind()), model.rebind()),
            Step::Connect(target, port) => (
                text(socket.connect(Destination::new(target.host(), port))),
                model.connect(target, port),
            ),
            Step::ConnectSync(target, port) => (
                text(socket.connect_sync(Destination::new(target.host(), port))),
                model.connect_sync(target, port),
            ),
            Step::Disconnect => (text(socket.disconnect()), model.disconnect()),
            Step::Close => (text(socket.close()), model.close()),
            Step::Member(is_add, source) => (
                text(change_membership(socket, is_add, source)),
                model.change_membership(is_add, source),
            ),
            Step::SetTtl(hops) => (text(socket.set_ttl(hops)), model.set_ttl(hops)),
            Step::SetBroadcast(on) => (text(socket.set_broadcast(on)), model.set_broadcast(on)),
            Step::BlockSending(ip) => (
                text(socket.block_sending(Rule::address(ip))),
                model.block(ip, true),
            ),
            Step::BlockReceiving(ip) => (
                text(socket.block_receiving(Rule::address(ip))),
                model.block(ip, false),
            ),
            Step::ClearBlockLists => {
                socket.clear_block_lists();
                model.clear_block_lists();
                (Ok(()), Ok(()))
            }
            other => panic!("{other:?} is no call"),
        }
    }

    fn send(
        &mut self,
        socket: &mut Socket<'_>,
        to: Option<(Target, u16)>,
        len: usize,
        (report, way): (bool, Way),
    ) -> Text {
        // Different for each send, so that bytes are not confused.
        let bytes = (0..=u8::MAX).cycle().skip(self.record.sends() % 256);
        let payload: Vec<u8> = bytes.take(len).collect();
        let (front, back) = payload.split_at(len / 2);
        let pieces = [front, back];
        let mut datagram = Datagram::new(Payload::List(&pieces));
        datagram.destination = to.map(|(target, port)| Destination::new(target.host(), port));
        datagram.report = report;
        let expected = self.model.send(to, &payload, report, way);
        let mut offered = None;
        let sent = if way == Way::Queue {
            // Asks for an offer itself, and has it wait.
            offered = expected
                .as_ref()
                .ok()
                .and_then(|(_, offered)| offered.clone());
            socket.send(datagram).map(Some)
        } else {
            match socket.offer(datagram) {
                Ok(Offer::Accepted(token)) => Ok(Some(token)),
                Ok(Offer::Ready(ready)) => {
                    offered = Some(transmit_text(ready.transmit()));
                    match way {
                        Way::TakeBack => Ok(None),
                        Way::Queue => panic!("that is `send`"),
                        Way::Offer(fate) => ready.settle(transmitted(fate)).map(Some),
                    }
                }
                Err(misuse) => Err(misuse),
            }
        };
        let done = sent.map_err(|misuse| misuse.to_string());
        match (done, expected) {
            (Ok(token), Ok((id, expected))) => {
                assert_eq!((token.is_some(), &offered), (id.is_some(), &expected));
                if let (Some(token), Some(id)) = (token, id) {
                    let left = way == Way::Offer(Fate::Sent) && offered.is_some();
                    self.record.accepted(token, id, (report, left), payload);
                }
                format!("{offered:?}")
            }
            (done, expected) => {
                let refused = expected.map(|_| ()).unwrap_err();
                assert_eq!(done.map(|_| ()), Err(refused.clone()), "send to {to:?}");
                refused
            }
        }
    }

    fn datagram(
        &mut self,
        socket: &mut Socket<'_>,
        from: IpAddr,
        port: u16,
        to_group: bool,
    ) -> Text {
        let mut meta = RecvMeta::from_sender(Endpoint::new(from.into(), port));
        meta.local = to_group.then_some(GROUP.into());
        let data: &[u8] = b"data";
        let message = socket.handle_datagram(&meta, data);
        let is_taken = message.is_some();
        if let Some(message) = message {
            assert!(core::ptr::eq(message.data, data) && *message.meta == meta);
            self.record.heard(socket);
        }
        assert_eq!(is_taken, self.model.takes(from, port, to_group));
        is_taken.to_string()
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

fn transmitted(fate: Fate) -> Transmitted {
    match fate {
        Fate::Sent => Transmitted::Sent,
        Fate::Blocked => Transmitted::Blocked,
        Fate::Failed => Transmitted::Failed(FAULT),
    }
}

fn transmit_text(transmit: &Transmit<'_>) -> Text {
    let to = transmit
        .destination
        .map_or_else(|| "the peer".to_string(), |to| to.to_string());
    format!("{:?} to {to}", transmit.payload.pieces().concat())
}

fn text<E: core::fmt::Display>(result: Result<(), E>) -> Result<(), Text> {
    result.map_err(|error| error.to_string())
}

/// All that can be asked of a socket at any time, as one text.
fn view(socket: &mut Socket<'_>) -> Text {
    let end = |end: Result<Endpoint, Error<'static>>| {
        end.map_or_else(
            |error| error.to_string(),
            |end| format!("{}:{}", end.address, end.port),
        )
    };
    format!(
        "{:?} {:?} {} {} {} {} {} {}",
        socket.bind_state(),
        socket.connect_state(),
        end(socket.address()),
        end(socket.remote_address()),
        socket.send_queue_count(),
        socket.send_queue_size(),
        socket.is_closed(),
        socket.is_finished(),
    )
}

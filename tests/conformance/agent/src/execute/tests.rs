//! What is asked for is done, and what cannot be is said.

use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use anydgram_core::stack::{self, Lookup, Outgoing, Seed, TableStorage, Wire};
use anydgram_core::{
    Address, Errno, Host as GivenHost, Instant, Limits, SocketSlot, SocketType, Transmitted,
};

use super::*;
use crate::Happened;

/// What was told, as text.
#[derive(Default)]
struct Texts(Vec<(SocketNumber, String)>);

impl Told for Texts {
    fn told(&mut self, socket: SocketNumber, happened: Happened<'_>) {
        let text = match happened {
            Happened::Message { data, sender } => alloc::format!("{data:?} from {}", sender.port),
            Happened::Asked { number, host, .. } => match host {
                GivenHost::Name(name) => alloc::format!("{number}: {name}"),
                GivenHost::Ip(address) => alloc::format!("{number}: {address}"),
                GivenHost::Default => alloc::format!("{number}: default"),
            },
            Happened::Listening
            | Happened::Connect
            | Happened::Sent { .. }
            | Happened::Drained
            | Happened::Error { .. }
            | Happened::Close => alloc::format!("{happened:?}"),
        };
        self.0.push((socket, text));
    }
}

/// A wire that leads nowhere, and the names that an agent knows.
struct Nowhere<'a>(&'a Agent<Texts>);

impl Wire for Nowhere<'_> {
    fn transmit(&mut self, _: Instant, _: &Outgoing<'_>) -> Transmitted {
        Transmitted::Failed(Errno::ENETDOWN)
    }

    fn join(&mut self, _: u32, _: IpAddr) -> Result<(), Errno> {
        Ok(())
    }

    fn leave(&mut self, _: u32, _: IpAddr) {}

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.0.look_up(&lookup)
    }
}

/// A host that reaches itself.
struct Alone<'a> {
    host: stack::Host<'static>,
    sockets: Sockets<'static, 'static>,
    agent: &'a Agent<Texts>,
}

impl<'a> Alone<'a> {
    fn new(agent: &'a Agent<Texts>) -> Self {
        let tables: TableStorage<2, 2, 1, 1, 8, 4_096> = TableStorage::new();
        let tables = alloc::boxed::Box::leak(alloc::boxed::Box::new(tables)).tables();
        let slots = (0..2).map(|_| SocketSlot::new()).collect::<Vec<_>>();
        Self {
            host: stack::Host::new(tables, Seed::new([1; 16])),
            sockets: Sockets::new(slots.leak()),
            agent,
        }
    }

    fn call(&mut self, socket: SocketNumber, call: Call<'_>) -> Reply {
        let agent = self.agent;
        execute(self, agent, socket, call)
    }

    /// Does all there is to do; what was told.
    fn told(&mut self) -> Vec<(SocketNumber, String)> {
        let Self {
            host,
            sockets,
            agent,
        } = self;
        while host.step(Instant::default(), &mut Nowhere(agent), sockets, agent) {}
        self.agent.with_told(|texts| core::mem::take(&mut texts.0))
    }
}

impl Host for Alone<'_> {
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R {
        work(&mut self.sockets)
    }

    fn create(&mut self, options: Options) -> Option<SocketId> {
        let socket = Socket::with_heap(options, Limits::new());
        self.sockets.add(socket).ok()
    }

    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        let wire = &mut Nowhere(self.agent);
        self.host
            .carry_out(Instant::default(), wire, &mut self.sockets, id)
    }

    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        let now = (Instant::default(), &mut Nowhere(self.agent));
        self.host.send(now, &mut self.sockets, id, datagram)
    }
}

fn text(socket: SocketNumber, text: &str) -> (SocketNumber, String) {
    (socket, text.to_string())
}

#[test]
fn sends_are_told_by_their_numbers() {
    let agent = Agent::new(Texts::default());
    let mut alone = Alone::new(&agent);
    let options = Options::new(SocketType::Udp4);
    assert_eq!(create(&mut alone, &agent, options), Answer::Socket(0));
    assert_eq!(alone.call(0, Call::BindSync(9.into())), Ok(Answer::Done));
    assert_eq!(alone.call(0, Call::CarryOut), Ok(Answer::Done));
    assert_eq!(alone.told(), [text(0, "Listening")]);
    let to = Some(Destination::local(9));
    let lengths = &[1, 0, 0, 0, 2, 0, 0, 0];
    let bytes = Bytes::List {
        bytes: b"abc",
        lengths,
    };
    for number in [Some(70), None] {
        assert_eq!(
            alone.call(0, Call::Send { bytes, to, number }),
            Ok(Answer::Done)
        );
    }
    assert_eq!(alone.call(0, Call::SendQueueCount), Ok(Answer::Count(0)));
    let message = text(0, "[97, 98, 99] from 9");
    assert_eq!(
        alone.told(),
        [
            text(0, "Sent { number: 70, result: Ok(3) }"),
            message.clone(),
            message
        ]
    );
}

#[test]
fn questions_are_answered_by_their_numbers_and_once() {
    let agent = Agent::new(Texts::default());
    let mut alone = Alone::new(&agent);
    let options = Options::new(SocketType::Udp4);
    for options in [options, options.look_up_always(true)] {
        create(&mut alone, &agent, options);
    }
    for socket in [0, 1] {
        let bind = Call::Bind(("here", 9).into());
        assert_eq!(alone.call(socket, bind), Ok(Answer::Done));
    }
    let told = alone.told();
    let asked: Vec<_> = told.iter().filter(|(socket, _)| *socket == 1).collect();
    assert_eq!(asked, [&text(1, "0: here")]);
    assert!(
        told.iter()
            .any(|(socket, text)| *socket == 0 && text.contains("ENOTFOUND"))
    );
    let here = Address::new(core::net::Ipv4Addr::LOCALHOST.into());
    let answer = Call::Answer {
        number: 0,
        outcome: Ok(here),
    };
    assert_eq!(
        alone.call(0, answer),
        Ok(Answer::Impossible),
        "it has not asked"
    );
    assert_eq!(alone.call(1, answer), Ok(Answer::Done));
    assert_eq!(alone.told(), [text(1, "Listening")]);
    assert_eq!(alone.call(1, answer), Ok(Answer::Impossible));
}

#[test]
fn an_event_can_be_polled() {
    let agent = Agent::new(Texts::default());
    let mut alone = Alone::new(&agent);
    create(&mut alone, &agent, Options::new(SocketType::Udp4));
    alone.call(0, Call::BindSync(9.into())).expect("it is free");
    alone.call(0, Call::CarryOut).expect("it is free");
    assert_eq!(alone.call(0, Call::PollEvent), Ok(Answer::Done));
    assert_eq!(agent.with_told(|texts| texts.0.len()), 1);
    assert_eq!(alone.call(0, Call::PollEvent), Ok(Answer::Done));
    assert_eq!(agent.with_told(|texts| texts.0.len()), 1);
}

#[test]
fn what_has_no_room_or_no_meaning_is_impossible() {
    let agent = Agent::new(Texts::default());
    let mut alone = Alone::new(&agent);
    let options = Options::new(SocketType::Udp4);
    assert_eq!(alone.call(0, Call::Close), Ok(Answer::Impossible));
    for expected in [Answer::Socket(0), Answer::Socket(1), Answer::Impossible] {
        assert_eq!(create(&mut alone, &agent, options), expected);
    }
    let (to, number) = (None, None);
    let lengths = &vec![0; 4 * (PIECES + 1)];
    let bytes = Bytes::List {
        bytes: b"",
        lengths,
    };
    let send = Call::Send { bytes, to, number };
    assert_eq!(alone.call(0, send), Ok(Answer::Impossible));
    let bytes = Bytes::List {
        bytes: b"",
        lengths: &[1, 0, 0, 0],
    };
    let send = Call::Send { bytes, to, number };
    assert_eq!(alone.call(0, send), Ok(Answer::Impossible));
}

#[test]
fn a_refusal_is_the_calls_own() {
    let agent = Agent::new(Texts::default());
    let mut alone = Alone::new(&agent);
    create(&mut alone, &agent, Options::new(SocketType::Udp4));
    assert_eq!(alone.call(0, Call::Close), Ok(Answer::Done));
    assert_eq!(alone.call(0, Call::Close), Err(Misuse::NotRunning.into()));
    let rule = crate::Blocked::Subnet(core::net::Ipv4Addr::LOCALHOST.into(), 33);
    let refused = alone.call(0, Call::BlockSending(rule));
    assert!(matches!(
        refused,
        Err(Error::Misuse(Misuse::BadPrefix { .. }))
    ));
}

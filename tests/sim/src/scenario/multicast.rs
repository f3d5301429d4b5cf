//! Groups that are joined and left over time: for any source and for one, over IPv4 and IPv6, and broadcasts beside them. Nobody
//! gets what it has not joined.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use anydgram_core::stack::Random;
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Interface, Limits, Misuse,
    Operation, Options, Socket, SocketId, SocketType, Sockets,
};

use super::Scenario;
use crate::application::Start;
use crate::host::HostOptions;
use crate::network::SegmentOptions;
use crate::world::{Violation, World};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "multicast",
    "two sources send to groups and to all; four members join and leave until they have some of each",
    run,
);

const SOURCES: u8 = 2;
const MEMBERS: u8 = 4;
const PORT: u16 = 6000;
/// How often a source sends one of each.
const INTERVAL: Duration = Duration::from_millis(80);
/// How often a member joins or leaves a group.
const CHANGE: Duration = Duration::from_millis(300);
/// How many of each a member wants.
const WANTED: u32 = 5;
const LIMIT: Duration = Duration::from_secs(120);

/// For any source.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 1);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, 0, 0x42);
/// For one source (RFC 4607).
const CHANNEL: Ipv4Addr = Ipv4Addr::new(232, 1, 2, 3);
const ALL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 255);

/// What a datagram was sent to: the place of its count, too.
const TO_GROUP: usize = 0;
const TO_GROUP_V6: usize = 1;
const TO_CHANNEL: usize = 2;
/// The channels of both sources have places of their own.
const TO_ALL: usize = 4;
const KINDS: usize = 5;

fn source(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number + 1)
}

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let addresses = |number| {
        [
            format!("{}/24", source(number)),
            format!("2001:db8::{}/64", number + 1),
        ]
    };
    for number in 0..SOURCES {
        let name = format!("source{number}");
        let host = world.add_host(&name, HostOptions::new(), move |start| {
            Box::new(Source::start(start, number))
        });
        let [four, six] = addresses(number);
        world.plug_in(host, segment, &[&four, &six]);
    }
    let tallies: Rc<[Tally]> = (0..MEMBERS).map(|_| Tally::default()).collect();
    for number in 0..MEMBERS {
        let tallies = Rc::clone(&tallies);
        let name = format!("member{number}");
        let host = world.add_host(&name, HostOptions::new(), move |start| {
            Box::new(Member::start(start, number, Rc::clone(&tallies)))
        });
        let [four, six] = addresses(SOURCES + number);
        world.plug_in(host, segment, &[&four, &six]);
    }
    let looked_at = Rc::clone(&tallies);
    world.add_invariant("nobody gets what it has not joined", move |_| {
        let wrong = looked_at
            .iter()
            .find_map(|tally| tally.wrong.borrow().clone());
        wrong.map_or(Ok(()), Err)
    });
    let is_done = |_: &World<'_>| tallies.iter().all(Tally::is_done);
    if world.run_until(LIMIT, is_done)? {
        return Ok(());
    }
    let counts: Vec<_> = tallies.iter().map(|tally| tally.counts.get()).collect();
    Err(world.violation(format!("after {LIMIT:?}, the members have {counts:?}")))
}

/// A socket of each family.
fn open(sockets: &mut Sockets<'_, 'static>) -> [SocketId; 2] {
    let families = [SocketType::Udp4, SocketType::Udp6];
    families.map(|family| {
        let options = Options::new(family).ipv6_only(family == SocketType::Udp6);
        let mut socket = Socket::with_heap(options, Limits::new());
        socket.bind(BindOptions::port(PORT)).expect("it is open");
        sockets.add(socket).expect("there is room")
    })
}

/// Sends one of each again and again.
struct Source {
    number: u8,
    sockets: [SocketId; 2],
    next: Instant,
}

impl Source {
    fn start(start: &mut Start<'_, '_>, number: u8) -> Self {
        Self {
            number,
            sockets: open(start.sockets),
            next: start.now.saturating_add(INTERVAL),
        }
    }
}

impl Handler for Source {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if event == Event::Listening
            && id == self.sockets[0]
            && let Some(socket) = sockets.get_mut(id)
        {
            let allowed = socket.set_broadcast(true);
            debug_assert!(allowed.is_ok(), "it is bound");
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(INTERVAL);
        let [four, six] = self.sockets;
        for (id, to, kind) in [
            (four, IpAddr::V4(GROUP), TO_GROUP),
            (six, IpAddr::V6(GROUP_V6), TO_GROUP_V6),
            (four, IpAddr::V4(CHANNEL), TO_CHANNEL),
            (four, IpAddr::V4(ALL), TO_ALL),
        ] {
            let kind = u8::try_from(kind).unwrap_or(u8::MAX);
            let payload = [self.number, kind];
            let datagram = Datagram::new(&payload).to(Destination::new(to, PORT));
            if let Some(socket) = sockets.get_mut(id) {
                // What finds no room is sent again.
                socket.send(datagram.unreported()).ok();
            }
        }
    }
}

/// What a member has got, which survives its crashes.
#[derive(Debug, Default)]
struct Tally {
    counts: Cell<[u32; KINDS]>,
    wrong: RefCell<Option<String>>,
}

impl Tally {
    fn is_done(&self) -> bool {
        self.counts.get().iter().all(|&count| count >= WANTED)
    }
}

/// Joins and leaves.
struct Member {
    number: u8,
    sockets: [SocketId; 2],
    tallies: Rc<[Tally]>,
    /// What has been joined, by the place of its count.
    joined: [bool; KINDS],
    random: Random,
    next: Instant,
}

impl Member {
    fn start(start: &mut Start<'_, '_>, number: u8, tallies: Rc<[Tally]>) -> Self {
        Self {
            number,
            sockets: open(start.sockets),
            tallies,
            joined: FRESH,
            random: Random::new(start.seed),
            next: start.now.saturating_add(CHANGE),
        }
    }

    fn receive(&self, sender: u8, kind: usize) {
        let tally = &self.tallies[usize::from(self.number)];
        let at = if kind == TO_CHANNEL {
            kind + usize::from(sender)
        } else {
            kind
        };
        let mut counts = tally.counts.get();
        if let (Some(true), Some(count)) = (self.joined.get(at), counts.get_mut(at)) {
            *count = count.saturating_add(1);
            tally.counts.set(counts);
        } else {
            let what = format!("member {} got {kind} of source {sender}", self.number);
            *tally.wrong.borrow_mut() = Some(what);
        }
    }

    /// Joins or leaves what has a place.
    fn change(&mut self, sockets: &mut Sockets<'_, '_>, at: usize) -> Result<(), Misuse> {
        let joins = !self.joined[at];
        let id = self.sockets[usize::from(at == TO_GROUP_V6)];
        let Some(socket) = sockets.get_mut(id) else {
            return Err(Misuse::NotRunning);
        };
        let interface = Interface::Default;
        let changed = match (at, joins) {
            (TO_GROUP, true) => socket.add_membership(GROUP.into(), interface),
            (TO_GROUP, false) => socket.drop_membership(GROUP.into(), interface),
            (TO_GROUP_V6, true) => socket.add_membership(GROUP_V6.into(), interface),
            (TO_GROUP_V6, false) => socket.drop_membership(GROUP_V6.into(), interface),
            (channel, _) => {
                let number = if channel == TO_CHANNEL { 0 } else { 1 };
                let (source, group) = (source(number).into(), CHANNEL.into());
                if joins {
                    socket.add_source_specific_membership(source, group, interface)
                } else {
                    socket.drop_source_specific_membership(source, group, interface)
                }
            }
        };
        self.joined[at] = joins;
        changed.map_err(|_| Misuse::NotRunning)
    }

    /// Something could not be joined or left, for example without an address, and nobody knows what: closes the sockets.
    /// Others take their places when they are gone.
    fn begin_anew(&mut self, sockets: &mut Sockets<'_, '_>) {
        self.joined = FRESH;
        for id in self.sockets {
            if let Some(socket) = sockets.get_mut(id) {
                socket.close().ok();
            }
        }
    }
}

impl Handler for Member {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        match event {
            Event::Message(message) => {
                if let &[sender, kind] = message.data {
                    self.receive(sender, kind.into());
                }
            }
            Event::Error {
                operation: Operation::Membership,
                ..
            } => self.begin_anew(sockets),
            Event::Close => {
                // In the memory of the old one.
                let old = sockets.remove(id).expect("it is there");
                let options = *old.options();
                let mut socket = old.renew(options);
                socket.bind(BindOptions::port(PORT)).expect("it is open");
                let place = usize::from(options.socket_type == SocketType::Udp6);
                if let Ok(added) = sockets.add(socket) {
                    self.sockets[place] = added;
                }
            }
            Event::Listening
            | Event::Connect
            | Event::Sent { .. }
            | Event::Drained
            | Event::Error { .. }
            | _ => {}
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(CHANGE);
        // Broadcasts come anyway.
        let count = u32::try_from(TO_ALL).unwrap_or(0);
        let at = usize::try_from(self.random.below(count)).unwrap_or(0);
        if self.change(sockets, at).is_err() {
            self.begin_anew(sockets);
        }
    }
}

/// Nothing has been joined, and broadcasts come.
const FRESH: [bool; KINDS] = [false, false, false, false, true];

//! Hosts that send each other letters of any length, in either family: what comes is what was sent, to whom it was sent.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use anydgram_core::stack::Random;
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Limits, Options, Socket, SocketId,
    SocketType, Sockets,
};

use super::Scenario;
use crate::application::Start;
use crate::host::HostOptions;
use crate::network::SegmentOptions;
use crate::trace::digest;
use crate::world::{Violation, World};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "letters",
    "five hosts send each other long and short letters, until each has one from each other",
    run,
);

const HOSTS: u8 = 5;
const PORT: u16 = 25;
/// How often a host writes.
const INTERVAL: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(60);
/// The longest letter over IPv4, which goes in fragments among frames, and over IPv6, which does not.
const LONGEST: [u32; 2] = [8_000, 1_400];

fn address(number: u8, is_ipv6: bool) -> IpAddr {
    if is_ipv6 {
        let last = u16::from(number) + 1;
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into()
    } else {
        Ipv4Addr::new(192, 0, 2, number + 1).into()
    }
}

/// What all hosts know of the post.
#[derive(Default)]
struct Post {
    /// The hashes of letters, by their numbers, and for whom they are.
    sent: BTreeMap<u64, (u64, u8)>,
    /// A bit for each host that each host has a letter from.
    known: [u64; HOSTS as usize],
    wrong: Option<String>,
}

impl Post {
    /// Looks at a letter that has come to a host.
    fn open(&mut self, to: u8, letter: &[u8]) {
        let number = letter.first_chunk().copied().map(u64::from_be_bytes);
        let from = letter.get(8).copied().filter(|from| *from < HOSTS);
        let expected = number.and_then(|number| self.sent.get(&number));
        match (expected, from) {
            (Some(&expected), Some(from)) if expected == (digest(letter), to) => {
                self.known[usize::from(to)] |= 1 << from;
            }
            _ => {
                let len = letter.len();
                self.wrong = Some(format!("{len} bytes came to host {to}: {letter:02x?}"));
            }
        }
    }
}

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let post = Rc::new(RefCell::new(Post::default()));
    for number in 0..HOSTS {
        let post = Rc::clone(&post);
        let name = format!("host{number}");
        let host = world.add_host(&name, HostOptions::new(), move |start| {
            Box::new(Writer::start(start, number, Rc::clone(&post)))
        });
        let addresses = [
            format!("{}/24", address(number, false)),
            format!("{}/64", address(number, true)),
        ];
        world.plug_in(host, segment, &addresses.each_ref().map(String::as_str));
    }
    let checked = Rc::clone(&post);
    world.add_invariant("what comes was sent", move |_| {
        checked.borrow_mut().wrong.take().map_or(Ok(()), Err)
    });
    let is_done = |_: &World<'_>| {
        let post = post.borrow();
        let has_all = |(known, own): (&u64, u8)| known | 1 << own == (1 << HOSTS) - 1;
        post.known.iter().zip(0..).all(has_all)
    };
    if world.run_until(LIMIT, is_done)? {
        Ok(())
    } else {
        let known = post.borrow().known.map(|known| format!("{known:05b}"));
        let known = known.join(" ");
        Err(world.violation(format!("after {LIMIT:?}, letters came from: {known}")))
    }
}

struct Writer {
    number: u8,
    sockets: [SocketId; 2],
    post: Rc<RefCell<Post>>,
    random: Random,
    next: Instant,
}

impl Writer {
    fn start(start: &mut Start<'_, '_>, number: u8, post: Rc<RefCell<Post>>) -> Self {
        let sockets = [SocketType::Udp4, SocketType::Udp6].map(|family| {
            let options = Options::new(family).ipv6_only(family == SocketType::Udp6);
            let mut socket = Socket::with_heap(options, Limits::new());
            socket.bind(BindOptions::port(PORT)).expect("it is open");
            start.sockets.add(socket).expect("there is room")
        });
        Self {
            number,
            sockets,
            post,
            random: Random::new(start.seed),
            next: start.now.saturating_add(INTERVAL),
        }
    }

    fn draw(&mut self, bound: u32) -> usize {
        usize::try_from(self.random.below(bound)).unwrap_or(0)
    }
}

impl Handler for Writer {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.post.borrow_mut().open(self.number, message.data);
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(INTERVAL);
        let to = u8::try_from(self.draw(u32::from(HOSTS) - 1)).unwrap_or(0);
        let to = if to < self.number { to } else { to + 1 };
        let family = self.draw(2);
        // Most letters are short.
        let longest = if self.draw(4) == 0 {
            LONGEST[family]
        } else {
            64
        };
        let len = self.draw(longest);
        let mut letter = self.random.next().to_be_bytes().to_vec();
        letter.push(self.number);
        while letter.len() < len {
            letter.extend(self.random.next().to_be_bytes());
        }
        let number = letter.first_chunk().copied().map(u64::from_be_bytes);
        let known = (digest(&letter), to);
        let mut post = self.post.borrow_mut();
        post.sent.insert(number.expect("it has one"), known);
        if let Some(socket) = sockets.get_mut(self.sockets[family]) {
            let to = Destination::new(address(to, family == 1), PORT);
            // What finds no room is lost.
            let letter = Datagram::new(&letter[..]).to(to).unreported();
            socket.send(letter).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number 7, from host 2.
    const LETTER: [u8; 11] = [0, 0, 0, 0, 0, 0, 0, 7, 2, b'a', b'b'];

    #[test]
    fn only_what_was_sent_is_taken_and_only_where_it_was_sent() {
        let open = |to, letter: &[u8]| {
            let mut post = Post::default();
            post.sent.insert(7, (digest(&LETTER), 1));
            post.open(to, letter);
            (post.wrong.is_some(), post.known[usize::from(to)])
        };
        assert_eq!(open(1, &LETTER), (false, 1 << 2));
        assert_eq!(open(3, &LETTER), (true, 0), "somebody else's");
        for at in 0..LETTER.len() {
            let mut other = LETTER;
            other[at] ^= 0x10;
            assert_eq!(open(1, &other), (true, 0), "byte {at} is wrong");
        }
        assert_eq!(open(1, &LETTER[..10]), (true, 0), "the end is missing");
        assert_eq!(open(1, &[]), (true, 0));
    }
}

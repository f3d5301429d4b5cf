//! Neighbours that answer, that do not, and that come and go.

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::address::Endpoint;
use crate::link::{Link, LinkOptions, Plan};
use crate::payload::Payload;
use crate::stack::{AddressSlot, Cidr, InterfaceSlot, Interfaces};

mod fragments;

const OWN: [u8; 6] = [2, 0, 0, 0, 0, 1];

fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

/// A link with an address of each family, and a clock.
struct Segment {
    link: Link<'static>,
    interfaces: Interfaces<'static>,
    now: Instant,
}

fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

const fn hardware(last: u8) -> [u8; 6] {
    [2, 0, 0, 0, 1, last]
}

/// A frame that left: a datagram's destination and first byte, or a question's target.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Left {
    Datagram([u8; 6], u8),
    Question(IpAddr, bool),
}

impl Segment {
    fn new(neighbours: usize, waiting: usize, bytes: usize) -> Self {
        let mut interfaces = Interfaces::new(
            leaked([const { InterfaceSlot::new() }; 1]),
            leaked([const { AddressSlot::new() }; 2]),
        );
        assert_eq!(interfaces.add("eth0", 1500), Ok(2));
        for (text, prefix) in [("192.0.2.1", 24), ("fe80::1", 64)] {
            let cidr = Cidr::new(text.parse().unwrap(), prefix);
            assert_eq!(interfaces.add_address(2, cidr), Ok(()));
        }
        let neighbours: Vec<_> = (0..neighbours).map(|_| NeighbourSlot::new()).collect();
        let waiting: Vec<_> = (0..waiting).map(|_| WaitingSlot::new()).collect();
        let bytes: Vec<_> = (0..bytes).map(|_| 0).collect();
        let options = LinkOptions::ethernet(2, OWN);
        Self {
            link: Link::new(options, neighbours.leak(), waiting.leak(), bytes.leak()),
            interfaces,
            now: Instant::from_micros(0),
        }
    }

    fn send(&mut self, to: IpAddr, bytes: &[u8]) -> Plan {
        let source = self.interfaces.source(2, to).unwrap();
        let datagram = Outgoing::new(
            2,
            Endpoint::from((source, 7)),
            Endpoint::from((to, 7)),
            Payload::Slice(bytes),
        );
        self.link.transmit(self.now, &datagram)
    }

    fn learn(&mut self, last: u8, is_answer: bool) {
        self.link
            .neighbours
            .learn(self.now, ip(last).into(), hardware(last), is_answer);
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
    }

    /// All frames that are due.
    fn left(&mut self) -> Vec<Left> {
        let mut all = Vec::new();
        while let Some(waiting) = self.link.poll_transmit(self.now, &self.interfaces) {
            let mut frame = [0; 2048];
            let frame = &mut frame[..waiting.len()];
            assert!(waiting.write(frame));
            all.push(match waiting.solicitation() {
                Some(question) => Left::Question(question.target(), question.is_unicast()),
                None => Left::Datagram(frame[..6].try_into().unwrap(), frame[42]),
            });
        }
        all
    }

    fn unreachable(&mut self) -> Vec<IpAddr> {
        core::iter::from_fn(|| self.link.poll_unreachable())
            .map(|lost| {
                assert_eq!((lost.errno, lost.local.port), (Errno::EHOSTUNREACH, 7));
                lost.peer.address.ip()
            })
            .collect()
    }
}

#[test]
fn a_neighbour_is_asked_for_and_what_waited_leaves_in_order() {
    let mut segment = Segment::new(4, 8, 64);
    for byte in 1..=3 {
        assert_eq!(segment.send(ip(9), &[byte]), Plan::Waits);
    }
    assert_eq!(segment.left(), [Left::Question(ip(9), false)]);
    assert_eq!(segment.left(), []);
    segment.learn(9, true);
    let datagrams = (1..=3).map(|byte| Left::Datagram(hardware(9), byte));
    assert_eq!(segment.left(), datagrams.collect::<Vec<_>>());
    assert!(matches!(segment.send(ip(9), &[4]), Plan::Ready(_)));
    assert_eq!(segment.link.neighbour(ip(9)), Some(hardware(9)));
}

#[test]
fn nothing_overtakes_what_waits() {
    let mut segment = Segment::new(4, 8, 64);
    assert_eq!(segment.send(ip(9), b"a"), Plan::Waits);
    segment.left();
    segment.learn(9, true);
    assert_eq!(segment.send(ip(9), b"b"), Plan::Waits);
    let datagrams = [b'a', b'b'].map(|byte| Left::Datagram(hardware(9), byte));
    assert_eq!(segment.left(), datagrams);
}

#[test]
fn questions_are_as_the_standards_have_them() {
    let mut segment = Segment::new(4, 8, 64);
    assert_eq!(segment.send(ip(9), b"x"), Plan::Waits);
    let mut frame = [0; 64];
    let question = segment
        .link
        .poll_transmit(segment.now, &segment.interfaces)
        .unwrap();
    let len = question.len();
    assert!(!question.write(&mut frame[..len - 1]) && !question.write(&mut frame[..=len]));
    assert!(question.write(&mut frame[..len]));
    let arp = etherparse::SlicedPacket::from_ethernet(&frame[..len]).unwrap();
    let Some(etherparse::NetSlice::Arp(arp)) = arp.net else {
        panic!("{arp:?}");
    };
    assert_eq!(arp.operation(), etherparse::ArpOperation::REQUEST);
    assert_eq!(arp.sender_hw_addr(), OWN);
    assert_eq!(arp.sender_protocol_addr(), [192, 0, 2, 1]);
    assert_eq!(arp.target_protocol_addr(), [192, 0, 2, 9]);
    assert_eq!(frame[..6], [0xff; 6]);

    let to: IpAddr = "fe80::1:2345:6789".parse().unwrap();
    assert_eq!(segment.send(to, b"x"), Plan::Waits);
    let question = segment
        .link
        .poll_transmit(segment.now, &segment.interfaces)
        .unwrap();
    let mut frame = [0; 128];
    let len = question.len();
    assert!(question.write(&mut frame[..len]));
    assert_eq!(frame[..6], [0x33, 0x33, 0xff, 0x45, 0x67, 0x89]);
    let packet = etherparse::PacketHeaders::from_ethernet_slice(&frame[..len]).unwrap();
    let Some(etherparse::NetHeaders::Ipv6(header, _)) = packet.net else {
        panic!();
    };
    assert_eq!(header.hop_limit, 255);
    assert_eq!(
        header.destination_addr(),
        "ff02::1:ff45:6789".parse::<core::net::Ipv6Addr>().unwrap()
    );
    let Some(etherparse::TransportHeader::Icmpv6(icmp)) = packet.transport else {
        panic!();
    };
    let whole = &frame[54..len];
    let payload = &whole[icmp.header_len()..];
    let right = icmp
        .icmp_type
        .calc_checksum(header.source, header.destination, payload);
    assert_eq!(right, Ok(icmp.checksum));
    assert_eq!(whole[24..], [[1, 1].as_slice(), &OWN].concat());
}

#[test]
fn a_neighbour_that_never_answers_fails_and_is_left_in_peace() {
    let mut segment = Segment::new(4, 8, 64);
    assert_eq!(segment.send(ip(9), b"a"), Plan::Waits);
    for _ in 0..3 {
        assert_eq!(segment.link.poll_at(), Some(segment.now));
        assert_eq!(segment.left(), [Left::Question(ip(9), false)]);
        assert!(segment.unreachable().is_empty());
        segment.pass(Duration::from_secs(1));
    }
    assert_eq!(segment.left(), []);
    assert_eq!(segment.unreachable(), [ip(9)]);
    assert_eq!(segment.link.poll_at(), None);
    for _ in 0..3 {
        assert_eq!(segment.send(ip(9), b"b"), Plan::Failed(Errno::EHOSTUNREACH));
        assert_eq!(segment.left(), []);
        segment.pass(Duration::from_secs(1));
    }
    assert_eq!(segment.send(ip(9), b"c"), Plan::Waits);
    assert_eq!(segment.left(), [Left::Question(ip(9), false)]);
    segment.learn(9, true);
    assert_eq!(segment.left(), [Left::Datagram(hardware(9), b'c')]);
}

#[test]
fn a_dead_neighbour_takes_no_place_from_the_others() {
    let mut segment = Segment::new(128, 8, 256);
    for last in 2..102 {
        for byte in 0..20 {
            assert_eq!(segment.send(ip(200), &[byte]), Plan::Waits);
        }
        assert_eq!(segment.send(ip(last), &[last]), Plan::Waits);
        segment.learn(last, true);
        let left = segment.left();
        assert!(left.contains(&Left::Datagram(hardware(last), last)));
    }
    // Four of eight places are the most that it can have.
    assert_eq!(segment.link.drops().waiting_overflowed, 20 * 100 - 4);
    segment.pass(Duration::from_secs(1));
    segment.left();
    segment.pass(Duration::from_secs(1));
    segment.left();
    segment.pass(Duration::from_secs(1));
    segment.left();
    assert_eq!(segment.unreachable().len(), 4);
}

#[test]
fn a_neighbour_in_use_is_asked_again_before_it_expires() {
    let mut segment = Segment::new(4, 8, 64);
    assert_eq!(segment.send(ip(9), b"a"), Plan::Waits);
    segment.left();
    segment.learn(9, true);
    segment.left();
    segment.pass(Duration::from_secs(49));
    assert!(matches!(segment.send(ip(9), b"b"), Plan::Ready(_)));
    assert_eq!(segment.link.poll_at(), None);
    segment.pass(Duration::from_secs(2));
    assert_eq!(segment.left(), [], "it is not used any more");
    assert!(matches!(segment.send(ip(9), b"c"), Plan::Ready(_)));
    assert_eq!(segment.left(), [Left::Question(ip(9), true)]);
    assert_eq!(segment.left(), []);
    segment.pass(Duration::from_secs(10));
    assert_eq!(segment.send(ip(9), b"d"), Plan::Waits, "it has expired");
    segment.learn(9, true);
    assert_eq!(segment.left(), [Left::Datagram(hardware(9), b'd')]);
}

#[test]
fn the_longest_unused_gives_way_and_one_that_is_asked_for_never() {
    let mut segment = Segment::new(2, 8, 64);
    for last in [2, 3] {
        segment.send(ip(last), b"x");
        segment.learn(last, true);
        segment.left();
        segment.pass(Duration::from_secs(1));
    }
    assert!(matches!(segment.send(ip(2), b"x"), Plan::Ready(_)));
    assert_eq!(segment.send(ip(4), b"x"), Plan::Waits);
    assert_eq!(segment.link.neighbour(ip(3)), None);
    assert_eq!(segment.link.neighbour(ip(2)), Some(hardware(2)));
    assert_eq!(segment.send(ip(5), b"x"), Plan::Waits);
    assert_eq!(segment.send(ip(6), b"x"), Plan::Failed(Errno::ENOBUFS));
    segment.learn(4, true);
    segment.learn(5, true);
    assert_eq!(
        segment.send(ip(6), b"x"),
        Plan::Failed(Errno::ENOBUFS),
        "datagrams still need both"
    );
    assert_eq!(segment.left().len(), 2);
    assert_eq!(segment.send(ip(6), b"x"), Plan::Waits);
}

#[test]
fn nothing_is_learned_from_answers_to_no_question() {
    let mut segment = Segment::new(2, 2, 64);
    segment.learn(9, true);
    assert_eq!(segment.link.neighbour(ip(9)), None);
    for last in 2..9 {
        segment.learn(last, false);
    }
    assert_eq!(segment.link.neighbour(ip(2)), Some(hardware(2)));
    assert_eq!(segment.link.neighbour(ip(8)), None, "nobody gives way");
    segment
        .link
        .neighbours
        .learn(segment.now, ip(2).into(), hardware(77), false);
    assert_eq!(segment.link.neighbour(ip(2)), Some(hardware(77)));
    segment.left();
    assert_eq!(segment.link.drops().neighbour_moved, 1);
}

#[test]
fn a_reset_forgets_everything() {
    let mut segment = Segment::new(4, 4, 64);
    segment.send(ip(2), b"x");
    segment.learn(2, true);
    segment.left();
    assert_eq!(segment.send(ip(9), b"x"), Plan::Waits);
    segment.link.reset();
    assert_eq!(segment.link.drops().waiting_lost, 1);
    assert_eq!(segment.link.neighbour(ip(2)), None);
    assert_eq!(
        (segment.left(), segment.unreachable()),
        (Vec::new(), Vec::new())
    );
    assert_eq!(segment.link.poll_at(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever happens, each datagram that waits leaves, fails, or is counted; and `poll_at` is right.
    #[test]
    fn nothing_is_lost_silently(
        steps in proptest::collection::vec((0..6_u8, 2..6_u8, 0..20_usize), 0..80),
    ) {
        let mut segment = Segment::new(3, 4, 40);
        let (mut waited, mut left, mut failed) = (0, 0, 0);
        for (kind, last, size) in steps {
            match kind {
                0..3 => {
                    let bytes: Vec<u8> = (0..size.max(1)).map(|_| last).collect();
                    if segment.send(ip(last), &bytes) == Plan::Waits {
                        waited += 1;
                    }
                }
                3 => segment.learn(last, true),
                4 => segment.pass(Duration::from_millis(170 * u64::try_from(size).unwrap())),
                _ => {
                    let at = segment.link.poll_at();
                    let frames = segment.left();
                    let is_due = at.is_some_and(|at| at <= segment.now);
                    // A neighbour may have failed just now.
                    let lost = segment.unreachable().len();
                    prop_assert!(is_due || frames.is_empty());
                    prop_assert!(segment.link.poll_at().is_none_or(|at| at > segment.now));
                    failed += lost;
                    left += frames.iter().filter(|frame| match frame {
                        Left::Datagram(to, byte) => {
                            assert_eq!(*to, hardware(*byte));
                            true
                        }
                        Left::Question(..) => false,
                    }).count();
                }
            }
        }
        for _ in 0..5 {
            left += segment.left().iter().filter(|frame| matches!(frame, Left::Datagram(..))).count();
            failed += segment.unreachable().len();
            segment.pass(Duration::from_secs(1));
        }
        let dropped = usize::try_from(segment.link.drops().waiting_overflowed).unwrap();
        prop_assert_eq!(waited, left + failed + dropped);
    }
}

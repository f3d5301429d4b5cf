//! The ring's corner cases one by one, and all of it against a model that is a plain list.

extern crate alloc;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::address::Address;
use crate::payload::Payload;

fn slots<const N: usize>() -> [LocalSlot; N] {
    [const { LocalSlot::new() }; N]
}

fn end(text: &str, port: u16) -> Endpoint {
    Endpoint::new(Address::parse(text).unwrap(), port)
}

fn push(local: &mut Loopback<'_>, bytes: &[u8]) -> bool {
    let (source, destination) = (end("127.0.0.1", 7), end("127.0.0.1", 9));
    local.push(&Outgoing::new(1, source, destination, bytes.into()))
}

fn take(local: &mut Loopback<'_>) -> Option<Vec<u8>> {
    let bytes = local.front()?.payload.to_vec();
    local.pop();
    Some(bytes)
}

#[test]
fn everything_about_a_datagram_is_kept() {
    let (mut slots, mut bytes) = (slots::<1>(), [0; 8]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert_eq!(local.front(), None);
    let (source, destination) = (end("fe80::1%2", 7), end("ff02::1%2", 9));
    let pieces: [&[u8]; 4] = [b"ab", b"", b"cde", b"f"];
    let mut datagram = Outgoing::new(2, source, destination, Payload::List(&pieces));
    datagram.hop_limit = 3;
    assert!(local.push(&datagram));
    let arrived = local.front().unwrap();
    assert_eq!(arrived.interface, 2);
    assert_eq!((arrived.source, arrived.destination), (source, destination));
    assert_eq!(arrived.hop_limit, Some(3));
    assert_eq!(arrived.payload, b"abcdef");
    assert_eq!(local.front(), Some(arrived), "it is only looked at");
    local.pop();
    assert_eq!((local.front(), local.len()), (None, 0));
}

#[test]
fn an_empty_datagram_is_a_datagram() {
    let (mut slots, mut bytes) = (slots::<2>(), [0; 4]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert!(push(&mut local, b"full"));
    assert!(push(&mut local, b""), "it needs no bytes");
    assert!(!push(&mut local, b""), "but a place");
    assert_eq!(take(&mut local).unwrap(), b"full");
    assert_eq!((local.len(), local.is_empty()), (1, false));
    assert_eq!(take(&mut local).unwrap(), b"");
    assert!(local.is_empty());
    let (mut slots, mut none) = (self::slots::<1>(), []);
    let mut local = Loopback::new(&mut slots, &mut none);
    assert!(local.could_hold(0) && !local.could_hold(1));
    assert!(push(&mut local, b""));
}

#[test]
fn the_ring_can_be_filled_exactly() {
    let (mut slots, mut bytes) = (slots::<4>(), [0; 10]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert!(push(&mut local, b"abcd") && push(&mut local, b"efghij"));
    assert!(!push(&mut local, b"k"));
    assert_eq!(take(&mut local).unwrap(), b"abcd");
    // Around the end, up to the oldest.
    assert!(!push(&mut local, b"klmno"));
    assert!(push(&mut local, b"klmn"));
    assert!(push(&mut local, b"") && !push(&mut local, b"o"));
    for expected in [&b"efghij"[..], b"klmn", b""] {
        assert_eq!(take(&mut local).unwrap(), expected);
    }
    assert!(push(&mut local, b"0123456789"));
}

#[test]
fn a_datagram_lies_in_one_piece_behind_a_padding() {
    let (mut slots, mut bytes) = (slots::<4>(), [0; 10]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert!(push(&mut local, b"abcdef") && push(&mut local, b"gh"));
    assert_eq!(take(&mut local).unwrap(), b"abcdef");
    // Two bytes are left behind; before the oldest there are six.
    assert!(!push(&mut local, b"ijklmno"));
    assert!(push(&mut local, b"ijkl"));
    assert!(!push(&mut local, b"mno"));
    assert!(push(&mut local, b"mn"));
    for expected in [b"gh", &b"ijkl"[..]] {
        assert_eq!(take(&mut local).unwrap(), expected);
    }
    // The padding went with the datagram behind it.
    assert!(push(&mut local, b"opqr"));
    assert_eq!(take(&mut local).unwrap(), b"mn");
    assert_eq!(take(&mut local).unwrap(), b"opqr");
}

#[test]
fn a_refusal_changes_nothing() {
    let (mut slots, mut bytes) = (slots::<2>(), [0; 8]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert!(push(&mut local, b"abc"));
    assert!(!push(&mut local, b"123456"));
    assert!(push(&mut local, b"defgh"));
    assert!(!push(&mut local, b""));
    assert_eq!(local.len(), 2);
    assert_eq!(take(&mut local).unwrap(), b"abc");
    assert_eq!(take(&mut local).unwrap(), b"defgh");
    assert_eq!(take(&mut local), None);
    local.pop();
    assert!(local.is_empty());
}

#[test]
fn without_places_nothing_can_be_held() {
    let (mut slots, mut bytes) = (slots::<0>(), [0; 8]);
    let mut local = Loopback::new(&mut slots, &mut bytes);
    assert!(!local.could_hold(0) && !push(&mut local, b""));
    assert_eq!(local.front(), None);
}

proptest! {
    #[test]
    fn an_empty_ring_holds_what_it_says(places in 0..2_usize, room in 0..20_usize, len in 0..25_usize) {
        let (mut slots, mut bytes) = (slots::<1>(), alloc::vec![0; room]);
        let mut local = Loopback::new(&mut slots[..places], &mut bytes);
        let could_hold = local.could_hold(len);
        prop_assert_eq!(push(&mut local, &alloc::vec![1; len]), could_hold);
        local.pop();
        prop_assert_eq!(push(&mut local, &alloc::vec![1; len]), could_hold);
    }
}

/// A datagram in the ring. What it left behind it at the end is taken as long as it is there.
struct Known {
    skipped: Range<usize>,
    taken: Range<usize>,
    bytes: Vec<u8>,
}

/// A ring, and where the datagrams have to be that are in it: behind the newest, or else from the start.
struct Checked<'m> {
    local: Loopback<'m>,
    capacity: usize,
    places: usize,
    list: VecDeque<Known>,
    next: u8,
}

impl Checked<'_> {
    fn is_free(&self, wanted: &Range<usize>) -> bool {
        let is_apart = |taken: &Range<usize>| {
            taken.is_empty() || wanted.end <= taken.start || taken.end <= wanted.start
        };
        let mut known = self.list.iter();
        wanted.end <= self.capacity
            && known.all(|known| is_apart(&known.taken) && is_apart(&known.skipped))
    }

    /// The bytes that are skipped, and those that are taken.
    fn place(&self, len: usize) -> Option<(Range<usize>, Range<usize>)> {
        let newest = self.list.iter().rev().find(|known| !known.bytes.is_empty());
        let behind = newest.map_or(0, |newest| newest.taken.end);
        let places = [
            (0..0, behind..behind + len),
            (behind..self.capacity, 0..len),
        ];
        let mut places = places.into_iter();
        places.find(|(_, taken)| self.list.len() < self.places && self.is_free(taken))
    }

    fn push(&mut self, len: usize) {
        let bytes: Vec<u8> = (0..len)
            .map(|_| {
                self.next = self.next.wrapping_add(1);
                self.next
            })
            .collect();
        let place = self.place(len);
        assert_eq!(push(&mut self.local, &bytes), place.is_some());
        if let Some((skipped, taken)) = place {
            self.list.push_back(Known {
                skipped,
                taken,
                bytes,
            });
        }
    }

    fn check(&self) {
        assert_eq!(self.local.len(), self.list.len());
        assert_eq!(self.local.is_empty(), self.list.is_empty());
        let front = self.local.front().map(|front| front.payload);
        let oldest = self.list.front().map(|oldest| oldest.bytes.as_slice());
        assert_eq!(front, oldest);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(4_000)
    })]

    #[test]
    fn a_ring_does_what_a_list_does(
        steps in prop::collection::vec(prop::option::weighted(0.6, 0..9_usize), 0..80),
        capacity in 0..16_usize,
        places in 1..6_usize,
    ) {
        let (mut slots, mut bytes) = (slots::<5>(), alloc::vec![0; capacity]);
        let mut checked = Checked {
            local: Loopback::new(&mut slots[..places], &mut bytes),
            capacity,
            places,
            list: VecDeque::new(),
            next: 0,
        };
        for step in &steps {
            if let Some(len) = *step {
                checked.push(len);
            } else {
                checked.local.pop();
                checked.list.pop_front();
            }
            checked.check();
        }
    }
}

//! The queue against a model that is a plain list, and the ring's corner cases one by one.

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::tally::Number;
use super::*;
use crate::address::Family;
use crate::payload::Payload;
use crate::send_meta::SendMeta;
use crate::storage::{Memory, Storage};

/// What is done to the queue.
#[derive(Clone, Debug)]
enum Step {
    /// Appends a send with a name and a payload of these lengths, in so many pieces.
    Push(usize, usize, usize),
    /// Appends a send with a payload of this length that asks for something, which takes seven bytes.
    Ask(usize),
    /// Releases one of those there are.
    Release(usize),
    /// Releases the oldest.
    ReleaseOldest,
    /// Settles one: it keeps its bytes and its place.
    Settle(usize),
}

use Step::{Ask, Push, Release, ReleaseOldest, Settle};

/// A queue with its tally, and a list of what has to be in it.
struct Checked<'m> {
    memory: &'m mut dyn Memory,
    tally: Tally,
    bytes: usize,
    sends: usize,
    next: u64,
    model: Vec<Modelled>,
}

#[derive(Debug)]
struct Modelled {
    number: u64,
    name: String,
    payload: Vec<u8>,
    meta: SendMeta,
    is_settled: bool,
}

impl Modelled {
    fn size(&self) -> usize {
        self.name.len() + self.payload.len() + usize::from(self.meta.queued_len())
    }
}

impl<'m> Checked<'m> {
    fn new(memory: &'m mut dyn Memory, bytes: usize, sends: usize) -> Self {
        Self {
            memory,
            tally: Tally::default(),
            bytes,
            sends,
            next: 0,
            model: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Push(name, payload, pieces) => {
                self.push((name, payload, pieces), SendMeta::new());
            }
            Ask(payload) => {
                let hops = u8::try_from(self.next % 256).unwrap();
                self.push((0, payload, 0), SendMeta::new().with_hop_limit(hops));
            }
            Release(_) | Settle(_) if self.model.is_empty() => {}
            Release(which) => self.release(which % self.model.len()),
            ReleaseOldest if !self.model.is_empty() => self.release(0),
            ReleaseOldest => {}
            Settle(which) => {
                let at = which % self.model.len();
                let settled = Stage::Settled(Failure::Blocked);
                let entry = &mut self.model[at];
                entry.is_settled = true;
                let Queue { mut entries, .. } = self.memory.parts().queue;
                let entry = entries.iter_mut().find(|e| e.number == entry.number);
                entry.unwrap().advance(settled, &mut self.tally);
            }
        }
        self.check();
    }

    /// Whether it fitted, which has to be so exactly when there is room in sum.
    fn push(&mut self, (name, payload, pieces): (usize, usize, usize), meta: SendMeta) -> bool {
        let number = self.next;
        self.next += 1;
        let letter = u8::try_from(number % 26).unwrap() + b'a';
        let name = String::from(char::from(letter)).repeat(name);
        let payload: Vec<u8> = (letter..).take(payload).collect();
        let pieces: Vec<&[u8]> = match payload.len() / (pieces + 1) {
            0 => [payload.as_slice()].into(),
            length => payload.chunks(length).collect(),
        };
        let kind = Kind::Send {
            report: true,
            to_peer: false,
        };
        let host = Host::Name(&name);
        let entry = Entry::new(number, kind, host, Family::V4.loopback());
        let mut queue = self.memory.parts().queue;
        let content = Content {
            name: name.as_bytes(),
            meta,
            payload: Payload::List(&pieces),
        };
        let fits = queue.push_content(&entry, &content, &mut self.tally);
        let taken: usize = self.model.iter().map(Modelled::size).sum();
        let size = name.len() + usize::from(meta.queued_len()) + payload.len();
        let has_room = self.model.len() < self.sends && taken + size <= self.bytes;
        assert_eq!(fits, has_room, "{size} bytes beside {taken}");
        if fits {
            self.model.push(Modelled {
                number,
                name,
                payload,
                meta,
                is_settled: false,
            });
        }
        fits
    }

    fn release(&mut self, at: usize) {
        let number = self.model.remove(at).number;
        let mut queue = self.memory.parts().queue;
        queue.release(number, &mut self.tally);
    }

    fn check(&mut self) {
        let open = self.model.iter().filter(|entry| !entry.is_settled).count();
        let count = Number(u32::try_from(open).unwrap());
        let expected = Tally {
            in_line: count,
            open: count,
        };
        assert_eq!(self.tally, expected);
        let Queue { entries, arena, .. } = self.memory.parts().queue;
        let released = entries.iter().filter(|entry| entry.is_released());
        assert_eq!(usize::try_from(arena.released), Ok(released.count()));
        for wanted in &self.model {
            let mut queue = self.memory.parts().queue;
            let entry = *queue.find(wanted.number).unwrap();
            assert_eq!(queue.meta(&entry), wanted.meta);
            let (name, payload) = queue.into_bytes(&entry);
            assert_eq!((name, payload), (&*wanted.name, &*wanted.payload));
        }
        let queue = self.memory.parts().queue;
        let numbers = queue.entries.iter().filter(|e| e.stage != Stage::Released);
        assert!(
            numbers
                .map(|e| e.number)
                .eq(self.model.iter().map(|m| m.number))
        );
        let first = queue.first_in_line().map(|entry| entry.number);
        let open = self.model.iter().find(|entry| !entry.is_settled);
        assert_eq!(first, open.map(|entry| entry.number));
        let settled: Vec<_> = self.model.iter().filter(|m| m.is_settled).collect();
        let kept: usize = settled.iter().map(|entry| entry.size()).sum();
        for size in 0..self.bytes + 2 {
            assert_eq!(queue.could_hold(size), size <= self.bytes);
            let has_room = kept + size <= self.bytes && settled.len() < self.sends;
            assert_eq!(queue.could_hold_without_sends(size), has_room);
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..5_usize, 0..14_usize, 0..4_usize)
            .prop_map(|(name, payload, pieces)| Push(name, payload, pieces)),
        1 => (0..10_usize).prop_map(Ask),
        1 => (0..16_usize).prop_map(Release),
        2 => Just(ReleaseOldest),
        1 => (0..16_usize).prop_map(Settle),
    ];
    prop::collection::vec(step, 0..60)
}

fn many() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2_000)
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_fixed_queue_does_what_a_list_does(steps in steps()) {
        let mut storage: Storage<24, 5, 0, 4, 0> = Storage::new();
        let mut queue = Checked::new(&mut storage, 24, 5);
        for step in &steps {
            queue.step(step);
        }
    }

    #[test]
    fn one_place_does_what_a_list_does(steps in steps()) {
        let mut storage: Storage<10, 1, 0, 4, 0> = Storage::new();
        let mut queue = Checked::new(&mut storage, 10, 1);
        for step in &steps {
            queue.step(step);
        }
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn a_growing_queue_does_what_a_list_does(steps in steps(), bytes in 0..60_usize) {
        let limits = crate::storage::Limits::new().send_queue(bytes, 6);
        let mut memory = crate::storage::Growable::new(limits);
        let mut queue = Checked::new(&mut memory, bytes, 6);
        for step in &steps {
            queue.step(step);
        }
    }
}

/// A queue of ten bytes after `steps`.
fn ten_bytes(steps: &[Step]) -> bool {
    let mut storage: Storage<10, 4, 0, 4, 0> = Storage::new();
    let mut queue = Checked::new(&mut storage, 10, 4);
    let (last, before) = steps.split_last().unwrap();
    for step in before {
        queue.step(step);
    }
    let Push(name, payload, pieces) = *last else {
        panic!("the last step is the question");
    };
    let fits = queue.push((name, payload, pieces), SendMeta::new());
    queue.check();
    fits
}

#[test]
fn an_entry_that_fits_exactly_fits() {
    assert!(ten_bytes(&[Push(0, 10, 0)]));
    assert!(!ten_bytes(&[Push(0, 11, 0)]));
    assert!(ten_bytes(&[Push(1, 4, 0), Push(0, 5, 2)]));
    assert!(ten_bytes(&[Push(0, 10, 0), Push(0, 0, 0)]));
}

#[test]
fn an_entry_goes_around_the_end_in_one_piece() {
    // Seven bytes at the end, padded; three at the start.
    let around = [Push(0, 6, 0), Push(0, 3, 0), ReleaseOldest, Push(0, 4, 0)];
    assert!(ten_bytes(&around));
    // The hole behind the padding is used when nothing else is left: all is moved together.
    let mut gathered = around.to_vec();
    gathered.push(Push(2, 1, 0));
    assert!(ten_bytes(&gathered));
}

#[test]
fn a_hole_in_the_middle_is_used() {
    let steps = [Push(0, 3, 0), Push(0, 4, 0), Push(0, 3, 0), Release(1)];
    assert!(ten_bytes(&[&steps[..], &[Push(1, 3, 1)]].concat()));
    assert!(!ten_bytes(&[&steps[..], &[Push(1, 4, 0)]].concat()));
}

#[test]
fn a_settled_entry_keeps_its_bytes() {
    let steps = [Push(2, 3, 0), Push(0, 3, 0), Settle(0), Release(1)];
    assert!(ten_bytes(&[&steps[..], &[Push(0, 5, 0)]].concat()));
    assert!(!ten_bytes(&[&steps[..], &[Push(0, 6, 0)]].concat()));
}

#[test]
fn a_queue_without_bytes_takes_entries_without_bytes() {
    let mut storage: Storage<0, 2, 0, 4, 0> = Storage::new();
    let mut queue = Checked::new(&mut storage, 0, 2);
    for _ in 0..5 {
        assert!(queue.push((0, 0, 0), SendMeta::new()));
        assert!(!queue.push((0, 1, 0), SendMeta::new()));
        assert!(queue.push((0, 0, 3), SendMeta::new()));
        assert!(!queue.push((0, 0, 0), SendMeta::new()));
        queue.step(&Release(1));
        queue.step(&ReleaseOldest);
    }
}

#[test]
fn a_name_has_its_length_in_a_byte() {
    let mut storage: Storage<600, 2, 0, 4, 0> = Storage::new();
    let kind = Kind::Bind;
    let name = "a".repeat(256);
    let entry = Entry::new(0, kind, Host::Name(&name), Family::V4.loopback());
    let mut tally = Tally::default();
    let mut queue = storage.parts().queue;
    let nothing = Payload::Slice(&[]);
    let long = Content::new(name.as_bytes(), nothing);
    assert!(!queue.push_content(&entry, &long, &mut tally));
    let short = Content::new(&name.as_bytes()[..255], nothing);
    assert!(queue.push_content(&entry, &short, &mut tally));
    let entry = *queue.find(0).unwrap();
    assert_eq!(queue.into_bytes(&entry).0, &name[..255]);
}

#[test]
fn a_failed_lookup_names_what_was_asked_for() {
    let entry = Entry::new(0, Kind::Bind, Host::Default, Family::V4.wildcard());
    let error = entry.error(Failure::Lookup(Errno::ENOTFOUND), "");
    assert_eq!(alloc::format!("{error}"), "getaddrinfo ENOTFOUND 0.0.0.0");
}

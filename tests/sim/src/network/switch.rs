//! The way of a frame: out of a device, through the switch of its segment, to the devices of those whom it is for.
//!
//! A switch learns from each frame who is where, and sends the next one for that hardware address there alone; what is for
//! a group, for all, or for an address that it has not seen, it sends by all cables but the one that it came by. It does not
//! listen to reports of groups (no IGMP or MLD snooping), and does not check what it carries: frames have no check sequence,
//! so that what is corrupted gets as far as the stack that has to notice. Only learn from it, a switch does not: who is where
//! would be wrong until the real one sends something.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;

use super::parcels::{Header, Parcel};
use super::transit::{ETHERNET, Flight, NoRoom, Spoilt};
use super::{Cable, Network};
use crate::chance::{Dice, Site};
use crate::fault::Kind;
use crate::trace::{Flip, Why};

/// What a switch has learnt.
#[derive(Debug, Default)]
pub(super) struct Switch {
    /// By which cable frames from a hardware address came, and when.
    known: BTreeMap<[u8; 6], (u32, u64)>,
}

impl Switch {
    fn learn(&mut self, now: u64, source: [u8; 6], cable: u32) {
        if !is_group(source) {
            self.known.insert(source, (cable, now));
        }
    }

    /// The cable of a hardware address; `None`: all.
    fn cable(&self, now: u64, destination: [u8; 6]) -> Option<u32> {
        let &(cable, at) = self.known.get(&destination)?;
        (now.saturating_sub(at) < LIFETIME).then_some(cable)
    }

    /// A cable was pulled.
    pub(super) fn forget(&mut self, cable: u32) {
        self.known.retain(|_, (known, _)| *known != cable);
    }
}

impl Network {
    /// Takes a frame from a device; `false`: there is no room for it now.
    pub(crate) fn transmit_frame(&mut self, now: u64, cable: u32, bytes: &Rc<[u8]>) -> bool {
        let is_unicast = bytes.first_chunk().is_some_and(|to| !is_group(*to));
        let spoilt = match self.admit(now, cable, is_unicast) {
            Ok(spoilt) => Ok(spoilt),
            Err(NoRoom::Blocked) => return false,
            Err(NoRoom::NoBuffers) => Err(Why::RingFull),
        };
        let id = self.identify(now, cable, bytes);
        let Cable { host, segment, .. } = *self.cable(cable);
        let packet = bytes.len().saturating_sub(ETHERNET);
        let left = spoilt.and_then(|spoilt| {
            let at = self.leave(now, cable, &spoilt, (packet, bytes.len()))?;
            Ok((at, spoilt))
        });
        match left {
            Ok((at, spoilt)) => {
                let flight = Flight {
                    now,
                    at,
                    segment,
                    from: cable,
                    id,
                    parcel: 0,
                    is_unicast: is_unicast && id.is_whole,
                    spoilt,
                };
                self.cross(flight, bytes);
            }
            Err(why) => self.lose(now, host, id, why),
        }
        true
    }

    /// Has a frame get to the switch, with what is wrong of it from now on.
    fn cross(&mut self, mut flight: Flight, bytes: &Rc<[u8]>) {
        let Spoilt { kinds, ordinal } = &mut flight.spoilt;
        let is_corrupt = kinds.contains(&Kind::Corrupt);
        kinds.retain(|kind| *kind != Kind::Corrupt);
        let site = Site::Up(flight.from);
        let flip = if is_corrupt {
            self.flip(site, *ordinal, bytes)
        } else {
            None
        };
        flight.parcel = self.parcels.add(Parcel {
            id: flight.id,
            cable: flight.from,
            bytes: Rc::clone(bytes),
            header: Header::Frame(flip),
        });
        if flip.is_none()
            && let Some(source) = bytes.get(6..).and_then(<[u8]>::first_chunk)
        {
            let switch = &mut self.segment_mut(flight.segment).switch;
            switch.learn(flight.now, *source, flight.from);
        }
        self.switch(&flight, &flipped(bytes, flip));
    }

    /// Has a frame come to those whom the switch takes it for.
    fn switch(&mut self, flight: &Flight, bytes: &[u8]) {
        let Flight { now, from, .. } = *flight;
        let destination = bytes.first_chunk();
        let switch = &self.segment(flight.segment).switch;
        match destination.and_then(|to| switch.cable(now, *to)) {
            None => self.flood(flight),
            // Who is there has had it already.
            Some(to) if to == from => {
                self.parcels.keep(flight.parcel, 0);
                let host = self.cable(from).host;
                self.lose(now, host, flight.id, Why::NoNeighbour);
            }
            Some(to) => {
                let copies = self.deliver(flight, to);
                self.parcels.keep(flight.parcel, copies);
            }
        }
    }

    /// Which bit is wrong of a frame that is corrupted: one that is 0 and becomes 1.
    ///
    /// No Internet checksum misses that, nor up to 15 of them in all parts of a datagram together: the sum of so many powers
    /// of two is no multiple of 65,535. Bits that are wrong either way can make up for each other.
    pub(crate) fn flip(&self, site: Site, ordinal: u64, bytes: &[u8]) -> Option<Flip> {
        let mut dice = Dice::new(!self.chance.seed(), site, ordinal);
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let at = usize::try_from(dice.below(len)).unwrap_or(0);
        let bit = 1_u8.rotate_left(u32::try_from(dice.below(8)).unwrap_or(0));
        let places = (at..bytes.len()).chain(0..at);
        let mut bits = places.flat_map(|at| (0..8).map(move |by| (at, bit.rotate_left(by))));
        let (at, mask) = bits.find(|(at, mask)| bytes[*at] & mask == 0)?;
        Some(Flip { at, mask })
    }
}

/// A frame with what is wrong of it.
pub(crate) fn flipped(bytes: &Rc<[u8]>, flip: Option<Flip>) -> Rc<[u8]> {
    let mut bytes = Rc::clone(bytes);
    if let Some(flip) = flip {
        flip.apply(Rc::make_mut(&mut bytes));
    }
    bytes
}

/// Whether a hardware address is one of many.
const fn is_group(address: [u8; 6]) -> bool {
    address[0] & 1 != 0
}

/// How long a switch knows an address that it does not see again, in microseconds (IEEE 802.1Q § 8.8.3).
const LIFETIME: u64 = 300_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::world::WorldOptions;

    const HOST: [u8; 6] = [2, 0, 0, 0, 0, 7];

    #[test]
    fn a_switch_knows_whom_it_has_heard_for_a_while() {
        let mut switch = Switch::default();
        assert_eq!(switch.cable(0, HOST), None);
        switch.learn(10, HOST, 3);
        assert_eq!(switch.cable(10 + LIFETIME - 1, HOST), Some(3));
        assert_eq!(switch.cable(10 + LIFETIME, HOST), None);
        switch.learn(20, HOST, 4);
        assert_eq!(switch.cable(20, HOST), Some(4), "it has moved");
        switch.forget(3);
        assert_eq!(switch.cable(20, HOST), Some(4));
        switch.forget(4);
        assert_eq!(switch.cable(20, HOST), None);
    }

    #[test]
    fn a_group_is_nobody_to_learn_from() {
        let mut switch = Switch::default();
        for group in [[0xff; 6], [1, 0, 0x5e, 0, 0, 1]] {
            switch.learn(0, group, 3);
            assert_eq!(switch.cable(0, group), None);
        }
    }

    #[test]
    fn what_is_flipped_is_one_bit_that_was_0_and_any_of_them() {
        let network = Network::new(Chance::drawn(5), &WorldOptions::new(5));
        let bytes = [0xfe, 0x7f, 0xff, 0x0f];
        let flip = |ordinal| network.flip(Site::Up(1), ordinal, &bytes).unwrap();
        let mut seen = alloc::collections::BTreeSet::new();
        for ordinal in 0..200 {
            let Flip { at, mask } = flip(ordinal);
            assert_eq!((mask.count_ones(), bytes[at] & mask), (1, 0));
            assert_eq!(flip(ordinal), Flip { at, mask }, "the same each time");
            seen.insert((at, mask));
        }
        let all = [
            (0, 0x01),
            (1, 0x80),
            (3, 0x10),
            (3, 0x20),
            (3, 0x40),
            (3, 0x80),
        ];
        assert!(seen.iter().eq(&all), "{seen:?}");
        assert_eq!(network.flip(Site::Up(1), 0, &[0xff; 4]), None);
        assert_eq!(network.flip(Site::Up(1), 0, &[]), None);
    }
}

//! The way of a frame: out of a device, through the switch of its segment, to the devices of those whom it is for.
//!
//! A switch learns from each frame who is where, and sends the next one for that hardware address there alone; what is for
//! a group, for all, or for an address that it has not seen, it sends by all cables but the one that it came by. It does not
//! listen to reports of groups (no IGMP or MLD snooping), and does not check what it carries: frames have no check sequence,
//! so that what is corrupted gets as far as the stack that has to notice.

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
        let flip = is_corrupt.then(|| self.flip(site, *ordinal, bytes.len()));
        flight.parcel = self.parcels.add(Parcel {
            id: flight.id,
            cable: flight.from,
            bytes: Rc::clone(bytes),
            header: Header::Frame(flip),
        });
        self.switch(&flight, &flipped(bytes, [flip, None]));
    }

    /// Has a frame come to those whom the switch takes it for.
    fn switch(&mut self, flight: &Flight, bytes: &[u8]) {
        let Flight { now, from, .. } = *flight;
        let mut addresses = bytes.chunks_exact(6).map(|address| address.try_into());
        let mut address = || addresses.next().and_then(Result::ok);
        // A frame without addresses is for all.
        let destination = address().unwrap_or_default();
        let switch = &mut self.segment_mut(flight.segment).switch;
        if let Some(source) = address() {
            switch.learn(now, source, from);
        }
        match switch.cable(now, destination) {
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

    /// Which bits are wrong of a frame that is corrupted: some of one byte, which no Internet checksum over it misses.
    pub(crate) fn flip(&self, site: Site, ordinal: u64, len: usize) -> Flip {
        let mut dice = Dice::new(!self.chance.seed(), site, ordinal);
        let at = dice.below(u64::try_from(len).unwrap_or(u64::MAX));
        let mask = dice.below(255).saturating_add(1);
        Flip {
            at: usize::try_from(at).unwrap_or(0),
            mask: u8::try_from(mask).unwrap_or(1),
        }
    }
}

/// A frame with what has been flipped of it.
pub(crate) fn flipped(bytes: &Rc<[u8]>, flips: [Option<Flip>; 2]) -> Rc<[u8]> {
    let mut bytes = Rc::clone(bytes);
    for flip in flips.into_iter().flatten() {
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

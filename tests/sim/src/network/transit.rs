//! The way of a datagram: out of a host, across its segment, to the cables of those whom it is for. The parts of it that a frame
//! goes, too, are here; the rest is in `switch.rs`.

use core::net::IpAddr;

use anydgram_core::stack::Outgoing;
use anydgram_core::{Full, Transmitted};

use super::parcels::{Id, Parcel};
use super::{Cable, Network, SegmentOptions, micros, place};
use crate::agenda::Due;
use crate::chance::{Dice, Site};
use crate::fault::Kind;
use crate::host::Wired;
use crate::trace::{Happened, Why, digest};

/// A parcel on its way.
pub(super) struct Flight {
    /// When it was sent.
    pub(super) now: u64,
    /// When it has left the cable.
    pub(super) at: u64,
    pub(super) segment: u32,
    pub(super) from: u32,
    pub(super) id: Id,
    pub(super) parcel: u32,
    /// A datagram to one host, or a frame that has one.
    pub(super) is_unicast: bool,
    /// What has gone wrong on the way up.
    pub(super) spoilt: Spoilt,
}

/// What goes wrong with a parcel in one direction of a cable.
#[derive(Default)]
pub(super) struct Spoilt {
    pub(super) kinds: Vec<Kind>,
    pub(super) ordinal: u64,
}

/// Why a device does not take a datagram or a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// It has no room now.
    Blocked,
    /// It has no memory for this one.
    NoBuffers,
}

impl Network {
    /// Takes a datagram from a host.
    pub(crate) fn transmit(
        &mut self,
        now: u64,
        cable: u32,
        outgoing: &Outgoing<'_>,
    ) -> Transmitted {
        let is_unicast = !outgoing.is_broadcast && !outgoing.destination.address.is_multicast();
        let spoilt = match self.admit(now, cable, is_unicast) {
            Ok(spoilt) => spoilt,
            Err(NoRoom::Blocked) => return Transmitted::Blocked(Full::Buffer),
            Err(NoRoom::NoBuffers) => return self.lack_memory(now, cable),
        };
        let Cable {
            host,
            interface,
            segment,
            mtu,
            ..
        } = *self.cable(cable);
        let datagram = self.datagrams;
        let parcel = Parcel::datagram(datagram, cable, outgoing);
        self.datagrams = datagram.wrapping_add(1);
        let id = parcel.id;
        let len = parcel.bytes.len();
        let (source, destination) = (outgoing.source, outgoing.destination);
        let digest = digest(&parcel.bytes);
        self.wired.push(Wired::Sent {
            source,
            destination,
            digest: Some(digest),
        });
        let sent = Happened::Sent {
            datagram,
            host,
            interface,
            source,
            destination,
            len,
            digest,
        };
        self.trace.add(now, sent);
        self.trace.keep(&parcel.bytes);
        let headers = match outgoing.destination.address.ip() {
            IpAddr::V4(_) => 20 + 8,
            IpAddr::V6(_) => 40 + 8,
        };
        let packet = len.saturating_add(headers);
        let frame = packet.saturating_add(ETHERNET);
        // Longer ones would leave in fragments.
        let packet = packet.min(place(mtu));
        match self.leave(now, cable, &spoilt, (packet, frame)) {
            Ok(at) => {
                let mut flight = Flight {
                    now,
                    at,
                    segment,
                    from: cable,
                    id,
                    parcel: 0,
                    is_unicast,
                    spoilt,
                };
                self.spread(&mut flight, parcel, outgoing);
            }
            Err(why) => self.lose(now, host, id, why),
        }
        Transmitted::Sent
    }

    /// Nobody tells when there is memory: the datagram is tried again after a while, as on an operating system.
    fn lack_memory(&mut self, now: u64, cable: u32) -> Transmitted {
        let due = Due::Wake(self.cable(cable).host);
        self.agenda.push(now.saturating_add(RETRY), due);
        Transmitted::Blocked(Full::Memory)
    }

    /// What goes wrong with the next datagram or frame that a device takes, if it takes it.
    pub(super) fn admit(
        &mut self,
        now: u64,
        cable: u32,
        is_unicast: bool,
    ) -> Result<Spoilt, NoRoom> {
        if now < self.cable(cable).blocked_until {
            return Err(NoRoom::Blocked);
        }
        let spoilt = self.spoil(now, cable, true, is_unicast);
        for kind in &spoilt.kinds {
            if let Kind::Block(time) = kind {
                let until = now.saturating_add(micros(*time).max(1));
                let known = self.cable_mut(cable);
                known.blocked_until = until;
                let due = Due::Wake(known.host);
                self.agenda.push(until, due);
                return Err(NoRoom::Blocked);
            }
            if *kind == Kind::NoBuffers {
                return Err(NoRoom::NoBuffers);
            }
        }
        Ok(spoilt)
    }

    /// When a packet and its frame of so many bytes have left; an error if they do not.
    pub(super) fn leave(
        &mut self,
        now: u64,
        cable: u32,
        spoilt: &Spoilt,
        (packet, frame): (usize, usize),
    ) -> Result<u64, Why> {
        let Cable { segment, is_up, .. } = *self.cable(cable);
        if !is_up {
            return Err(Why::LinkDown);
        }
        if is_lost(&spoilt.kinds, &mut self.cable_mut(cable).lost_up) {
            return Err(Why::Lost);
        }
        if packet > self.longest(now, segment) {
            return Err(Why::TooLong);
        }
        self.queue(now, cable, frame).ok_or(Why::QueueFull)
    }

    /// The longest packet that a segment carries.
    fn longest(&self, now: u64, segment: u32) -> usize {
        let segment = self.segment(segment);
        let narrow = segment.narrow.filter(|(_, until)| now < *until);
        place(narrow.map_or(segment.options.mtu, |(mtu, _)| mtu))
    }

    /// What goes wrong with what is next in one direction of a cable.
    fn spoil(&mut self, now: u64, cable: u32, is_up: bool, is_unicast: bool) -> Spoilt {
        if !self.is_rough {
            return Spoilt::default();
        }
        let known = self.cable_mut(cable);
        let (site, ordinals) = if is_up {
            (Site::Up(cable), &mut known.sent)
        } else {
            (Site::Down(cable), &mut known.received)
        };
        let ordinal = *ordinals;
        *ordinals = ordinal.wrapping_add(1);
        let rates = self.rates(site);
        let draw = |dice: &mut Dice, kinds: &mut Vec<Kind>| {
            rates.draw_datagram(dice, is_up, is_unicast, kinds);
        };
        let kinds = self.faults(now, site, ordinal, draw);
        Spoilt { kinds, ordinal }
    }

    /// When a frame of so many bytes has left; `None` if the queue is full.
    fn queue(&mut self, now: u64, cable: u32, len: usize) -> Option<u64> {
        let segment = self.cable(cable).segment;
        let SegmentOptions {
            bandwidth, queue, ..
        } = self.segment(segment).options;
        let Some(bandwidth) = bandwidth else {
            return Some(now);
        };
        let bits = u64::try_from(len).ok()?.saturating_mul(8);
        let takes = bits.saturating_mul(1_000_000) / bandwidth.max(1);
        let known = self.cable_mut(cable);
        let starts = known.busy_until.max(now);
        if starts.saturating_sub(now) > micros(queue) {
            return None;
        }
        known.busy_until = starts.saturating_add(takes);
        Some(known.busy_until)
    }

    /// Has a datagram come to all whom it is for; it has left at `flight.at`.
    fn spread(&mut self, flight: &mut Flight, parcel: Parcel, outgoing: &Outgoing<'_>) {
        if outgoing.is_broadcast || outgoing.destination.address.is_multicast() {
            flight.parcel = self.parcels.add(parcel);
            self.flood(flight);
            return;
        }
        let owner = self.owners.get(&(flight.segment, outgoing.next_hop()));
        if let Some(to) = owner.copied().filter(|&to| to != flight.from) {
            flight.parcel = self.parcels.add(parcel);
            let copies = self.deliver(flight, to);
            self.parcels.keep(flight.parcel, copies);
            return;
        }
        let host = self.cable(flight.from).host;
        self.lose(flight.now, host, flight.id, Why::NoNeighbour);
        self.tell_unreachable(flight.now, parcel);
    }

    /// Has a parcel come in by all cables of a segment but the one by which it left.
    pub(super) fn flood(&mut self, flight: &Flight) {
        let mut copies = 0;
        for at in 0.. {
            let Some(&to) = self.segment(flight.segment).cables.get(at) else {
                break;
            };
            if to != flight.from {
                copies += self.deliver(flight, to);
            }
        }
        self.parcels.keep(flight.parcel, copies);
    }

    /// Has a parcel come in by a cable; how many copies of it.
    pub(super) fn deliver(&mut self, flight: &Flight, to: u32) -> u32 {
        let Flight {
            now,
            id,
            is_unicast,
            ..
        } = *flight;
        let host = self.cable(to).host;
        if self.is_parted(flight, to) {
            self.lose(now, host, id, Why::Parted);
            return 0;
        }
        let received = self.spoil(now, to, false, is_unicast);
        if is_lost(&received.kinds, &mut self.cable_mut(to).lost_down) {
            self.lose(now, host, id, Why::Lost);
            return 0;
        }
        let mut at = self.arrives_at(flight, to);
        if is_unicast && received.kinds.contains(&Kind::Refuse) {
            self.lose(now, host, id, Why::Refused);
            let parcel = self.parcels.copy(flight.parcel);
            self.forge_refusal((now, at), to, parcel);
            return 0;
        }
        let mut again = None;
        let mut corrupt = None;
        for spoilt in [&flight.spoilt, &received] {
            for kind in &spoilt.kinds {
                if let Kind::Delay(time) = kind {
                    at = at.saturating_add(micros(*time));
                } else if let Kind::Duplicate(time) = kind {
                    again = Some(micros(*time));
                } else if *kind == Kind::Corrupt {
                    corrupt = Some(spoilt.ordinal);
                }
            }
        }
        let due = Due::Arrival {
            cable: to,
            parcel: flight.parcel,
            corrupt,
        };
        self.agenda.push(at, due);
        let Some(later) = again else {
            return 1;
        };
        self.agenda.push(at.saturating_add(later), due);
        2
    }

    /// When a parcel comes in by a cable, if nothing else delays it.
    fn arrives_at(&self, flight: &Flight, to: u32) -> u64 {
        let segment = self.segment(flight.segment);
        let SegmentOptions {
            latency, jitter, ..
        } = segment.options;
        let mut at = flight.at.saturating_add(micros(latency));
        if !jitter.is_zero() {
            let mut dice = Dice::new(self.chance.seed(), Site::Other(to), flight.id.ordinal());
            at = at.saturating_add(micros(dice.duration(jitter)));
        }
        let slow = segment.slow.filter(|(_, until)| flight.now < *until);
        at.saturating_add(slow.map_or(0, |(extra, _)| extra))
    }

    /// Whether a segment has fallen apart between two cables.
    fn is_parted(&self, flight: &Flight, to: u32) -> bool {
        let Some(parted) = self.segment(flight.segment).parted else {
            return false;
        };
        let is_there = |cable: u32| parted.side.rotate_right(cable) & 1 != 0;
        let from = is_there(flight.from);
        flight.now < parted.until && from != is_there(to) && (!parted.is_one_way || from)
    }
}

/// Whether a datagram is lost, by itself or with those before it; how many of the next ones are, is in `next`.
fn is_lost(kinds: &[Kind], next: &mut u32) -> bool {
    let mut is_lost = *next > 0;
    *next = next.saturating_sub(1);
    for kind in kinds {
        if let Kind::Burst(count) = kind {
            *next = (*next).max(count.saturating_sub(1));
        }
        is_lost |= matches!(kind, Kind::Lose | Kind::Burst(1..));
    }
    is_lost
}

/// The header of an Ethernet frame in bytes.
pub(crate) const ETHERNET: usize = 14;
/// How long a datagram that there was no memory for waits at most, in microseconds.
const RETRY: u64 = 10_000;

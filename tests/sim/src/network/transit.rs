//! The way of a datagram: out of a host, across its segment, to the cables of those whom it is for.

use anydgram_core::stack::Outgoing;
use anydgram_core::{Errno, Family, Transmitted};

use super::{Cable, Network, Parcel, SegmentOptions, micros, place};
use crate::agenda::Due;
use crate::chance::{Dice, Site};
use crate::fault::Kind;
use crate::trace::{Happened, Why, digest};

/// A datagram on its way.
struct Flight {
    /// When it was sent.
    now: u64,
    /// When it has left the cable.
    at: u64,
    segment: u32,
    from: u32,
    number: u64,
    parcel: u32,
    /// What has gone wrong on the way up.
    kinds: Vec<Kind>,
}

impl Network {
    /// Takes a datagram from a host.
    pub(crate) fn transmit(
        &mut self,
        now: u64,
        cable: u32,
        outgoing: &Outgoing<'_>,
    ) -> Transmitted {
        let Cable {
            host,
            interface,
            segment,
            is_up,
            blocked_until,
            ..
        } = *self.cable(cable);
        if now < blocked_until {
            return Transmitted::Blocked;
        }
        let is_unicast = !outgoing.is_broadcast && !outgoing.destination.address.is_multicast();
        let kinds = self.spoil(now, cable, true, is_unicast);
        if let Some(refusal) = self.stop_at_device(now, cable, &kinds) {
            return refusal;
        }
        let parcel = Parcel::new(self.datagrams, cable, outgoing);
        self.datagrams = self.datagrams.wrapping_add(1);
        let datagram = parcel.number;
        let sent = Happened::Sent {
            datagram,
            host,
            interface,
            source: outgoing.source,
            destination: outgoing.destination,
            len: parcel.bytes.len(),
            digest: digest(&parcel.bytes),
        };
        self.trace.add(now, sent);
        self.trace.keep(&parcel.bytes);
        let leaves_at = if !is_up {
            Err(Why::LinkDown)
        } else if is_lost(&kinds, &mut self.cable_mut(cable).lost_up) {
            Err(Why::Lost)
        } else if self.is_too_long(now, segment, &parcel) {
            Err(Why::TooLong)
        } else {
            let leaves_at = self.queue(now, cable, parcel.bytes.len());
            leaves_at.ok_or(Why::QueueFull)
        };
        match leaves_at {
            Ok(at) => {
                let mut flight = Flight {
                    now,
                    at,
                    segment,
                    from: cable,
                    number: datagram,
                    parcel: 0,
                    kinds,
                };
                self.spread(&mut flight, parcel, outgoing);
            }
            Err(why) => self.drop_datagram(now, host, datagram, why),
        }
        Transmitted::Sent
    }

    /// What a device that does not take a datagram says.
    fn stop_at_device(&mut self, now: u64, cable: u32, kinds: &[Kind]) -> Option<Transmitted> {
        for kind in kinds {
            if let Kind::Block(time) = kind {
                let until = now.saturating_add(micros(*time).max(1));
                let known = self.cable_mut(cable);
                known.blocked_until = until;
                let due = Due::Wake(known.host);
                self.agenda.push(until, due);
                return Some(Transmitted::Blocked);
            }
            if *kind == Kind::NoBuffers {
                return Some(Transmitted::Failed(Errno::ENOBUFS));
            }
        }
        None
    }

    /// What goes wrong with the next datagram in one direction of a cable.
    fn spoil(&mut self, now: u64, cable: u32, is_up: bool, is_unicast: bool) -> Vec<Kind> {
        if !self.is_rough {
            return Vec::new();
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
        self.faults(now, site, ordinal, draw)
    }

    /// Whether a segment takes no packet that long now.
    fn is_too_long(&self, now: u64, segment: u32, parcel: &Parcel) -> bool {
        let headers = match parcel.destination.address.family() {
            Family::V4 => HEADERS_V4,
            Family::V6 => HEADERS_V6,
        };
        let narrow = self.segment(segment).narrow;
        let mtu = narrow.filter(|(_, until)| now < *until).map(|(mtu, _)| mtu);
        mtu.is_some_and(|mtu| parcel.bytes.len().saturating_add(headers) > place(mtu))
    }

    /// When a datagram of so many bytes has left; `None` if the queue is full.
    fn queue(&mut self, now: u64, cable: u32, len: usize) -> Option<u64> {
        let segment = self.cable(cable).segment;
        let SegmentOptions {
            bandwidth, queue, ..
        } = self.segment(segment).options;
        let Some(bandwidth) = bandwidth else {
            return Some(now);
        };
        let bits = u64::try_from(len.saturating_add(HEADERS))
            .ok()?
            .saturating_mul(8);
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
    fn spread(&mut self, flight: &mut Flight, mut parcel: Parcel, outgoing: &Outgoing<'_>) {
        if outgoing.is_broadcast || outgoing.destination.address.is_multicast() {
            flight.parcel = self.parcels.add(parcel);
            let mut copies = 0;
            for at in 0.. {
                let Some(&to) = self.segment(flight.segment).cables.get(at) else {
                    break;
                };
                if to != flight.from {
                    copies += self.deliver(flight, to, false);
                }
            }
            self.parcels.keep(flight.parcel, copies);
            return;
        }
        let owner = self.owners.get(&(flight.segment, outgoing.next_hop));
        if let Some(to) = owner.copied().filter(|&to| to != flight.from) {
            flight.parcel = self.parcels.add(parcel);
            let copies = self.deliver(flight, to, true);
            self.parcels.keep(flight.parcel, copies);
            return;
        }
        let host = self.cable(flight.from).host;
        self.drop_datagram(flight.now, host, flight.number, Why::NoNeighbour);
        parcel.bytes.clear();
        self.tell(flight.now.saturating_add(UNREACHABLE), parcel, false);
    }

    /// Has a datagram come in by a cable; how many copies of it.
    fn deliver(&mut self, flight: &Flight, to: u32, is_unicast: bool) -> u32 {
        let Flight { now, number, .. } = *flight;
        let host = self.cable(to).host;
        if self.is_parted(flight, to) {
            self.drop_datagram(now, host, number, Why::Parted);
            return 0;
        }
        let received = self.spoil(now, to, false, is_unicast);
        if is_lost(&received, &mut self.cable_mut(to).lost_down) {
            self.drop_datagram(now, host, number, Why::Lost);
            return 0;
        }
        let mut at = self.arrives_at(flight, to);
        if is_unicast && received.contains(&Kind::Refuse) {
            self.drop_datagram(now, host, number, Why::Refused);
            let parcel = self.parcels.copy(flight.parcel);
            self.refuse(at, parcel);
            return 0;
        }
        let mut again = None;
        let mut is_corrupt = false;
        for kind in flight.kinds.iter().chain(&received) {
            if let Kind::Delay(time) = kind {
                at = at.saturating_add(micros(*time));
            } else if let Kind::Duplicate(time) = kind {
                again = Some(micros(*time));
            } else {
                is_corrupt |= *kind == Kind::Corrupt;
            }
        }
        let due = Due::Arrival {
            cable: to,
            parcel: flight.parcel,
            is_corrupt,
        };
        self.agenda.push(at, due);
        let Some(later) = again else {
            return 1;
        };
        self.agenda.push(at.saturating_add(later), due);
        2
    }

    /// When a datagram comes in by a cable, if nothing else delays it.
    fn arrives_at(&self, flight: &Flight, to: u32) -> u64 {
        let segment = self.segment(flight.segment);
        let SegmentOptions {
            latency, jitter, ..
        } = segment.options;
        let mut at = flight.at.saturating_add(micros(latency));
        if !jitter.is_zero() {
            let mut dice = Dice::new(self.chance.seed(), Site::Other(to), flight.number);
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

    /// Tells the sender of a datagram that it came to a port that nobody has.
    pub(crate) fn refuse(&mut self, now: u64, mut parcel: Parcel) {
        let segment = self.cable(parcel.cable).segment;
        let latency = micros(self.segment(segment).options.latency);
        parcel.bytes.clear();
        self.tell(now.saturating_add(latency), parcel, true);
    }

    /// Tells the sender of a datagram at a time that it came to nobody.
    fn tell(&mut self, at: u64, parcel: Parcel, is_port: bool) {
        let cable = parcel.cable;
        let parcel = self.parcels.add(parcel);
        self.parcels.keep(parcel, 1);
        let due = Due::Refusal {
            cable,
            parcel,
            is_port,
        };
        self.agenda.push(at, due);
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

/// IPv4 and UDP in front of a datagram, in bytes.
const HEADERS_V4: usize = 20 + 8;
/// IPv6 and UDP in front of a datagram, in bytes.
const HEADERS_V6: usize = 40 + 8;
/// Ethernet, IPv4 and UDP in front of a datagram, in bytes.
const HEADERS: usize = 14 + 20 + 8;
/// How long a neighbour is asked for, in microseconds.
const UNREACHABLE: u64 = 3_000_000;

//! Segments, the cables to them, and what is under way.
//!
//! Time here is the world's, in microseconds. A cable has two directions, up to the segment and down to the host, each with
//! its own place in the decisions of [`Chance`]. A parcel is a datagram or a frame under way; it is kept until its last copy
//! has come.

mod frame;
mod parcels;
mod refusal;
mod reports;
mod switch;
mod transit;

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{Endpoint, Instant};
use frame::Fragments;
use parcels::Parcels;
pub(crate) use parcels::{Header, Id, Parcel};
use switch::Switch;
pub(crate) use switch::flipped;
pub(crate) use transit::ETHERNET;

use crate::agenda::Agenda;
use crate::chance::{Chance, Dice, Site};
use crate::fault::{Fault, Kind, Rates};
use crate::host::Wired;
use crate::trace::{Flip, Happened, OfFrame, Trace, Why};
use crate::world::{Level, WorldOptions};

/// What a segment is like: a switch, with a cable to each host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentOptions {
    /// How long a datagram is under way. 100 µs by default.
    pub latency: Duration,
    /// How much longer it can take; what is sent later can come earlier. None by default.
    pub jitter: Duration,
    /// How many bits go into a cable each second; `None`, the default: at once.
    pub bandwidth: Option<u64>,
    /// How long the queue in front of a cable may take to empty; what comes on top of it is dropped. 100 ms by default.
    pub queue: Duration,
    /// The longest IP packet, in bytes; longer ones of IPv4 go in fragments, which a world of datagrams does not see. 1500 by
    /// default.
    pub mtu: u32,
}

impl SegmentOptions {
    /// A segment without limits but for the MTU.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            latency: Duration::from_micros(100),
            jitter: Duration::ZERO,
            bandwidth: None,
            queue: Duration::from_millis(100),
            mtu: 1500,
        }
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug)]
pub(crate) struct Cable {
    pub(crate) host: u32,
    /// Of the host.
    pub(crate) interface: u32,
    segment: u32,
    /// The longest IP packet that the host sends by it.
    mtu: u32,
    pub(crate) is_up: bool,
    /// Decisions so far, up and down.
    sent: u64,
    received: u64,
    /// Until when the device takes nothing.
    blocked_until: u64,
    /// When what has been sent will have left.
    busy_until: u64,
    /// How many of the next datagrams are lost, up and down.
    lost_up: u32,
    lost_down: u32,
}

#[derive(Debug)]
struct Segment {
    options: SegmentOptions,
    cables: Vec<u32>,
    parted: Option<Parted>,
    /// The longest packet for a while, and until when.
    narrow: Option<(u32, u64)>,
    /// How much longer everything takes for a while, and until when.
    slow: Option<(u64, u64)>,
    /// Who has which hardware address.
    switch: Switch,
}

/// What gets across.
#[derive(Clone, Copy, Debug)]
struct Parted {
    side: u64,
    is_one_way: bool,
    until: u64,
}

/// All segments, and what is under way on them.
pub(crate) struct Network {
    pub(crate) chance: Chance,
    pub(crate) rates: Rates,
    /// Of places that have their own.
    own_rates: BTreeMap<Site, Rates>,
    pub(crate) agenda: Agenda,
    pub(crate) trace: Trace,
    pub(crate) level: Level,
    pub(crate) datagrams: u64,
    pub(crate) frames: u64,
    /// Datagrams or frames that were dropped, by reason.
    pub(crate) drops: BTreeMap<Why, u64>,
    /// What the host that is at work has told its cables, for whoever watches it.
    pub(crate) wired: Vec<Wired>,
    segments: Vec<Segment>,
    cables: Vec<Cable>,
    /// The host of each process.
    processes: Vec<u32>,
    /// Who has an address on a segment.
    owners: BTreeMap<(u32, IpAddr), u32>,
    /// All addresses that anybody has had on a segment.
    claimed: BTreeSet<(u32, IpAddr)>,
    parcels: Parcels,
    /// Datagrams that leave in fragments, of which the last has not left.
    fragments: Fragments,
    /// What has left in fragments.
    letters: BTreeMap<u64, frame::Letter>,
    /// Datagrams may be spoilt: there is something to decide.
    is_rough: bool,
}

impl Network {
    pub(crate) fn new(chance: Chance, options: &WorldOptions) -> Self {
        let rates = options.rates;
        Self {
            chance,
            rates,
            own_rates: BTreeMap::new(),
            agenda: Agenda::default(),
            trace: Trace::new(options.keeps_records),
            level: options.level,
            datagrams: 0,
            frames: 0,
            drops: BTreeMap::new(),
            wired: Vec::new(),
            segments: Vec::new(),
            cables: Vec::new(),
            processes: Vec::new(),
            owners: BTreeMap::new(),
            claimed: BTreeSet::new(),
            parcels: Parcels::default(),
            fragments: Fragments::default(),
            letters: BTreeMap::new(),
            is_rough: options.script.is_some() || rates.can_spoil_datagrams(),
        }
    }

    pub(crate) fn add_segment(&mut self, options: SegmentOptions) -> u32 {
        self.segments.push(Segment {
            options,
            cables: Vec::new(),
            parted: None,
            narrow: None,
            slow: None,
            switch: Switch::default(),
        });
        index(self.segments.len())
    }

    pub(crate) fn add_cable(&mut self, segment: u32, host: u32, interface: u32) -> u32 {
        let mtu = self.segment(segment).options.mtu;
        self.cables.push(Cable {
            host,
            interface,
            segment,
            mtu,
            is_up: true,
            sent: 0,
            received: 0,
            blocked_until: 0,
            busy_until: 0,
            lost_up: 0,
            lost_down: 0,
        });
        let cable = index(self.cables.len());
        self.segment_mut(segment).cables.push(cable);
        cable
    }

    /// Gives a process of a host its number.
    pub(crate) fn add_process(&mut self, host: u32) -> u32 {
        self.processes.push(host);
        index(self.processes.len())
    }

    /// The hosts of all processes.
    pub(crate) fn processes(&self) -> &[u32] {
        &self.processes
    }

    /// Says who has an address on the segment of a cable; the last who says so has it.
    pub(crate) fn claim(&mut self, cable: u32, ip: IpAddr) {
        let segment = self.cable(cable).segment;
        self.owners.insert((segment, ip), cable);
        self.claimed.insert((segment, ip));
    }

    /// Whether anybody has had an address on the segment of a cable.
    pub(crate) fn was_claimed(&self, cable: u32, ip: IpAddr) -> bool {
        self.claimed.contains(&(self.cable(cable).segment, ip))
    }

    pub(crate) fn release(&mut self, cable: u32, ip: IpAddr) {
        let segment = self.cable(cable).segment;
        if self.owners.get(&(segment, ip)) == Some(&cable) {
            self.owners.remove(&(segment, ip));
        }
    }

    pub(crate) fn mtu(&self, segment: u32) -> u32 {
        self.segment(segment).options.mtu
    }

    pub(crate) fn segments(&self) -> u32 {
        index(self.segments.len().saturating_add(1))
    }

    pub(crate) fn cable(&self, cable: u32) -> &Cable {
        self.cables.get(place(cable)).expect("it was added")
    }

    pub(crate) fn cable_mut(&mut self, cable: u32) -> &mut Cable {
        self.cables.get_mut(place(cable)).expect("it was added")
    }

    fn segment(&self, segment: u32) -> &Segment {
        self.segments.get(place(segment)).expect("it was added")
    }

    fn segment_mut(&mut self, segment: u32) -> &mut Segment {
        self.segments.get_mut(place(segment)).expect("it was added")
    }

    /// A cable was pulled: its switch forgets whom it had there.
    pub(crate) fn unplug(&mut self, cable: u32) {
        let segment = self.cable(cable).segment;
        self.segment_mut(segment).switch.forget(cable);
    }

    /// Has a segment fall apart, until a time.
    pub(crate) fn part(&mut self, segment: u32, side: u64, is_one_way: bool, until: u64) {
        self.segment_mut(segment).parted = Some(Parted {
            side,
            is_one_way,
            until,
        });
    }

    /// Has packets longer than `mtu` bytes dropped on a segment, until a time.
    pub(crate) fn narrow(&mut self, segment: u32, mtu: u32, until: u64) {
        self.segment_mut(segment).narrow = Some((mtu, until));
    }

    /// Has everything on a segment take longer by `extra`, until a time.
    pub(crate) fn slow_down(&mut self, segment: u32, extra: u64, until: u64) {
        self.segment_mut(segment).slow = Some((extra, until));
    }

    /// A copy of a datagram has come, or will not.
    pub(crate) fn done(&mut self, parcel: u32) {
        self.parcels.done(parcel);
    }

    /// Takes a parcel out, to be lent while the network is used.
    pub(crate) fn take(&mut self, parcel: u32) -> Parcel {
        self.parcels.take(parcel)
    }

    /// Puts a parcel that was taken out back, less one copy.
    pub(crate) fn put_back(&mut self, number: u32, parcel: Parcel) {
        self.parcels.put_back(number, parcel);
        self.done(number);
    }

    /// What goes wrong at a place.
    pub(crate) fn faults(
        &mut self,
        now: u64,
        site: Site,
        ordinal: u64,
        draw: impl FnOnce(&mut Dice, &mut Vec<Kind>),
    ) -> Vec<Kind> {
        let time = Instant::from_micros(now);
        let faults = self.chance.faults(time, site, ordinal, draw);
        for &fault in faults {
            self.trace.add(now, Happened::Fault(fault));
        }
        faults.iter().map(|fault| fault.kind).collect()
    }

    /// Has something go wrong with a host or a segment at a time.
    pub(crate) fn happen(&mut self, now: u64, fault: Fault) {
        self.chance.happen(fault);
        self.trace.add(now, Happened::Fault(fault));
    }

    /// How often things go wrong at a place: as is said of it, of its host, or of the world.
    pub(crate) fn rates(&self, site: Site) -> Rates {
        if self.own_rates.is_empty() {
            return self.rates;
        }
        let host = match site {
            Site::Up(cable) | Site::Down(cable) => Site::Host(self.cable(cable).host),
            Site::Process(process) | Site::Unix(process) => {
                Site::Host(self.processes[place(process)])
            }
            Site::Host(_) | Site::Segment(_) | Site::Other(_) => site,
        };
        let own = self.own_rates.get(&site);
        own.or_else(|| self.own_rates.get(&host))
            .copied()
            .unwrap_or(self.rates)
    }

    /// Has things go wrong so often at a place.
    pub(crate) fn set_rates(&mut self, site: Site, rates: Rates) {
        self.is_rough |= rates.can_spoil_datagrams();
        self.own_rates.insert(site, rates);
    }

    /// A copy of a datagram or a frame has come to a host.
    pub(crate) fn arrive(&mut self, now: u64, cable: u32, id: Id, flips: [Option<Flip>; 2]) {
        let Cable {
            host, interface, ..
        } = *self.cable(cable);
        if let Some(frame) = id.frame {
            let what = OfFrame::Arrived { interface, flips };
            self.trace.add(now, Happened::Frame { frame, host, what });
        }
        if let Some(datagram) = id.datagram {
            let arrived = Happened::Arrived {
                datagram,
                host,
                interface,
            };
            self.trace.add(now, arrived);
        }
    }

    /// A copy of a datagram or a frame has come to nobody.
    pub(crate) fn lose(&mut self, now: u64, host: u32, id: Id, why: Why) {
        *self.drops.entry(why).or_default() += 1;
        if let Some(frame) = id.frame {
            let what = OfFrame::Dropped(why);
            self.trace.add(now, Happened::Frame { frame, host, what });
        }
        if let Some(datagram) = id.datagram {
            let dropped = Happened::Dropped {
                datagram,
                host,
                why,
            };
            self.trace.add(now, dropped);
        }
    }
}

/// The number of what was added last, of so many.
fn index(len: usize) -> u32 {
    u32::try_from(len.saturating_sub(1)).expect("a world is not that large")
}

/// The place of what has a number.
pub(crate) fn place(number: u32) -> usize {
    usize::try_from(number).expect("a world is not that large")
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A link-local address means something only with the interface it is seen on.
fn scoped(mut endpoint: Endpoint, interface: u32) -> Endpoint {
    let is_scoped = endpoint.address.ip().is_ipv6() && endpoint.address.is_link_local();
    let scope_id = if is_scoped { interface } else { 0 };
    endpoint.address = endpoint.address.with_scope_id(scope_id);
    endpoint
}

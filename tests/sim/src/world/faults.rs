//! What goes wrong with hosts, processes, links and segments, and what ends it.

use core::time::Duration;

use super::{HostId, ProcessId, SegmentId, World};
use crate::agenda::Due;
use crate::chance::Site;
use crate::fault::{Fault, Kind, Rates};
use crate::network::{micros, place};
use crate::trace::Happened;

impl World<'_> {
    /// Has things go wrong more or less often at a place than elsewhere in the world: with a host, by all its cables and at
    /// ticks; in one direction of a [cable](Self::cable), which goes before its host; with a process, at ticks, or its calls, which
    /// go before its host, too; or with a segment, at ticks.
    ///
    /// Ticks remain those of the world.
    pub fn set_rates(&mut self, site: Site, rates: Rates) {
        self.network.set_rates(site, rates);
    }

    /// Things may go wrong.
    pub(super) fn tick(&mut self) {
        let tick = micros(self.tick).max(1);
        let ordinal = self.now / tick;
        for host in 0..u32::try_from(self.hosts.len()).unwrap_or(u32::MAX) {
            let site = Site::Host(host);
            let rates = self.network.rates(site);
            let draw = |dice: &mut _, kinds: &mut _| rates.draw_host(dice, kinds);
            for kind in self.network.faults(self.now, site, ordinal, draw) {
                self.happen_to_host(host, kind);
            }
        }
        for segment in 0..self.network.segments() {
            let site = Site::Segment(segment);
            let rates = self.network.rates(site);
            let draw = |dice: &mut _, kinds: &mut _| rates.draw_segment(dice, kinds);
            for kind in self.network.faults(self.now, site, ordinal, draw) {
                self.happen_to_segment(segment, kind);
            }
        }
        let processes = self.network.processes().len();
        for process in 0..u32::try_from(processes).unwrap_or(u32::MAX) {
            if !self.is_application(ProcessId(process)) {
                let site = Site::Process(process);
                let rates = self.network.rates(site);
                let draw = |dice: &mut _, kinds: &mut _| rates.draw_process(dice, kinds);
                for kind in self.network.faults(self.now, site, ordinal, draw) {
                    self.happen_to_process(process, kind);
                }
            }
        }
        let next = self.now.saturating_add(tick);
        self.network.agenda.push(next, Due::Tick);
    }

    /// What a script has go wrong at this time does.
    pub(super) fn go_wrong(&mut self, fault: Fault) {
        self.network.happen(self.now, fault);
        match fault.site {
            Site::Host(host) if place(host) < self.hosts.len() => {
                self.happen_to_host(host, fault.kind);
            }
            Site::Segment(segment) if segment < self.network.segments() => {
                self.happen_to_segment(segment, fault.kind);
            }
            Site::Process(process) if place(process) < self.network.processes().len() => {
                self.happen_to_process(process, fault.kind);
            }
            Site::Host(_)
            | Site::Segment(_)
            | Site::Process(_)
            | Site::Up(_)
            | Site::Down(_)
            | Site::Unix(_)
            | Site::Other(_) => {}
        }
    }

    fn happen_to_host(&mut self, host: u32, kind: Kind) {
        let id = HostId(host);
        if let Kind::Pause(time) = kind {
            self.pause(id, time);
        } else if let Kind::Crash(time) = kind {
            self.crash(id, time);
        } else if let Kind::Skew(parts) = kind {
            self.skew(id, parts);
        } else if let Kind::LinkDown(time) = kind {
            let nics = self.hosts[place(host)].nics.iter();
            let cables: Vec<u32> = nics.map(|nic| nic.cable).collect();
            for cable in cables {
                self.cut(cable, time);
            }
        } else if let Kind::AddressLost(number, time) | Kind::AddressOther(number, time) = kind {
            let has_other = matches!(kind, Kind::AddressOther(..));
            self.change_address(id, number, has_other, time);
        }
    }

    fn happen_to_segment(&mut self, segment: u32, kind: Kind) {
        let id = SegmentId(segment);
        if let Kind::Partition(side, time) | Kind::OneWay(side, time) = kind {
            let is_one_way = matches!(kind, Kind::OneWay(..));
            self.part(id, side, is_one_way, time);
        } else if let Kind::Mtu(mtu, time) = kind {
            self.narrow(id, mtu, time);
        } else if let Kind::Spike(extra, time) = kind {
            self.slow_down(id, extra, time);
        }
    }

    /// Stops a host for a while. What comes in meanwhile, it finds when it goes on.
    pub fn pause(&mut self, host: HostId, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        let machine = self.host_mut(host);
        machine.paused_until = machine.paused_until.max(until);
        let due = Due::Rise {
            host: host.0,
            is_boot: false,
        };
        self.network.agenda.push(until, due);
    }

    /// Takes all that a host has, and starts it anew after a while.
    pub fn crash(&mut self, host: HostId, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        let machine = &mut self.hosts[place(host.0)];
        if !machine.is_alive() {
            // It starts when it was going to.
            return;
        }
        machine.crash(self.now, &mut self.network);
        let due = Due::Rise {
            host: host.0,
            is_boot: true,
        };
        self.network.agenda.push(until, due);
    }

    /// Has the clock of a host run faster by so many parts of a million from now on, or slower.
    pub fn skew(&mut self, host: HostId, parts: i32) {
        let now = self.now;
        self.host_mut(host).skew(now, parts);
        self.network.agenda.push(now, Due::Wake(host.0));
    }

    /// Has nothing get across a segment for a while: from the cables whose bits in `side` are set, numbered as they were
    /// plugged in, to the others and, unless `is_one_way`, back.
    pub fn part(&mut self, segment: SegmentId, side: u64, is_one_way: bool, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        self.network.part(segment.0, side, is_one_way, until);
    }

    /// Has IP packets longer than `mtu` bytes dropped on a segment for a while, without anybody being told. Interfaces keep
    /// the MTU that they were plugged in with. At socket level, where there are no fragments, that is every datagram that
    /// would be longer with its headers.
    pub fn narrow(&mut self, segment: SegmentId, mtu: u32, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        self.network.narrow(segment.0, mtu, until);
    }

    /// Has everything that is sent on a segment take longer by `extra`, for a while.
    pub fn slow_down(&mut self, segment: SegmentId, extra: Duration, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        self.network.slow_down(segment.0, micros(extra), until);
    }

    /// Takes an interface of a host down, for a while.
    pub fn set_link_down(&mut self, host: HostId, interface: u32, time: Duration) {
        let cable = self.host(host).nics[place(interface) - 2].cable;
        self.cut(cable, time);
    }

    fn cut(&mut self, cable: u32, time: Duration) {
        if self.network.cable(cable).is_up {
            self.set_link(cable, false);
            let until = self.now.saturating_add(micros(time));
            self.network.agenda.push(until, Due::LinkUp(cable));
        }
    }

    pub(super) fn set_link(&mut self, cable: u32, is_up: bool) {
        let known = self.network.cable_mut(cable);
        known.is_up = is_up;
        let (host, interface) = (known.host, known.interface);
        if !is_up {
            self.network.unplug(cable);
        }
        self.hosts[place(host)].set_link(self.now, interface, is_up, &mut self.network);
        if is_up {
            let what = Happened::LinkUp { host, interface };
            self.network.trace.add(self.now, what);
        }
        self.work(host);
    }

    /// A host goes on, or starts anew.
    pub(super) fn rise(&mut self, host: u32, is_boot: bool) {
        if is_boot {
            self.hosts[place(host)].start(self.now, &mut self.network);
        }
        self.work(host);
    }
}

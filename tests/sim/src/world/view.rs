//! What can be seen of a world.

use anydgram_core::link::LinkDrops;
use anydgram_core::stack::Host as Stack;
use anydgram_core::{Instant, Sockets};

use super::{HostId, Level, World};
use crate::fault::Fault;
use crate::trace::{Happened, Record, Why};

impl<'m> World<'m> {
    /// The time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        Instant::from_micros(self.now)
    }

    /// How many things were done.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// How many datagrams have left hosts.
    #[must_use]
    pub const fn datagrams(&self) -> u64 {
        self.network.datagrams
    }

    /// How many frames have left hosts; 0 in a world of datagrams.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.network.frames
    }

    /// What the cables carry.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.network.level
    }

    /// What went wrong, in order.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.network.chance.happened()
    }

    /// How many datagrams came to nobody, or not by one way, by reason.
    pub fn drops(&self) -> impl Iterator<Item = (Why, u64)> {
        self.network.drops.iter().map(|(why, count)| (*why, *count))
    }

    /// A hash of all that has happened: the same seed has the same, on every machine.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.network.trace.hash()
    }

    /// How much has happened.
    #[must_use]
    pub const fn happened(&self) -> u64 {
        self.network.trace.len()
    }

    /// All that has happened, if it is [kept](super::WorldOptions::keep_records).
    #[must_use]
    pub fn records(&self) -> &[Record] {
        self.network.trace.records()
    }

    /// The bytes of a datagram, by its number, if records are [kept](super::WorldOptions::keep_records).
    #[must_use]
    pub fn payload(&self, datagram: u64) -> Option<&[u8]> {
        self.network.trace.payload(datagram)
    }

    /// The bytes of a frame as it left, by its number, if records are [kept](super::WorldOptions::keep_records).
    #[must_use]
    pub fn frame(&self, frame: u64) -> Option<&[u8]> {
        self.network.trace.frame(frame)
    }

    /// The hosts, as they were added.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> {
        let count = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        (0..count).map(HostId)
    }

    /// Writes a line into the trace, on behalf of a host.
    pub fn note(&mut self, host: HostId, text: &str) {
        let note = Happened::Note {
            host: host.0,
            text: text.into(),
        };
        self.network.trace.add(self.now, note);
    }

    /// The name of a host.
    #[must_use]
    pub fn name(&self, host: HostId) -> &str {
        self.host(host).name()
    }

    /// The number of the cable that an interface of a host is plugged in with: the number of its
    /// [`Site::Up`](crate::Site::Up) and [`Site::Down`](crate::Site::Down).
    ///
    /// # Panics
    /// If the host has no such interface.
    #[must_use]
    pub fn cable(&self, host: HostId, interface: u32) -> u32 {
        let at = crate::network::place(interface).checked_sub(2);
        let nic = at.and_then(|at| self.host(host).nics.get(at));
        nic.expect("the host has the interface").cable
    }

    pub(crate) fn host_of(&self, cable: u32) -> u32 {
        self.network.cable(cable).host
    }

    pub(crate) fn host_name(&self, host: u32) -> &str {
        self.hosts[crate::network::place(host)].name()
    }

    /// The stack of a host; `None` while it is down.
    #[must_use]
    pub fn stack(&self, host: HostId) -> Option<&Stack<'m>> {
        self.host(host).stack()
    }

    /// Frames of an interface of a host that it has dropped; `None` while it is down, and in a world of datagrams.
    #[must_use]
    pub fn link_drops(&self, host: HostId, interface: u32) -> Option<&LinkDrops> {
        self.host(host).link_drops(interface)
    }

    /// The sockets of a host; `None` while it is down.
    #[must_use]
    pub fn sockets(&self, host: HostId) -> Option<&Sockets<'m, 'static>> {
        self.host(host).sockets()
    }
}

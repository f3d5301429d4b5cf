//! Memberships of sockets, and what they add up to for each interface.
//!
//! A socket is in a group on an interface either for all sources or for some, and only groups are in the table. What
//! one socket wants changes nothing for the others.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::Ip;
use crate::error::Errno;
use crate::features::{IPV6, MULTICAST};
use crate::sockets::SocketId;

/// The place of one membership.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GroupSlot(Option<Entry>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Entry {
    id: SocketId,
    interface: u32,
    group: Ip,
    source: Option<Ip>,
}

impl Entry {
    fn is_of(&self, interface: u32, group: Ip) -> bool {
        self.interface == interface && self.group == group
    }
}

impl GroupSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// What the sockets of a host want of a group on an interface.
///
/// RFC 3376 § 3.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "nothing, some sources, or all")]
pub enum Filter {
    /// Nothing: no socket is a member.
    Nothing,
    /// The datagrams of so many sources.
    Sources(usize),
    /// Everything.
    Everything,
}

/// The memberships of the sockets of one host.
pub struct Groups<'m> {
    slots: &'m mut [GroupSlot],
}

impl<'m> Groups<'m> {
    /// No memberships, and room for as many as there are slots.
    #[must_use]
    pub fn new(slots: &'m mut [GroupSlot]) -> Self {
        for slot in &mut *slots {
            slot.0 = None;
        }
        Self { slots }
    }

    /// Adds a membership; whether the interface was in the group of no socket before.
    ///
    /// As in Linux, a source takes the place of the socket's membership for all sources.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if the socket has the source already; `EADDRINUSE` for all sources if the socket is in the group
    /// for all or for some; `EINVAL` if it is no group; `EAFNOSUPPORT` for one of IPv6 without the feature `ipv6`;
    /// `ENOPROTOOPT` without the feature `multicast`; `ENOBUFS` if there is no room.
    pub fn add(
        &mut self,
        id: SocketId,
        interface: u32,
        group: IpAddr,
        source: Option<IpAddr>,
    ) -> Result<bool, Errno> {
        if !group.is_multicast() {
            return Err(Errno::EINVAL);
        }
        if !MULTICAST {
            return Err(Errno::ENOPROTOOPT);
        }
        if !IPV6 && group.is_ipv6() {
            return Err(Errno::EAFNOSUPPORT);
        }
        self.insert(Entry {
            id,
            interface,
            group: group.into(),
            source: source.map(Ip::from),
        })
    }

    fn insert(&mut self, entry: Entry) -> Result<bool, Errno> {
        let (interface, group) = (entry.interface, entry.group);
        let mut is_first = true;
        let mut slot = None;
        for candidate in &mut *self.slots {
            let Some(other) = candidate.0 else {
                slot = slot.or(Some(candidate));
                continue;
            };
            if !other.is_of(interface, group) {
                continue;
            }
            is_first = false;
            match (other.source, entry.source) {
                _ if other.id != entry.id => {}
                (_, None) => return Err(Errno::EADDRINUSE),
                (Some(one), Some(new)) if one == new => return Err(Errno::EADDRNOTAVAIL),
                (Some(_), Some(_)) => {}
                // It is the socket's only one there.
                (None, Some(_)) => slot = Some(candidate),
            }
        }
        slot.ok_or(Errno::ENOBUFS)?.0 = Some(entry);
        Ok(is_first)
    }

    /// Removes a membership; whether the interface is in the group of no socket now.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if the socket does not have it.
    pub fn remove(
        &mut self,
        id: SocketId,
        interface: u32,
        group: IpAddr,
        source: Option<IpAddr>,
    ) -> Result<bool, Errno> {
        if !MULTICAST {
            return Err(Errno::EADDRNOTAVAIL);
        }
        let entry = Entry {
            id,
            interface,
            group: group.into(),
            source: source.map(Ip::from),
        };
        let slot = self.slots.iter_mut().find(|slot| slot.0 == Some(entry));
        slot.ok_or(Errno::EADDRNOTAVAIL)?.0 = None;
        Ok(!self.is_joined(interface, entry.group))
    }

    /// Removes one membership of a socket, whichever; the interface and the group if that was its last. Call it until
    /// there is none left.
    pub fn remove_one(&mut self, id: SocketId) -> Option<Option<(u32, IpAddr)>> {
        if !MULTICAST {
            return None;
        }
        let slot = self
            .slots
            .iter_mut()
            .find(|slot| slot.0.is_some_and(|entry| entry.id == id))?;
        let Entry {
            interface, group, ..
        } = slot.0.take()?;
        let is_last = !self.is_joined(interface, group);
        Some(is_last.then_some((interface, group.told())))
    }

    /// Whether a socket wants what `source` sends to a group; `None` if it is no member.
    #[must_use]
    pub fn wants(
        &self,
        id: SocketId,
        interface: u32,
        group: IpAddr,
        source: IpAddr,
    ) -> Option<bool> {
        self.is_wanted(id, interface, group.into(), source.into())
    }

    /// As [`wants`](Self::wants).
    pub(super) fn is_wanted(
        &self,
        id: SocketId,
        interface: u32,
        group: Ip,
        source: Ip,
    ) -> Option<bool> {
        let mut is_member = false;
        for entry in self.of_group(interface, group) {
            if entry.id != id {
                continue;
            }
            if entry.source.is_none_or(|wanted| wanted == source) {
                return Some(true);
            }
            is_member = true;
        }
        is_member.then_some(false)
    }

    /// Whether any socket is a member of a group on an interface.
    #[must_use]
    pub fn has(&self, interface: u32, group: IpAddr) -> bool {
        self.is_joined(interface, group.into())
    }

    /// As [`has`](Self::has).
    fn is_joined(&self, interface: u32, group: Ip) -> bool {
        self.of_group(interface, group).next().is_some()
    }

    /// Whether an interface is in a group: any socket is a member of it there, or every host is.
    pub(crate) fn admits(&self, interface: u32, group: Ip) -> bool {
        self.is_joined(interface, group) || is_of_all_hosts(group)
    }

    /// Whether an interface lets in what `source` sends to a group: any socket wants it, or every host is in the group.
    ///
    /// RFC 3376 § 3.2: the state of the interface
    #[must_use]
    pub fn lets_in(&self, interface: u32, group: IpAddr, source: IpAddr) -> bool {
        self.is_let_in(interface, group.into(), source.into())
    }

    /// As [`lets_in`](Self::lets_in).
    pub(super) fn is_let_in(&self, interface: u32, group: Ip, source: Ip) -> bool {
        let mut entries = self.of_group(interface, group);
        entries.any(|entry| entry.source.is_none_or(|wanted| wanted == source))
            || is_of_all_hosts(group)
    }

    /// Where a socket has such a membership.
    pub(super) fn interfaces_of(
        &self,
        id: SocketId,
        group: Ip,
        source: Option<Ip>,
    ) -> impl Iterator<Item = u32> {
        let its = self
            .entries()
            .filter(move |entry| entry.id == id && entry.group == group && entry.source == source);
        its.map(|entry| entry.interface)
    }

    /// What all sockets together want of a group on an interface.
    #[must_use]
    pub fn filter(&self, interface: u32, group: IpAddr) -> Filter {
        let mut entries = self.of_group(interface, group.into());
        if entries.any(|entry| entry.source.is_none()) {
            return Filter::Everything;
        }
        let sources = self.sources(interface, group);
        match sources.fold(0, |count: usize, _| count.saturating_add(1)) {
            0 => Filter::Nothing,
            count => Filter::Sources(count),
        }
    }

    /// The sources that are wanted where [`filter`](Self::filter) says that some are, each once.
    pub fn sources(&self, interface: u32, group: IpAddr) -> impl Iterator<Item = IpAddr> {
        let group = Ip::new(group);
        (0..self.slots.len()).filter_map(move |at| {
            let entry = self.slots.get(at)?.0?;
            let source = entry.source?;
            let is_earlier = |slot: &GroupSlot| {
                let other = slot.0;
                other.is_some_and(|it| it.is_of(interface, group) && it.source == entry.source)
            };
            let is_new = !self.slots.get(..at)?.iter().any(is_earlier);
            (entry.is_of(interface, group) && is_new).then_some(source.told())
        })
    }

    /// The groups that an interface is in, each once.
    pub fn of_interface(&self, interface: u32) -> impl Iterator<Item = IpAddr> {
        let places = if MULTICAST { self.slots.len() } else { 0 };
        (0..places).filter_map(move |at| {
            let entry = self.slots.get(at)?.0?;
            let is_earlier = |slot: &GroupSlot| {
                let other = slot.0;
                other.is_some_and(|it| it.is_of(interface, entry.group))
            };
            let is_new = !self.slots.get(..at)?.iter().any(is_earlier);
            (entry.interface == interface && is_new).then_some(entry.group.told())
        })
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let slots = if MULTICAST { &*self.slots } else { &[] };
        slots.iter().filter_map(|slot| slot.0.as_ref())
    }

    fn of_group(&self, interface: u32, group: Ip) -> impl Iterator<Item = &Entry> {
        self.entries()
            .filter(move |entry| entry.is_of(interface, group))
    }
}

impl fmt::Debug for Groups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        f.debug_list().entries(entries).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Groups<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Groups {{ slots: {=usize} }}", self.slots.len());
    }
}

/// Whether every host is in a group, on each of its interfaces and without a word to the network.
pub(super) fn is_of_all_hosts(group: Ip) -> bool {
    match group.get() {
        IpAddr::V4(group) => group == ALL_SYSTEMS,
        IpAddr::V6(group) => IPV6 && group == ALL_NODES,
    }
}

/// RFC 1112 § 4
const ALL_SYSTEMS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// RFC 4291 § 2.7.1
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

#[cfg(test)]
mod tests;

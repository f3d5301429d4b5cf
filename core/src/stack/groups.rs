//! Memberships of sockets, and what they add up to for each interface.

use core::net::IpAddr;

use crate::error::Errno;
use crate::sockets::SocketId;

/// The place of one membership.
#[derive(Clone, Debug, Default)]
pub struct GroupSlot {
    entry: Option<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: SocketId,
    interface: u32,
    group: IpAddr,
    source: Option<IpAddr>,
}

impl GroupSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self { entry: None }
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
        Self { slots }
    }

    /// Adds a membership; whether the interface was in the group of no socket before.
    ///
    /// # Errors
    /// `EADDRINUSE` and, for a source, `EADDRNOTAVAIL` if the socket has it already; `EINVAL` if the socket is in the
    /// group the other way, for all sources or for some; `ENOBUFS` if there is no room.
    pub fn add(
        &mut self,
        id: SocketId,
        interface: u32,
        group: IpAddr,
        source: Option<IpAddr>,
    ) -> Result<bool, Errno> {
        let _ = (&mut self.slots, id, interface, group, source);
        Err(Errno::ENOTSUP)
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
        let _ = (id, interface, group, source);
        Err(Errno::ENOTSUP)
    }

    /// Removes one membership of a socket, whichever; the interface and the group if that was its last. Call it until
    /// there is none left.
    pub fn remove_one(&mut self, id: SocketId) -> Option<Option<(u32, IpAddr)>> {
        let _ = id;
        None
    }

    /// Whether a socket gets what `source` sends to a group: as a member that wants the source, or, as in Linux, as one
    /// that is no member at all.
    #[must_use]
    pub fn accepts(&self, id: SocketId, interface: u32, group: IpAddr, source: IpAddr) -> bool {
        let _ = (id, interface, group, source);
        false
    }

    /// Whether any socket is a member of a group on an interface.
    #[must_use]
    pub fn has(&self, interface: u32, group: IpAddr) -> bool {
        let _ = (interface, group);
        false
    }

    /// What all sockets together want of a group on an interface.
    #[must_use]
    pub fn filter(&self, interface: u32, group: IpAddr) -> Filter {
        let _ = (interface, group);
        Filter::Nothing
    }

    /// The sources that are wanted where [`filter`](Self::filter) says that some are, each once.
    pub fn sources(&self, interface: u32, group: IpAddr) -> impl Iterator<Item = IpAddr> {
        let _ = (interface, group);
        core::iter::empty()
    }

    /// The groups that an interface is in, each once.
    pub fn of_interface(&self, interface: u32) -> impl Iterator<Item = IpAddr> {
        let _ = interface;
        core::iter::empty()
    }
}

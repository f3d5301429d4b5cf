//! Multicast memberships.

use core::net::IpAddr;

use anydgram_core::{Error, Interface};

use super::Socket;

impl Socket<'_> {
    /// Joins a group: datagrams to it are received, from any source. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As [`anydgram_core::Socket::add_membership`]. What the stack refuses is an
    /// [`Event::Error`](crate::tasks::Event::Error), `addMembership CODE`: `EADDRINUSE` for a group that was joined, `ENODEV`
    /// for an interface that there is not, `ENOBUFS` without room for another group.
    ///
    /// Node: `socket.addMembership`
    #[doc(alias = "addMembership")]
    pub fn add_membership(
        &self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.command(|core| core.add_membership(group, interface))
    }

    /// Leaves a group that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As [`anydgram_core::Socket::drop_membership`]; `dropMembership EADDRNOTAVAIL` for a group that was not joined is an
    /// [`Event::Error`](crate::tasks::Event::Error).
    ///
    /// Node: `socket.dropMembership`
    #[doc(alias = "dropMembership")]
    pub fn drop_membership(
        &self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.command(|core| core.drop_membership(group, interface))
    }

    /// Joins a channel (RFC 4607): datagrams to `group` are received from `source` only; more sources can be added.
    /// Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As [`add_membership`](Self::add_membership), under `addSourceSpecificMembership`.
    ///
    /// Node: `socket.addSourceSpecificMembership`
    #[doc(alias = "addSourceSpecificMembership")]
    pub fn add_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.command(|core| core.add_source_specific_membership(source, group, interface))
    }

    /// Leaves a channel that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As [`drop_membership`](Self::drop_membership), under `dropSourceSpecificMembership`.
    ///
    /// Node: `socket.dropSourceSpecificMembership`
    #[doc(alias = "dropSourceSpecificMembership")]
    pub fn drop_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.command(|core| core.drop_source_specific_membership(source, group, interface))
    }
}

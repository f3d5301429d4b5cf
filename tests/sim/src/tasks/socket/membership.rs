//! Multicast memberships.

use core::net::IpAddr;

mod verdict;

use anydgram_core::{BindState, Error, Interface, Socket as CoreSocket};

use super::Socket;
use verdict::{Asked, Members};

impl Socket<'_> {
    /// Joins a group: datagrams to it are received, from any source. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As [`anydgram_core::Socket::add_membership`]; `addMembership CODE`: `EADDRINUSE` for a group that was joined,
    /// `ENODEV` for an interface that there is not, `ENOBUFS` without room for another group.
    ///
    /// Node: `socket.addMembership`
    #[doc(alias = "addMembership")]
    pub fn add_membership(
        &self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        let asked = (Asked::Join, group, None);
        self.change(asked, |core| core.add_membership(group, interface))
    }

    /// Leaves a group that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As [`anydgram_core::Socket::drop_membership`]; `dropMembership EADDRNOTAVAIL` for a group that was not joined.
    ///
    /// Node: `socket.dropMembership`
    #[doc(alias = "dropMembership")]
    pub fn drop_membership(
        &self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        let asked = (Asked::Leave, group, None);
        self.change(asked, |core| core.drop_membership(group, interface))
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
        let asked = (Asked::Join, group, Some(source));
        self.change(asked, |core| {
            core.add_source_specific_membership(source, group, interface)
        })
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
        let asked = (Asked::Leave, group, Some(source));
        self.change(asked, |core| {
            core.drop_source_specific_membership(source, group, interface)
        })
    }

    /// Carries out a call, and looks at what it has changed. Until the socket is bound, joins wait.
    fn change(
        &self,
        asked: (Asked, IpAddr, Option<IpAddr>),
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<(), Error<'static>>,
    ) -> Result<(), Error<'static>> {
        let members = || {
            let is_bound = self.bind_state() == BindState::Bound;
            self.host.with(|inner| {
                let engine = inner.engine.as_deref().filter(|_| is_bound)?;
                Some(Members::of(engine.stack(), self.id))
            })
        };
        let before = members();
        let result = self.call(command);
        if let (Some(before), Some(after)) = (before, members())
            && let Err(what) = before.judge(&after, asked, result.is_ok())
        {
            self.host.with(|inner| {
                inner.broken.get_or_insert(what);
            });
        }
        result
    }
}

//! Memberships: this socket's groups, whatever its stack makes of them.

use core::net::IpAddr;

mod table;

use super::{Life, Socket};
use crate::error::{Errno, Error, Syscall, SystemError};
use crate::membership::{Interface, Membership};
use crate::output::MembershipChange;
use crate::storage::Parts;

/// One membership, and how far it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    membership: Membership,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The backend has not been told to join.
    Wanted,
    /// The backend is joining.
    Joining,
    /// The backend is joining, and it has been dropped since.
    JoiningDropped,
    Joined,
    /// The backend has not been told to leave.
    Dropped,
    /// The backend is leaving.
    Leaving,
    /// The backend is leaving, and it has been added since.
    LeavingAdded,
}

impl Slot {
    const fn is_member(&self) -> bool {
        matches!(
            self.stage,
            Stage::Wanted | Stage::Joining | Stage::Joined | Stage::LeavingAdded
        )
    }

    const fn is_due(&self) -> bool {
        matches!(self.stage, Stage::Wanted | Stage::Dropped)
    }
}

impl Socket<'_> {
    /// Joins a group: datagrams to it are received, from any source. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`](crate::Misuse::NotRunning) on a closed socket; `addMembership` with `EINVAL` for an address that is no
    /// group, `ENOPROTOOPT` for an IPv6 group on a `udp4` socket, `EADDRINUSE` if it is a member
    /// already, `ENOBUFS` when there is no memory for another one. What the stack refuses comes
    /// through [`handle_membership`](Self::handle_membership).
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Interface, Options, Socket, SocketType, Storage};
    /// # use core::net::Ipv4Addr;
    /// # let mut storage: Storage<64, 1, 1, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.add_membership(Ipv4Addr::new(224, 0, 0, 251).into(), Interface::Default)?;
    /// # Ok::<(), anydgram_core::Error<'static>>(())
    /// ```
    ///
    /// Node: `socket.addMembership`
    #[doc(alias = "addMembership")]
    pub fn add_membership(
        &mut self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.add(
            Membership::any_source(group, interface),
            Syscall::AddMembership,
        )
    }

    /// Leaves a group that [`add_membership`](Self::add_membership) has joined with the same arguments, or, with
    /// [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`](crate::Misuse::NotRunning) on a closed socket; `dropMembership` with `EINVAL` for an address that is no
    /// group, `EADDRNOTAVAIL` if it is no member.
    ///
    /// Node: `socket.dropMembership`
    #[doc(alias = "dropMembership")]
    pub fn drop_membership(
        &mut self,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.remove(
            Membership::any_source(group, interface),
            Syscall::DropMembership,
        )
    }

    /// Joins a channel (RFC 4607): datagrams to `group` are received from `source` only; further sources
    /// can be added. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As [`add_membership`](Self::add_membership), under `addSourceSpecificMembership`; also `EINVAL` when
    /// source and group are of different families, and `EADDRNOTAVAIL` if it is a member already.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Interface, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 1, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// let (source, group) = ([192, 0, 2, 1].into(), [232, 1, 2, 3].into());
    /// socket.add_source_specific_membership(source, group, Interface::Default)?;
    /// # Ok::<(), anydgram_core::Error<'static>>(())
    /// ```
    ///
    /// Node: `socket.addSourceSpecificMembership`
    #[doc(alias = "addSourceSpecificMembership")]
    pub fn add_source_specific_membership(
        &mut self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.add(
            Membership::source_specific(source, group, interface),
            Syscall::AddSourceSpecificMembership,
        )
    }

    /// Leaves a channel that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As [`drop_membership`](Self::drop_membership), under `dropSourceSpecificMembership`; but `EINVAL` when the
    /// socket is in no channel of the group.
    ///
    /// Node: `socket.dropSourceSpecificMembership`
    #[doc(alias = "dropSourceSpecificMembership")]
    pub fn drop_source_specific_membership(
        &mut self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error<'static>> {
        self.remove(
            Membership::source_specific(source, group, interface),
            Syscall::DropSourceSpecificMembership,
        )
    }

    /// The backend has done [`Action::Membership`](crate::Action::Membership). A join that failed is no
    /// membership; one that could not be left is none either.
    ///
    /// # Errors
    /// The failure with its label, for whoever asked: a driver answers the call with it, or reports it by
    /// [`handle_failure`](Self::handle_failure).
    pub fn handle_membership(
        &mut self,
        change: MembershipChange,
        membership: Membership,
        outcome: Result<(), Errno>,
    ) -> Result<(), SystemError<'static>> {
        if self.life == Life::Closed {
            crate::stats::count(&mut self.rare().stale);
            return Ok(());
        }
        let position = self.position(&membership);
        let mut parts = self.memory.parts();
        let slot =
            position.and_then(|at| Some((at, parts.memberships.as_mut_slice().get_mut(at)?)));
        let next = match (change, slot.as_ref().map(|(_, slot)| slot.stage)) {
            (MembershipChange::Add, Some(Stage::Joining)) => {
                outcome.is_ok().then_some(Stage::Joined)
            }
            (MembershipChange::Add, Some(Stage::JoiningDropped)) => {
                outcome.is_ok().then_some(Stage::Dropped)
            }
            (MembershipChange::Drop, Some(Stage::Leaving)) => None,
            (MembershipChange::Drop, Some(Stage::LeavingAdded)) => Some(Stage::Wanted),
            _ => {
                crate::stats::count(&mut self.rare().stale);
                return Ok(());
            }
        };
        match (slot, next) {
            (Some((_, slot)), Some(stage)) => {
                slot.stage = stage;
                if slot.is_due() {
                    self.memberships_due = self.memberships_due.saturating_add(1);
                }
            }
            (Some((at, _)), None) => parts.memberships.swap_remove(at),
            (None, _) => {}
        }
        outcome.map_err(|errno| SystemError::new(syscall_of(change, &membership), errno))
    }

    fn add(&mut self, membership: Membership, syscall: Syscall) -> Result<(), Error<'static>> {
        self.check_running()?;
        let fail = |errno| Err(SystemError::new(syscall, errno).into());
        if let Some(errno) = self.refuses_membership(&membership) {
            return fail(errno);
        }
        let position = self.position(&membership);
        if let Some(slot) = position.and_then(|at| self.slot(at)) {
            if slot.is_member() {
                return fail(if membership.source.is_some() {
                    Errno::EADDRNOTAVAIL
                } else {
                    Errno::EADDRINUSE
                });
            }
            let (stage, was_due) = match slot.stage {
                Stage::Dropped => (Stage::Joined, true),
                Stage::JoiningDropped => (Stage::Joining, false),
                Stage::Wanted
                | Stage::Joining
                | Stage::Joined
                | Stage::Leaving
                | Stage::LeavingAdded => (Stage::LeavingAdded, false),
            };
            slot.stage = stage;
            if was_due {
                self.memberships_due = self.memberships_due.saturating_sub(1);
            }
            return Ok(());
        }
        if !self.memory.parts().memberships.push(Slot {
            membership,
            stage: Stage::Wanted,
        }) {
            return fail(Errno::ENOBUFS);
        }
        self.memberships_due = self.memberships_due.saturating_add(1);
        if let Err(misuse) = self.bind_implicitly() {
            if let Some(at) = self.position(&membership) {
                self.forget(at);
            }
            return Err(misuse.into());
        }
        Ok(())
    }

    fn remove(&mut self, membership: Membership, syscall: Syscall) -> Result<(), Error<'static>> {
        self.check_running()?;
        let fail = |errno| Err(SystemError::new(syscall, errno).into());
        let is_no_group = !membership.group.is_multicast();
        if is_no_group && membership.group.is_ipv4() && membership.source.is_none() {
            // Linux looks for the membership before it looks at the group.
            return fail(Errno::EADDRNOTAVAIL);
        }
        if let Some(errno) = self.refuses_membership(&membership) {
            return fail(errno);
        }
        let position = self.position_to_leave(&membership);
        let Some((at, slot)) = position.and_then(|at| Some((at, self.slot(at)?))) else {
            return fail(self.unknown(&membership));
        };
        match slot.stage {
            Stage::Wanted => self.forget(at),
            Stage::Joining => slot.stage = Stage::JoiningDropped,
            Stage::LeavingAdded => slot.stage = Stage::Leaving,
            Stage::Joined => {
                slot.stage = Stage::Dropped;
                self.memberships_due = self.memberships_due.saturating_add(1);
            }
            Stage::JoiningDropped | Stage::Dropped | Stage::Leaving => {
                return fail(Errno::EADDRNOTAVAIL);
            }
        }
        Ok(())
    }

    /// The next join or leave, once.
    pub(super) fn poll_membership(&mut self) -> Option<(MembershipChange, Membership)> {
        if self.memberships_due == 0 {
            return None;
        }
        self.memberships_due = self.memberships_due.saturating_sub(1);
        let Parts { memberships, .. } = self.memory.parts();
        let slot = memberships
            .into_slice()
            .iter_mut()
            .find(|slot| slot.is_due())?;
        let (change, stage) = if slot.stage == Stage::Wanted {
            (MembershipChange::Add, Stage::Joining)
        } else {
            (MembershipChange::Drop, Stage::Leaving)
        };
        slot.stage = stage;
        Some((change, slot.membership))
    }
}

const fn syscall_of(change: MembershipChange, membership: &Membership) -> Syscall {
    match (change, membership.source.is_some()) {
        (MembershipChange::Add, false) => Syscall::AddMembership,
        (MembershipChange::Drop, false) => Syscall::DropMembership,
        (MembershipChange::Add, true) => Syscall::AddSourceSpecificMembership,
        (MembershipChange::Drop, true) => Syscall::DropSourceSpecificMembership,
    }
}

//! The table of memberships: finding entries, and what happens to all of them at once.

use super::super::Socket;
use super::{Slot, Stage};
use crate::address::{Endpoint, Ip};
use crate::error::Errno;
use crate::membership::{Interface, Membership};
use crate::receive::RecvMeta;
use crate::storage::Parts;

impl Socket<'_> {
    /// The backend has a new socket: every membership has to be joined again.
    pub(in crate::socket) fn join_again(&mut self) {
        let Some(Parts {
            mut memberships, ..
        }) = self.memory.parts_in_use()
        else {
            return;
        };
        let mut at = 0;
        while let Some(slot) = memberships.as_mut_slice().get_mut(at) {
            if slot.is_member() {
                slot.stage = Stage::Wanted;
                at = at.saturating_add(1);
            } else {
                memberships.swap_remove(at);
            }
        }
        self.memberships_due = u32::try_from(memberships.as_mut_slice().len()).unwrap_or(u32::MAX);
    }

    /// The backend's socket is gone, and its memberships with it.
    pub(in crate::socket) fn forget_memberships(&mut self) {
        self.memberships_due = 0;
        if let Some(Parts {
            mut memberships, ..
        }) = self.memory.parts_in_use()
        {
            memberships.clear();
        }
    }

    /// Whether a datagram to a group is from a source that this socket has not asked for: when all its
    /// memberships in the group name other sources. Without a membership the stack decides alone.
    #[inline]
    pub(in crate::socket) fn excludes_source(
        &mut self,
        sender: &Endpoint,
        meta: &RecvMeta,
    ) -> bool {
        let local = meta.local.as_ref();
        local.is_some_and(|local| {
            local.is_multicast() && self.excludes_source_of(local.ip, sender.address.ip)
        })
    }

    #[inline(never)]
    fn excludes_source_of(&mut self, group: Ip, sender: Ip) -> bool {
        let Some(Parts { memberships, .. }) = self.memory.parts_in_use() else {
            return false;
        };
        let mut has_any = false;
        for slot in memberships
            .into_slice()
            .iter()
            .filter(|slot| slot.is_member())
        {
            if Ip::new(slot.membership.group) == group {
                if slot
                    .membership
                    .source
                    .is_none_or(|source| Ip::new(source) == sender)
                {
                    return false;
                }
                has_any = true;
            }
        }
        has_any
    }

    /// Why no stack could have such a membership on this socket.
    pub(super) fn refuses_membership(&self, membership: &Membership) -> Option<Errno> {
        let group = membership.group;
        let mixed = membership
            .source
            .is_some_and(|source| source.is_ipv4() != group.is_ipv4());
        if mixed || !group.is_multicast() {
            return Some(Errno::EINVAL);
        }
        let has_no_such_option = group.is_ipv6() && self.family() == crate::Family::V4;
        has_no_such_option.then_some(Errno::ENOPROTOOPT)
    }

    pub(super) fn position(&mut self, membership: &Membership) -> Option<usize> {
        let Parts { memberships, .. } = self.memory.parts_in_use()?;
        memberships
            .into_slice()
            .iter()
            .position(|slot| slot.membership == *membership)
    }

    /// The membership that a call leaves: the one joined with the same arguments, else, where the call leaves the
    /// interface to the stack, the first of that group and source.
    pub(super) fn position_to_leave(&mut self, membership: &Membership) -> Option<usize> {
        let position = self.position(membership);
        let exact = position.filter(|at| self.slot(*at).is_some_and(|slot| slot.is_member()));
        if exact.is_some() || membership.interface != Interface::Default {
            return exact;
        }
        let Parts { memberships, .. } = self.memory.parts_in_use()?;
        memberships.into_slice().iter().position(|slot| {
            let joined = slot.membership;
            slot.is_member()
                && joined.group == membership.group
                && joined.source == membership.source
        })
    }

    /// Why a membership that is none cannot be left. A source of a group in which nothing was joined is `EINVAL`
    /// on Linux, one that is missing beside others is not.
    pub(super) fn unknown(&mut self, membership: &Membership) -> Errno {
        let Some(Parts { memberships, .. }) = self.memory.parts_in_use() else {
            return if membership.source.is_some() {
                Errno::EINVAL
            } else {
                Errno::EADDRNOTAVAIL
            };
        };
        let mut joined = memberships
            .into_slice()
            .iter()
            .filter(|slot| slot.is_member());
        let knows_group = joined.any(|slot| slot.membership.group == membership.group);
        if membership.source.is_some() && !knows_group {
            Errno::EINVAL
        } else {
            Errno::EADDRNOTAVAIL
        }
    }

    pub(super) fn slot(&mut self, at: usize) -> Option<&mut Slot> {
        self.memory.parts().memberships.into_slice().get_mut(at)
    }

    pub(super) fn forget(&mut self, at: usize) {
        self.memberships_due = self.memberships_due.saturating_sub(1);
        self.memory.parts().memberships.swap_remove(at);
    }
}

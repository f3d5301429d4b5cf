//! Memberships: which interface is meant, and what the network is told.

use core::net::IpAddr;

use super::Host;
use crate::address::{Address, Family, Ip};
use crate::error::Errno;
use crate::features::{IPV6, MULTICAST};
use crate::membership::{Interface, Membership};
use crate::output::MembershipChange;
use crate::sockets::SocketId;
use crate::stack::groups::is_of_all_hosts;
use crate::stack::interfaces::Interfaces;
use crate::stack::packet::Wire;

impl Host<'_> {
    /// Tells the network of all groups of an interface again: after its link has come up, or its addresses have changed.
    pub fn rejoin<W: Wire + ?Sized>(&mut self, wire: &mut W, interface: u32) {
        for group in self.groups.of_interface(interface) {
            if is_reported(interface, group.into()) {
                wire.rejoin(interface, group);
            }
        }
    }

    /// Has a bound socket get what is sent to a group only where it is a member. Otherwise, as in Linux, one that has not
    /// joined the group itself gets what others have joined.
    ///
    /// Linux: `IP_MULTICAST_ALL`
    pub fn keep_to_own_groups(&mut self, id: SocketId) {
        if let Some(slot) = self.ports.get_mut(id) {
            slot.set_own_groups_only();
        }
    }

    pub(super) fn change_membership<W: Wire + ?Sized>(
        &mut self,
        wire: &mut W,
        id: SocketId,
        change: MembershipChange,
        membership: &Membership,
    ) -> Result<(), Errno> {
        let family = self.ports.get(id).ok_or(Errno::EBADF)?.family();
        if !MULTICAST {
            return Err(Errno::ENOPROTOOPT);
        }
        if family == Family::V4 && membership.group.is_ipv6() {
            // The option belongs to the other protocol.
            return Err(Errno::ENOPROTOOPT);
        }
        if membership
            .source
            .is_some_and(|source| Family::of(source) != Family::of(membership.group))
        {
            return Err(Errno::EINVAL);
        }
        if membership.interface != Interface::All {
            let mut interface = self.interface_of(membership);
            if change == MembershipChange::Drop {
                interface = self.interface_to_leave(id, membership, interface);
            }
            let interface = interface?;
            return self.change_one(wire, id, change, &at(interface, membership));
        }
        let mut result = Err(Errno::ENODEV);
        let mut interface = Interfaces::LOOPBACK;
        loop {
            let next = self.interfaces.indexes().find(|&index| index > interface);
            interface = match next {
                Some(next) => next,
                None => return result,
            };
            if !self.interfaces.is_up(interface) {
                continue;
            }
            let changed = self.change_one(wire, id, change, &at(interface, membership));
            if result.is_err() {
                result = changed;
            }
        }
    }

    /// Leaves all groups of a socket.
    pub(super) fn leave_all<W: Wire + ?Sized>(&mut self, wire: &mut W, id: SocketId) {
        while let Some(left) = self.groups.remove_one(id) {
            if let Some((interface, group)) = left {
                leave(wire, interface, group);
            }
        }
    }

    fn interface_of(&self, membership: &Membership) -> Result<u32, Errno> {
        let there = |index| {
            self.interfaces
                .name(index)
                .map(|_| index)
                .ok_or(Errno::ENODEV)
        };
        match membership.interface {
            Interface::Address(address) if !address.is_unspecified() => {
                if membership.group.is_ipv6() {
                    return Err(Errno::EINVAL);
                }
                self.interfaces.owner(address.into()).ok_or(Errno::ENODEV)
            }
            Interface::Index(index) if index != 0 => there(index),
            Interface::Address(_) | Interface::Index(_) | Interface::Default | Interface::All => {
                let route = self.interfaces.route(Address::new(membership.group), None);
                route.map(|route| route.interface).or(Err(Errno::ENODEV))
            }
        }
    }

    /// Where a socket leaves a group that it has not joined by an index: routes and addresses may have changed since.
    /// `now` is where it would join the group now.
    fn interface_to_leave(
        &self,
        id: SocketId,
        membership: &Membership,
        now: Result<u32, Errno>,
    ) -> Result<u32, Errno> {
        if matches!(membership.interface, Interface::Index(1..)) {
            return now;
        }
        let Membership { group, source, .. } = *membership;
        let mut joined = self
            .groups
            .interfaces_of(id, group.into(), source.map(Ip::from));
        let first = joined.next();
        if first.is_none() || first == now.ok() || joined.any(|other| Ok(other) == now) {
            return now;
        }
        first.ok_or(Errno::EADDRNOTAVAIL)
    }

    fn change_one<W: Wire + ?Sized>(
        &mut self,
        wire: &mut W,
        id: SocketId,
        change: MembershipChange,
        joining: &Joining,
    ) -> Result<(), Errno> {
        let Joining {
            interface,
            group,
            source,
        } = *joining;
        match change {
            MembershipChange::Add => {
                let is_first = self.groups.add(id, interface, group, source)?;
                if !is_first || !is_reported(interface, group.into()) {
                    return Ok(());
                }
                wire.join(interface, group).inspect_err(|_| {
                    let removed = self.groups.remove(id, interface, group, source);
                    debug_assert!(removed.is_ok(), "it has just been added");
                })
            }
            MembershipChange::Drop => {
                let is_last = self.groups.remove(id, interface, group, source)?;
                if is_last {
                    leave(wire, interface, group);
                }
                Ok(())
            }
        }
    }
}

/// A membership with its interface found.
struct Joining {
    interface: u32,
    group: IpAddr,
    source: Option<IpAddr>,
}

const fn at(interface: u32, membership: &Membership) -> Joining {
    Joining {
        interface,
        group: membership.group,
        source: membership.source,
    }
}

fn leave<W: Wire + ?Sized>(wire: &mut W, interface: u32, group: IpAddr) {
    if is_reported(interface, group.into()) {
        wire.leave(interface, group);
    }
}

/// Whether the network is told who is in a group. It never is of the group that every host is in, nor of those that
/// stay on the host (RFC 2236 § 6, RFC 3810 § 6).
fn is_reported(interface: u32, group: Ip) -> bool {
    let is_told = match group.get() {
        IpAddr::V4(_) => true,
        IpAddr::V6(_) if !IPV6 => false,
        IpAddr::V6(group) => {
            let [_, flags_and_scope, ..] = group.octets();
            flags_and_scope & SCOPE > INTERFACE_LOCAL
        }
    };
    is_told && !is_of_all_hosts(group) && interface != Interfaces::LOOPBACK
}

/// The scope of a group, in its second byte (RFC 4291 § 2.7).
const SCOPE: u8 = 0x0f;
/// The widest scope within a host; below it, there is only a reserved one.
const INTERFACE_LOCAL: u8 = 1;

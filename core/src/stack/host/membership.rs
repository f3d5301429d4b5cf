//! Memberships: which interface is meant, and what the network is told.

use core::net::IpAddr;

use super::Host;
use crate::address::{Address, Family};
use crate::error::Errno;
use crate::membership::{Interface, Membership};
use crate::output::MembershipChange;
use crate::sockets::SocketId;
use crate::stack::interfaces::Interfaces;
use crate::stack::packet::Wire;

impl Host<'_> {
    /// Tells the network of all groups of an interface again: after its link has come up, or its addresses have changed.
    pub fn rejoin<W: Wire + ?Sized>(&mut self, wire: &mut W, interface: u32) {
        for group in self.groups.of_interface(interface) {
            wire.rejoin(interface, group);
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
            let interface = self.interface_of(membership)?;
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
                if !is_first || interface == Interfaces::LOOPBACK {
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
    if interface != Interfaces::LOOPBACK {
        wire.leave(interface, group);
    }
}

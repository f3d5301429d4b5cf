//! Joining and leaving groups.
//!
//! The group's address decides the protocol level, not the socket's family: that a socket cannot join is the
//! system's to say.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{Errno, Interface, Membership, MembershipChange};

use super::{OsSocket, platform};
use crate::interfaces;

impl OsSocket {
    /// Joins or leaves a group.
    ///
    /// # Errors
    /// `EINVAL` when group and source are of different families, when the group is no multicast address, and
    /// for an IPv4 address as the interface of an IPv6 group; `ENODEV` for an interface that does not exist;
    /// `ENOSYS` where the system has no source-specific multicast. All else is as the system says.
    ///
    /// Node: `socket.addMembership` and its kin
    pub(crate) fn membership(
        &self,
        change: MembershipChange,
        membership: &Membership,
    ) -> Result<(), Errno> {
        if membership.interface != Interface::All {
            return self.change_one(change, membership);
        }
        let mut result = Err(Errno::ENODEV);
        for interface in interfaces::list()? {
            if !interface.is_up || !interface.is_multicast {
                continue;
            }
            let mut one = *membership;
            one.interface = Interface::Index(interface.index);
            let changed = self.change_one(change, &one);
            if result.is_err() {
                result = changed;
            }
        }
        result
    }

    fn change_one(&self, change: MembershipChange, membership: &Membership) -> Result<(), Errno> {
        let interface = membership.interface;
        match (membership.group, membership.source) {
            (IpAddr::V4(group), None) => self.change_v4(change, group, interface),
            (IpAddr::V6(group), None) => self.change_v6(change, group, interface),
            (IpAddr::V4(_), Some(IpAddr::V4(_))) => {
                let index = match interface {
                    Interface::Address(address) if !address.is_unspecified() => {
                        interfaces::index_of_address(address)?
                    }
                    Interface::Index(index) => index,
                    Interface::Address(_) | Interface::Default | Interface::All => 0,
                };
                self.call(|socket| platform::change_source(socket, change, membership, index))
            }
            (IpAddr::V6(_), Some(IpAddr::V6(_))) => {
                let index = index_v6(interface)?;
                self.call(|socket| platform::change_source(socket, change, membership, index))
            }
            (IpAddr::V4(_), Some(IpAddr::V6(_))) | (IpAddr::V6(_), Some(IpAddr::V4(_))) => {
                Err(Errno::EINVAL)
            }
        }
    }

    fn change_v4(
        &self,
        change: MembershipChange,
        group: Ipv4Addr,
        interface: Interface,
    ) -> Result<(), Errno> {
        let address = match interface {
            Interface::Index(index) => {
                return self.call(|socket| platform::change_v4(socket, change, group, index));
            }
            Interface::Address(address) => address,
            Interface::Default | Interface::All => Ipv4Addr::UNSPECIFIED,
        };
        self.call(|socket| match change {
            MembershipChange::Add => socket.join_multicast_v4(&group, &address),
            MembershipChange::Drop => socket.leave_multicast_v4(&group, &address),
        })
    }

    fn change_v6(
        &self,
        change: MembershipChange,
        group: Ipv6Addr,
        interface: Interface,
    ) -> Result<(), Errno> {
        let index = index_v6(interface)?;
        self.call(|socket| match change {
            MembershipChange::Add => socket.join_multicast_v6(&group, index),
            MembershipChange::Drop => socket.leave_multicast_v6(&group, index),
        })
    }
}

/// The index of an IPv6 group's interface, 0 for the system's choice.
fn index_v6(interface: Interface) -> Result<u32, Errno> {
    match interface {
        Interface::Default | Interface::All => Ok(0),
        Interface::Index(index) => Ok(index),
        Interface::Address(_) => Err(Errno::EINVAL),
    }
}

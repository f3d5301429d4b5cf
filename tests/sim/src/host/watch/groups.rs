//! Memberships (M1, M2, M6): the network is told of a group when the first socket joins it and the last one leaves it, and of
//! nothing but groups; a closed socket is in none.
//!
//! Calls of handlers cannot be seen, so neither can one that was refused (M3); tasks' can, and are looked at where they are made.
//! Interfaces are never removed in a world (M5). At the level of frames it is the userspace stack that tells the network.

use alloc::collections::BTreeSet;
use core::net::IpAddr;

use anydgram_core::Endpoint;
use anydgram_core::SocketId;
use anydgram_core::stack::Host as Stack;

use super::Verdict;

/// What the network was told by a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wired {
    /// A group was joined on an interface.
    Joined(u32, IpAddr),
    /// A group was left on an interface.
    Left(u32, IpAddr),
    /// A datagram was sent.
    Sent {
        source: Endpoint,
        destination: Endpoint,
    },
}

/// The groups that the network knows a host to be in, by interface.
#[derive(Debug, Default)]
pub(super) struct Joined(BTreeSet<(u32, IpAddr)>);

impl Joined {
    pub(super) fn join(&mut self, interface: u32, group: IpAddr) -> Verdict {
        if !is_reported(group) {
            return Err(format!("the network was told of {group}"));
        }
        if self.0.insert((interface, group)) {
            Ok(())
        } else {
            Err(format!("{group} was joined on {interface} twice"))
        }
    }

    pub(super) fn leave(&mut self, interface: u32, group: IpAddr) -> Verdict {
        if self.0.remove(&(interface, group)) {
            Ok(())
        } else {
            Err(format!("{group} was left on {interface}, and not joined"))
        }
    }

    pub(super) fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the network knows the groups that the sockets of a host are in.
    pub(super) fn look(&self, stack: &Stack<'_>) -> Verdict {
        let interfaces = stack.interfaces().indexes();
        let interfaces = interfaces.filter(|&interface| interface != LOOPBACK);
        let wanted = interfaces.flat_map(|interface| {
            let groups = stack.groups().of_interface(interface);
            groups.map(move |group| (interface, group))
        });
        self.is_all_of(wanted)
    }

    /// Whether these groups are all that the network knows, as far as it is told.
    pub(super) fn is_all_of(&self, wanted: impl Iterator<Item = (u32, IpAddr)>) -> Verdict {
        let mut count = 0;
        for (interface, group) in wanted {
            if !group.is_multicast() {
                return Err(format!(
                    "{group} is no group, and was joined on {interface}"
                ));
            }
            if !is_reported(group) {
                continue;
            }
            count += 1;
            if !self.0.contains(&(interface, group)) {
                return Err(format!(
                    "the network was not told of {group} on {interface}"
                ));
            }
        }
        if count == self.0.len() {
            Ok(())
        } else {
            Err(format!(
                "the network knows of groups that no socket is in: {:?}",
                self.0
            ))
        }
    }
}

/// Whether a socket that has ended is in no group any more.
pub(super) fn is_in_none(id: SocketId, stack: &Stack<'_>) -> Verdict {
    for interface in stack.interfaces().indexes() {
        for group in stack.groups().of_interface(interface) {
            if stack.groups().wants(id, interface, group, group).is_some() {
                return Err(format!("it has ended, and is in {group} on {interface}"));
            }
        }
    }
    Ok(())
}

/// Whether the network is told of a group: not of the one that every host is in, nor of those that stay on the host
/// (RFC 2236 § 6, RFC 3810 § 6).
fn is_reported(group: IpAddr) -> bool {
    match group {
        IpAddr::V4(group) => group.is_multicast() && group.octets() != [224, 0, 0, 1],
        IpAddr::V6(group) => {
            let [first, second, ..] = group.octets();
            let is_all_nodes = group.to_bits() == 0xff02 << 112 | 1;
            first == 0xff && second & 0xf > 1 && !is_all_nodes
        }
    }
}

/// The loopback interface.
const LOOPBACK: u32 = 1;

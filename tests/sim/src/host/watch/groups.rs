//! Memberships (M1, M2, M6): the network is told of a group when the first socket joins it and the last one leaves it, and of
//! nothing but groups; a closed socket is in none.
//!
//! Among frames it is told by reports of IGMP and MLD, as they leave the host, also of the groups in which neighbours look for its
//! addresses (RFC 4861 § 7.2.1). A link that comes up, or another address, has it told of all groups again. Nobody in a world asks
//! for reports, and the userspace stack sends each once. Without an address of IPv4, it tells nothing of groups of IPv4.
//!
//! Calls of handlers cannot be seen, so neither can one that was refused (M3); tasks' can, and are looked at where they are made.
//! Interfaces are never removed in a world (M5).

use alloc::collections::BTreeSet;
use core::net::{IpAddr, Ipv6Addr};

use anydgram_core::Endpoint;
use anydgram_core::SocketId;
use anydgram_core::stack::{Cidr, Host as Stack};

use super::Verdict;

/// What the network was told by a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wired {
    /// A group was joined on an interface.
    Joined(u32, IpAddr),
    /// A group was left on an interface.
    Left(u32, IpAddr),
    /// A datagram was sent, or began to be, or ended.
    Sent {
        source: Endpoint,
        destination: Endpoint,
        /// A hash of its bytes; `None` before the last of its fragments leaves.
        digest: Option<u64>,
    },
}

/// The groups that the network knows a host to be in.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// By interface.
    known: BTreeSet<(u32, IpAddr)>,
    /// A link or an address has changed since somebody looked.
    is_stirred: bool,
    /// An application has had a socket since somebody looked.
    is_touched: bool,
}

impl Joined {
    /// A link or an address has changed.
    pub(super) const fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// An application has had a socket.
    pub(super) const fn touch(&mut self) {
        self.is_touched = true;
    }

    pub(super) fn join(&mut self, interface: u32, group: IpAddr) -> Verdict {
        if !is_reported(group) {
            return Err(format!("the network was told of {group}"));
        }
        self.is_asked_for(group)?;
        if self.known.insert((interface, group)) || self.is_stirred {
            Ok(())
        } else {
            Err(format!("{group} was joined on {interface} twice"))
        }
    }

    pub(super) fn leave(&mut self, interface: u32, group: IpAddr) -> Verdict {
        self.is_asked_for(group)?;
        if self.known.remove(&(interface, group)) || self.is_stirred {
            Ok(())
        } else {
            Err(format!("{group} was left on {interface}, and not joined"))
        }
    }

    /// Whether there may be anything to tell of a group.
    fn is_asked_for(&self, group: IpAddr) -> Verdict {
        if self.is_stirred || self.is_touched {
            Ok(())
        } else {
            Err(format!("the network was told of {group}, and nobody asked"))
        }
    }

    pub(super) fn is_any(&self) -> bool {
        !self.known.is_empty()
    }

    /// Whether the network knows the groups that the sockets of a host are in, when all has left that is to leave; with frames,
    /// also those of its addresses.
    pub(super) fn look(&mut self, stack: &Stack<'_>, has_frames: bool) -> Verdict {
        let interfaces = stack.interfaces();
        let mut wanted = BTreeSet::new();
        for interface in interfaces.indexes().filter(|&index| index != LOOPBACK) {
            let addresses = || interfaces.addresses(interface).map(Cidr::address);
            let can_tell = |group: IpAddr| {
                !has_frames || group.is_ipv6() || addresses().any(|own| own.is_ipv4())
            };
            let groups = stack.groups().of_interface(interface);
            wanted.extend(
                groups
                    .filter(|group| can_tell(*group))
                    .map(|group| (interface, group)),
            );
            if has_frames {
                let of_addresses = addresses().filter_map(solicited_node);
                wanted.extend(of_addresses.map(|group| (interface, group)));
                // Nobody can be told that they are left.
                self.known
                    .retain(|(at, group)| *at != interface || can_tell(*group));
            }
        }
        self.is_all_of(wanted.into_iter())?;
        (self.is_stirred, self.is_touched) = (false, false);
        Ok(())
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
            if !self.known.contains(&(interface, group)) {
                return Err(format!(
                    "the network was not told of {group} on {interface}"
                ));
            }
        }
        if count == self.known.len() {
            Ok(())
        } else {
            Err(format!(
                "the network knows of groups that no socket is in: {:?}",
                self.known
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

/// The group in which neighbours look for an address.
fn solicited_node(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let group = 0xff02 << 112 | 1 << 32 | 0xff << 24 | (address.to_bits() & 0xff_ffff);
    Some(IpAddr::V6(Ipv6Addr::from_bits(group)))
}

/// The loopback interface.
const LOOPBACK: u32 = 1;

//! What a socket of a script is by now, if all went well, and which calls of it have one outcome on both sides.

use core::net::{IpAddr, Ipv6Addr};

use anydgram_core::Address;

use crate::plan::owner;
use crate::script::{Call, Face, Group, Place, Planned, Port};

#[derive(Clone, Debug, Default)]
pub(crate) struct Likely {
    pub(crate) is_bound: bool,
    pub(crate) is_closed: bool,
    pub(crate) peer: Option<Place>,
    pub(crate) groups: Vec<Group>,
    /// The address that it is bound to, but for the wildcard address.
    place: Option<Place>,
    /// The port is one that no other socket asks for.
    has_own_port: bool,
}

/// The port that only this socket asks for.
pub(crate) fn own_port(socket: usize) -> u16 {
    u16::try_from(socket).map_or(0, |socket| 7010 + socket)
}

impl Likely {
    /// A call was made.
    pub(crate) fn note(&mut self, socket: usize, call: &Call) {
        match *call {
            Call::Bind(place, port) if !self.is_bound => {
                self.is_bound = true;
                self.place = place.filter(|place| !place.ip.is_unspecified());
                self.has_own_port = port == Port::Number(own_port(socket));
            }
            Call::Connect(place, _) => {
                self.is_bound = true;
                self.peer = Some(place);
            }
            Call::Disconnect => self.peer = None,
            Call::Close => self.is_closed = true,
            Call::AddMembership(group) => {
                self.is_bound = true;
                self.groups.push(group);
            }
            Call::DropMembership(group) => self.groups.retain(|known| *known != group),
            Call::Send { .. } => self.is_bound = true,
            Call::Bind(..)
            | Call::SetTtl(_)
            | Call::SetBroadcast(_)
            | Call::SetMulticastTtl(_)
            | Call::SetMulticastLoopback(_)
            | Call::SetMulticastInterface(_) => {}
        }
    }

    /// Whether the next call may come before anything has come of this one: the second datagram to a peer may be told of
    /// what the first has met.
    pub(crate) fn may_be_hasty(&self, call: &Call) -> bool {
        self.peer.is_none() || !matches!(call, Call::Send { .. })
    }

    /// Whether a call is none of those that `main.rs` has a row for.
    pub(crate) fn is_where_both_agree(&self, me: &Planned, call: &Call) -> bool {
        match *call {
            Call::Connect(to, _) => self.reaches(me, to) && !self.only_listens(),
            Call::Disconnect => self.peer.is_none() || self.has_own_port,
            Call::Send { to, count, .. } => match to {
                Some((to, _)) => self.reaches(me, to),
                None => count == 1,
            },
            Call::SetMulticastInterface(_) => !self.is_on_one_link(),
            Call::AddMembership(Group {
                ip,
                source: None,
                face: Face::Default,
            }) if ip.is_ipv6() => self.groups.iter().all(|known| known.ip != ip),
            Call::DropMembership(Group {
                ip, source: None, ..
            }) => {
                let has_source = |known: &Group| known.ip == ip && known.source.is_some();
                !self.groups.iter().any(has_source)
            }
            Call::Bind(..)
            | Call::Close
            | Call::SetTtl(_)
            | Call::SetBroadcast(_)
            | Call::SetMulticastTtl(_)
            | Call::SetMulticastLoopback(_)
            | Call::AddMembership(_)
            | Call::DropMembership(_) => true,
        }
    }

    fn reaches(&self, me: &Planned, to: Place) -> bool {
        let Some(from) = self.place else { return true };
        let is_near = owner(to.ip) == Some(me.host) || to.ip.is_loopback();
        if from.ip == IpAddr::V6(Ipv6Addr::LOCALHOST) && !is_near && to.ip.is_ipv6() {
            return false;
        }
        let is_mixed = is_link_local(from) != is_link_local(to) || from.lan != to.lan;
        let has_link_local = is_link_local(from) || is_link_local(to);
        !(is_near && has_link_local && is_mixed)
    }

    /// It is bound to a group or a broadcast address.
    fn only_listens(&self) -> bool {
        self.place.is_some_and(|place| {
            place.ip.is_multicast() || (place.ip.is_ipv4() && place.ip.to_string().ends_with("255"))
        })
    }

    fn is_on_one_link(&self) -> bool {
        let needs_scope =
            |place: &Option<Place>| place.is_some_and(|place| Address::new(place.ip).needs_scope());
        needs_scope(&self.place) || needs_scope(&self.peer)
    }
}

fn is_link_local(place: Place) -> bool {
    Address::new(place.ip).is_link_local()
}

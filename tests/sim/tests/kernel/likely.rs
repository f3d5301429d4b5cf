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
    /// It has set a hop limit.
    has_hop_limit: bool,
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
            Call::SetTtl(_) | Call::SetMulticastTtl(_) => self.has_hop_limit = true,
            Call::Bind(..)
            | Call::SetBroadcast(_)
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
            Call::Connect(to, _) => {
                self.reaches(me, to) && self.is_answered(me, to) && !self.only_listens()
            }
            Call::Disconnect => self.peer.is_none() || self.has_own_port,
            Call::Send { to, len, count } => match to {
                Some((to, _)) => self.reaches(me, to),
                None => count == 1 && len <= WHOLE,
            },
            Call::SetMulticastInterface(_) => !self.is_on_one_link(),
            // Of both families, or of one.
            Call::SetTtl(_) => !self.has_mapped_peer(),
            Call::SetMulticastTtl(hops) => !self.has_mapped_peer() && hops > 0,
            Call::AddMembership(Group { ip, face, .. }) if ip.is_ipv6() => {
                let mut known = self.groups.iter().filter(|known| known.ip == ip);
                known.all(|known| known.face != Face::Default && face != Face::Default)
            }
            Call::DropMembership(Group {
                ip, source: None, ..
            }) => {
                let has_source = |known: &Group| known.ip == ip && known.source.is_some();
                !self.groups.iter().any(has_source)
            }
            Call::Bind(..)
            | Call::Close
            | Call::SetBroadcast(_)
            | Call::SetMulticastLoopback(_)
            | Call::AddMembership(_)
            | Call::DropMembership(_) => true,
        }
    }

    fn reaches(&self, me: &Planned, to: Place) -> bool {
        if self.has_hop_limit && is_mapped(to) {
            return false;
        }
        let Some(from) = self.place else { return true };
        let is_near = owner(to.ip) == Some(me.host) || to.ip.is_loopback();
        if from.ip == IpAddr::V6(Ipv6Addr::LOCALHOST) && !is_near && to.ip.is_ipv6() {
            return false;
        }
        let is_mixed = is_link_local(from) != is_link_local(to) || from.lan != to.lan;
        let has_link_local = is_link_local(from) || is_link_local(to);
        !(is_near && has_link_local && is_mixed)
    }

    /// A refusal finds its way back.
    fn is_answered(&self, me: &Planned, to: Place) -> bool {
        let is_far = owner(to.ip.to_canonical()).is_some_and(|host| host != me.host);
        let from = self.place.filter(|_| is_far);
        from.is_none_or(|from| network(from) == network(to))
    }

    /// It is bound to a group or a broadcast address.
    fn only_listens(&self) -> bool {
        self.place.is_some_and(|place| {
            place.ip.is_multicast() || (place.ip.is_ipv4() && place.ip.to_string().ends_with("255"))
        })
    }

    fn has_mapped_peer(&self) -> bool {
        self.peer.is_some_and(is_mapped)
    }

    fn is_on_one_link(&self) -> bool {
        let needs_scope =
            |place: &Option<Place>| place.is_some_and(|place| Address::new(place.ip).needs_scope());
        needs_scope(&self.place) || needs_scope(&self.peer)
    }
}

/// The first bits of an address, and where it means something.
fn network(place: Place) -> (u64, Option<usize>) {
    let bits = match place.ip.to_canonical() {
        IpAddr::V4(ip) => u64::from(ip.to_bits() >> 8),
        IpAddr::V6(ip) => u64::try_from(ip.to_bits() >> 64).unwrap_or(0),
    };
    (bits, place.lan)
}

/// It is an address of IPv4 for a socket of IPv6; the wildcard address may be.
fn is_mapped(place: Place) -> bool {
    match place.ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unspecified() || ip.to_ipv4_mapped().is_some(),
    }
}

fn is_link_local(place: Place) -> bool {
    Address::new(place.ip).is_link_local()
}

/// As many bytes as any datagram can have that leaves in one piece.
const WHOLE: usize = 1400;

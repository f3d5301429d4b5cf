//! Frames are built by hand or by etherparse, spoilt one byte after the other, and repaired where checksums are not
//! what is tested: each check must be the one that catches.

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Ingress, LinkDrops};
use crate::link::{AssemblySlot, Link, LinkOptions, NeighbourSlot, WaitingSlot};
use crate::sockets::SocketId;
use crate::stack::{AddressSlot, Cidr, GroupSlot, Groups, Incoming, InterfaceSlot, Interfaces};
use crate::time::Instant;

mod arp;
mod assembly;
mod ethernet;
mod fragments;
pub(in crate::link) mod frames;
mod icmp;
mod igmp;
mod ipv4;
mod ipv6;
mod learning;
mod mld;
mod ndp;
mod random;
mod udp;

/// The counter that a frame has to end at.
pub(in crate::link) type Counter = fn(&mut LinkDrops) -> &mut u32;

/// A host with two interfaces, the second of which has the link.
pub(in crate::link) struct Segment {
    pub(in crate::link) options: LinkOptions,
    pub(in crate::link) addresses: Vec<(u32, Cidr)>,
    pub(in crate::link) groups: Vec<(u32, IpAddr)>,
    /// Datagrams that may come in fragments at the same time, and bytes for each.
    pub(in crate::link) assemblies: (usize, usize),
}

/// The interface of the link.
pub(in crate::link) const HERE: u32 = 3;
/// Another one.
pub(in crate::link) const ELSEWHERE: u32 = 2;
pub(in crate::link) const OUR_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub(in crate::link) const PEER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
/// Addresses of the link's interface, and of a neighbour.
pub(in crate::link) const OUR_V4: &str = "192.0.2.1";
pub(in crate::link) const PEER_V4: &str = "192.0.2.2";
pub(in crate::link) const OUR_V6: &str = "2001:db8::aa:bb01";
pub(in crate::link) const OUR_LINK_LOCAL: &str = "fe80::aa:cc02";
pub(in crate::link) const PEER_V6: &str = "2001:db8::2";
pub(in crate::link) const PEER_LINK_LOCAL: &str = "fe80::2";
/// Addresses of the other interface.
pub(in crate::link) const OTHER_V4: &str = "198.51.100.1";
pub(in crate::link) const OTHER_V6: &str = "2001:db8:1::1";
/// Groups that a socket is in on the link's interface.
pub(in crate::link) const GROUP_V4: &str = "239.1.2.3";
pub(in crate::link) const GROUP_V6: &str = "ff15::1:2:3";

pub(in crate::link) const NOW: Instant = Instant::from_micros(77);

pub(in crate::link) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

impl Segment {
    pub(in crate::link) fn new(options: LinkOptions) -> Self {
        let address = |interface, text, prefix| (interface, Cidr::new(ip(text), prefix));
        Self {
            options,
            addresses: vec![
                address(HERE, OUR_V4, 24),
                address(HERE, OUR_V6, 64),
                address(HERE, OUR_LINK_LOCAL, 64),
                address(ELSEWHERE, OTHER_V4, 24),
                address(ELSEWHERE, OTHER_V6, 64),
            ],
            groups: vec![(HERE, ip(GROUP_V4)), (HERE, ip(GROUP_V6))],
            assemblies: (0, 0),
        }
    }

    pub(in crate::link) fn ethernet() -> Self {
        Self::new(LinkOptions::ethernet(HERE, OUR_MAC))
    }

    /// A device of bare IP packets.
    pub(in crate::link) fn ip() -> Self {
        Self::new(LinkOptions::ip(HERE))
    }

    /// The same segment without addresses of a family.
    pub(in crate::link) fn without(mut self, is_unwanted: fn(&IpAddr) -> bool) -> Self {
        self.addresses
            .retain(|(_, cidr)| !is_unwanted(&cidr.address()));
        self
    }

    pub(in crate::link) fn with_link<R>(
        &self,
        run: impl FnOnce(&mut Link<'_>, &Interfaces<'_>, &Groups<'_>) -> R,
    ) -> R {
        let mut slots = vec![InterfaceSlot::new(); 2];
        let mut addresses = vec![AddressSlot::new(); self.addresses.len()];
        let mut interfaces = Interfaces::new(&mut slots, &mut addresses);
        assert_eq!(interfaces.add("eth0", 1500), Ok(ELSEWHERE));
        assert_eq!(interfaces.add("eth1", 1500), Ok(HERE));
        for (interface, cidr) in &self.addresses {
            assert_eq!(interfaces.add_address(*interface, *cidr), Ok(()));
        }
        let mut slots = vec![GroupSlot::new(); self.groups.len()];
        let mut groups = Groups::new(&mut slots);
        for (interface, group) in &self.groups {
            let id = SocketId {
                index: 0,
                generation: 0,
            };
            assert_eq!(groups.add(id, *interface, *group, None), Ok(true));
        }
        let mut neighbours = vec![NeighbourSlot::default(); 4];
        let mut waiting = vec![WaitingSlot::default(); 4];
        let mut bytes = vec![0; 8192];
        let (slots, share) = self.assemblies;
        let mut assemblies = vec![AssemblySlot::default(); slots];
        let mut assembly_bytes = vec![0xee; slots * share];
        let mut link = Link::new(self.options, &mut neighbours, &mut waiting, &mut bytes)
            .with_assemblies(&mut assemblies, &mut assembly_bytes);
        run(&mut link, &interfaces, &groups)
    }

    /// What the gate says of a frame, and what was counted.
    pub(in crate::link) fn receive<'f>(&self, frame: &'f [u8]) -> (Ingress<'f>, LinkDrops) {
        self.with_link(|link, interfaces, groups| {
            let ingress = link.receive(NOW, frame, interfaces, groups);
            let ingress = match ingress {
                Ingress::Datagram(datagram) => Ingress::Datagram(lent_by(frame, &datagram)),
                Ingress::Unreachable(told) => Ingress::Unreachable(told),
                Ingress::Other => Ingress::Other,
                Ingress::Dropped => Ingress::Dropped,
                Ingress::Reassembled(_) | Ingress::Fragment => panic!("there is no memory"),
            };
            (ingress, *link.drops())
        })
    }

    #[track_caller]
    pub(in crate::link) fn accepts<'f>(&self, frame: &'f [u8]) -> Ingress<'f> {
        let (ingress, drops) = self.receive(frame);
        assert_eq!(drops, LinkDrops::default());
        assert_ne!(ingress, Ingress::Dropped);
        ingress
    }

    /// The frame is a datagram for a socket.
    #[track_caller]
    pub(in crate::link) fn takes<'f>(&self, frame: &'f [u8]) -> Incoming<'f> {
        let ingress = self.accepts(frame);
        let Ingress::Datagram(datagram) = ingress else {
            panic!("no datagram: {ingress:?}");
        };
        datagram
    }

    /// The frame is the stack's.
    #[track_caller]
    pub(in crate::link) fn leaves(&self, frame: &[u8]) {
        assert_eq!(self.accepts(frame), Ingress::Other);
    }

    /// The frame is dropped, and counted here and nowhere else.
    #[track_caller]
    pub(in crate::link) fn drops(&self, frame: &[u8], counter: Counter, why: &str) {
        let (ingress, drops) = self.receive(frame);
        let mut expected = LinkDrops::default();
        *counter(&mut expected) = 1;
        assert_eq!((ingress, drops), (Ingress::Dropped, expected), "{why}");
    }
}

/// The datagram again, which lies in `frame` as the link has said, though the link is gone.
fn lent_by<'f>(frame: &'f [u8], datagram: &Incoming<'_>) -> Incoming<'f> {
    let start = datagram.payload.as_ptr().addr() - frame.as_ptr().addr();
    let payload = &frame[start..start + datagram.payload.len()];
    assert_eq!(payload.as_ptr(), datagram.payload.as_ptr());
    Incoming {
        hop_limit: datagram.hop_limit,
        traffic_class: datagram.traffic_class,
        timestamp: datagram.timestamp,
        aim: datagram.aim,
        ..Incoming::new(
            datagram.interface,
            datagram.source,
            datagram.destination,
            payload,
        )
    }
}

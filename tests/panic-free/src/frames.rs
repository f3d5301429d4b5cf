//! A link on an Ethernet and one of bare packets: frames of which nobody knows what they are, and datagrams that fit
//! nothing.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::link::{
    AssemblySlot, Header, Link, LinkOptions, MldRepair, NeighbourSlot, Plan, Unreachable,
    WaitingSlot,
};
use anydgram_core::stack::{AddressSlot, GroupSlot, Groups, InterfaceSlot, Interfaces, Outgoing};
use anydgram_core::{Endpoint, Errno, Family, Instant, Payload};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    link(any(LinkOptions::ethernet(any(2), any([2; 6]))));
    link(any(LinkOptions::ip(any(2))));
    repair();
    let end = any(Endpoint::new(any(Family::V6.loopback()), any(9)));
    keep(Unreachable::new(end, any(end), any(Errno::EIO)));
}

#[inline(never)]
fn link(mut options: LinkOptions) {
    options.receives_checked = any(false);
    options.fills_checksums = any(false);
    options.mtu = any(1500);
    let mut neighbours = any([const { NeighbourSlot::new() }; 2]);
    let mut waiting = any([const { WaitingSlot::new() }; 2]);
    let mut bytes = any([0; 64]);
    let mut assemblies = any([const { AssemblySlot::new() }; 2]);
    let mut assembly_bytes = any([0; 64]);
    let link = any(Link::new(
        any(options),
        any(&mut neighbours),
        any(&mut waiting),
        any(&mut bytes),
    ));
    let mut link = any(Link::with_assemblies(
        link,
        any(&mut assemblies),
        any(&mut assembly_bytes),
    ));
    let link = any(&mut link);
    receive(link);
    transmit(link);
}

#[inline(never)]
fn repair() {
    let repair = any(MldRepair::new(any(true), any(true)));
    let mut frame = any([0; 150]);
    let frame: &mut [u8] = any(&mut frame);
    MldRepair::apply(repair, frame);
    let mut room = any([0; 128]);
    let room: &mut [u8] = any(&mut room);
    keep(MldRepair::lengthened(repair, frame, room));
}

#[inline(never)]
fn receive(link: &mut Link<'_>) {
    let mut slots = any([const { InterfaceSlot::new() }; 2]);
    let mut addresses = any([const { AddressSlot::new() }; 2]);
    let interfaces = any(Interfaces::new(any(&mut slots), any(&mut addresses)));
    let mut slots = any([const { GroupSlot::new() }; 2]);
    let groups = any(Groups::new(any(&mut slots)));
    let frame: &[u8] = any(&[1, 2, 3]);
    keep(Link::receive(
        link,
        any(Instant::from_micros(1)),
        frame,
        &interfaces,
        &groups,
    ));
}

#[inline(never)]
fn transmit(link: &mut Link<'_>) {
    let bytes: &[u8] = any(&[1, 2, 3]);
    let pieces = [bytes, bytes];
    let pieces: &[&[u8]] = any(&pieces);
    let end = any(Endpoint::new(any(Family::V6.loopback()), any(9)));
    let datagram = any(Outgoing::new(
        any(2),
        end,
        any(end),
        any(Payload::from(pieces)),
    ));
    let neighbour = any(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let datagram = any(Outgoing::with_next_hop(datagram, neighbour));
    keep(Outgoing::next_hop(&datagram));
    let plan = Link::transmit(link, any(Instant::from_micros(1)), &datagram);
    if let Plan::Ready(header) = any(plan) {
        let mut frame = any([0; 90]);
        let frame: &mut [u8] = any(&mut frame);
        keep(Header::len(&header));
        keep(Header::write(&header, &datagram, frame));
    }
}

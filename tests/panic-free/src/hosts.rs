//! A host on a wire of which nobody knows what it says, with a handler that may do anything.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::link::{
    AssemblySlot, Link, LinkOptions, NeighbourSlot, Solicitation, Waiting, WaitingSlot,
};
use anydgram_core::stack::{Host, Incoming, Lookup, Outgoing, Seed, TableStorage, Wire};
use anydgram_core::{
    Address, Datagram, Endpoint, Errno, Event, Family, Handler, Instant, Payload, SocketId,
    SocketSlot, Sockets, Transmitted,
};

use crate::probe::{any, keep};

struct Anything;

impl Wire for Anything {
    fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        keep((now, *datagram));
        any(Transmitted::Sent)
    }

    fn longest_ipv4(&self, interface: u32) -> Option<usize> {
        keep(interface);
        any(None)
    }

    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno> {
        keep((interface, group));
        any(Ok(()))
    }

    fn leave(&mut self, interface: u32, group: IpAddr) {
        keep((interface, group));
    }

    fn look_up(&mut self, now: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        keep((now, lookup));
        any(None)
    }
}

impl Handler for Anything {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        keep((sockets, id, event));
    }

    fn wake_at(&self) -> Option<Instant> {
        any(Some(now()))
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        keep((sockets, now));
    }
}

fn now() -> Instant {
    any(Instant::from_micros(any(0)))
}

fn ip() -> IpAddr {
    any(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn end() -> Endpoint {
    any(Endpoint::new(any(Family::V6.loopback()), any(9)))
}

#[inline(never)]
pub fn drive() {
    let mut storage: TableStorage<2, 2, 2, 3, 2, 64> = any(TableStorage::new());
    let seed = any(Seed::new(any([0; 16])));
    let mut host = any(Host::new(TableStorage::tables(any(&mut storage)), seed));
    let mut slots = any([const { SocketSlot::new() }; 2]);
    let mut sockets = any(Sockets::new(any(&mut slots)));
    turns(any(&mut host), any(&mut sockets));
    arrivals(any(&mut host), any(&mut sockets));
    getters(any(&mut host));
    links(any(&host));
}

#[inline(never)]
fn turns(host: &mut Host<'_>, sockets: &mut Sockets<'_, '_>) {
    let (mut wire, mut handler) = (Anything, Anything);
    keep(Host::poll(host, now(), &mut wire, sockets, &mut handler));
    keep(Host::take_turns(
        host,
        now(),
        &mut wire,
        sockets,
        &mut handler,
    ));
    Host::retry(host, sockets);
    keep(Host::step(host, now(), &mut wire, sockets, &mut handler));
    if let Some(id) = sockets.poll_ready() {
        keep(Host::carry_out(host, now(), &mut wire, sockets, any(id)));
        let datagram = any(Datagram::new(any("out")));
        keep(Host::send(
            host,
            (now(), &mut wire),
            sockets,
            any(id),
            datagram,
        ));
        Host::keep_to_own_groups(host, any(id));
        keep(Host::source(host, any(id), end()));
        crate::tables::drive(any(id));
    }
    Host::rejoin(host, &mut wire, any(2));
    keep(Sockets::wake_due(sockets, now(), &mut handler));
    keep(anydgram_core::stack::capabilities());
}

#[inline(never)]
fn arrivals(host: &mut Host<'_>, sockets: &mut Sockets<'_, '_>) {
    let datagram = any(Incoming::new(any(2), end(), end(), any(b"in")));
    keep(Incoming::meta(&datagram));
    keep(Host::receive(host, &datagram, sockets, &mut Anything));
    Host::handle_unreachable(host, end(), end(), any(Errno::EIO), sockets);
}

#[inline(never)]
fn getters(host: &mut Host<'_>) {
    keep(Host::interfaces_mut(host));
    keep(Host::interfaces(host));
    keep(Host::groups(host));
    keep(Host::ports(host));
    keep(Host::drops(host));
    keep(Host::has_local(host));
    keep(Host::is_blocked(host));
}

#[inline(never)]
fn links(host: &Host<'_>) {
    let mut neighbours = any([const { NeighbourSlot::new() }; 2]);
    let mut waiting = any([const { WaitingSlot::new() }; 2]);
    let mut bytes = any([0; 64]);
    let mut assemblies = any([const { AssemblySlot::new() }; 2]);
    let mut assembly_bytes = any([0; 64]);
    let options = any(LinkOptions::ethernet(any(2), any([2; 6])));
    keep(LinkOptions::ip(any(2)));
    let link = any(Link::new(
        options,
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
    keep(Link::options(link));
    keep(Link::drops(link));
    let frame: &[u8] = any(b"frame");
    keep(Link::receive(
        link,
        now(),
        frame,
        host.interfaces(),
        host.groups(),
    ));
    let datagram = any(Outgoing::new(
        any(2),
        end(),
        end(),
        any(Payload::Slice(any(b"out"))),
    ));
    keep(Link::transmit(link, now(), &datagram));
    keep(Link::longest_ipv4(link));
    keep(Link::has_datagram(link));
    keep(Link::has_waiting(link));
    keep(Link::poll_datagram(link));
    if let Some(waiting) = Link::poll_transmit(link, now(), host.interfaces()) {
        keep(Waiting::len(&waiting));
        keep(Waiting::write(&waiting, any(&mut [0; 64])));
        if let Some(question) = Waiting::solicitation(&waiting) {
            keep(Solicitation::target(question));
            keep(Solicitation::is_unicast(question));
        }
    }
    keep(Link::poll_unreachable(link));
    keep(Link::poll_at(link));
    keep(Link::neighbour(link, ip()));
    Link::reset(link);
}

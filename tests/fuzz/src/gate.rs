//! The checks in front of the stack.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::link::{AssemblySlot, Ingress, Link, LinkOptions, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Arrival, Cidr, Host, Seed, TableStorage, Wire};
use anydgram_core::{
    Event, Handler, Instant, Interface, Options, Socket, SocketId, SocketSlot, SocketType, Sockets,
};

use crate::frames::Frames;

/// The hardware address of the host under test.
pub(crate) const HARDWARE: [u8; 6] = [2, 0, 0, 0, 0, 1];
/// Its addresses.
pub(crate) const V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
/// The groups that it is in.
pub(crate) const GROUPS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(239, 1, 2, 3)),
    IpAddr::V6(Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0, 0x1234)),
];
/// The port of its sockets.
pub(crate) const PORT: u16 = 7;
/// Bytes of memory for a datagram that comes in fragments.
const SHARE: usize = 2048;

/// Whatever frames come, nothing panics, and what the gate lets through as a datagram is one for this host.
///
/// # Panics
/// If that is not so.
pub fn gate(data: &[u8]) {
    let mut storage = TableStorage::<2, 4, 1, 2, 2, 64>::new();
    let mut host = Host::new(storage.tables(), Seed::new([7; 16]));
    let interface = host
        .interfaces_mut()
        .add("eth0", 1500)
        .expect("there is room");
    for (ip, prefix) in [(IpAddr::V4(V4), 24), (IpAddr::V6(V6), 64)] {
        let added = host
            .interfaces_mut()
            .add_address(interface, Cidr::new(ip, prefix));
        added.expect("there is room");
    }
    let mut slots = [const { SocketSlot::new() }; 2];
    let mut sockets = Sockets::new(&mut slots);
    open(&mut sockets);
    host.poll(
        Instant::from_micros(0),
        &mut Nothing,
        &mut sockets,
        &mut Nobody,
    );

    for options in [
        LinkOptions::ethernet(interface, HARDWARE),
        LinkOptions::ip(interface),
    ] {
        let mut neighbours = [const { NeighbourSlot::new() }; 2];
        let mut waiting = [const { WaitingSlot::new() }; 2];
        let mut bytes = [0; 128];
        let mut assemblies = [const { AssemblySlot::new() }; 2];
        let mut assembly_bytes = [0; 2 * SHARE];
        let mut link = Link::new(options, &mut neighbours, &mut waiting, &mut bytes)
            .with_assemblies(&mut assemblies, &mut assembly_bytes);
        let mut now = Instant::from_micros(0);
        for (pause, frame) in Frames::new(data) {
            now = now.saturating_add(pause);
            match link.receive(now, frame, host.interfaces(), host.groups()) {
                Ingress::Datagram(datagram) | Ingress::Reassembled(datagram) => {
                    assert!(datagram.payload.len() < frame.len().max(SHARE));
                    let before = *host.drops();
                    let arrival = host.receive(&datagram, &mut sockets, &mut Nobody);
                    let after = *host.drops();
                    assert_eq!(
                        (after.martian, after.not_ours),
                        (before.martian, before.not_ours),
                        "the host has nothing against what the gate let through"
                    );
                    let is_ours = datagram.destination.port == PORT;
                    assert!(is_ours || arrival != Arrival::Shown);
                }
                Ingress::Unreachable(told) => {
                    host.handle_unreachable(told.local, told.peer, told.errno, &mut sockets);
                }
                Ingress::Fragment | Ingress::Other | Ingress::Dropped => {}
            }
            host.take_turns(now, &mut Nothing, &mut sockets, &mut Nobody);
            drop_all(&mut link, now, &host);
        }
    }
}

/// One socket of each family, bound and in a group.
pub(crate) fn open(sockets: &mut Sockets<'_, 'static>) {
    for (socket_type, group) in [SocketType::Udp4, SocketType::Udp6].into_iter().zip(GROUPS) {
        let options = Options::new(socket_type).ipv6_only(socket_type == SocketType::Udp6);
        let mut socket = Socket::with_heap(options, anydgram_core::Limits::new());
        socket.bind(PORT).expect("it is open");
        let joined = socket.add_membership(group, Interface::Default);
        joined.expect("it is a group");
        assert!(sockets.add(socket).is_ok(), "there is room");
    }
}

fn drop_all(link: &mut Link<'_>, now: Instant, host: &Host<'_>) {
    let mut frame = [0; 256];
    while let Some(waiting) = link.poll_transmit(now, host.interfaces()) {
        let room = frame.get_mut(..waiting.len()).expect("what waits is short");
        assert!(waiting.write(room));
    }
    while link.poll_unreachable().is_some() {}
}

struct Nobody;

impl Handler for Nobody {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}
}

struct Nothing;

impl Wire for Nothing {
    fn transmit(
        &mut self,
        _: Instant,
        _: &anydgram_core::stack::Outgoing<'_>,
    ) -> anydgram_core::Transmitted {
        anydgram_core::Transmitted::Sent
    }

    fn join(&mut self, _: u32, _: IpAddr) -> Result<(), anydgram_core::Errno> {
        Ok(())
    }

    fn leave(&mut self, _: u32, _: IpAddr) {}

    fn look_up(
        &mut self,
        _: Instant,
        _: anydgram_core::stack::Lookup<'_>,
    ) -> Option<Result<anydgram_core::Address, anydgram_core::Errno>> {
        Some(Err(anydgram_core::Errno::ENOTFOUND))
    }
}

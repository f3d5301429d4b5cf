//! The whole stack.

use core::net::IpAddr;

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    Datagram, Destination, Event, Handler, Instant, SocketId, SocketSlot, Sockets,
};
use anydgram_smoltcp::{DnsMemory, NicMemory, NicOptions, Stack};
use smoltcp::iface::SocketStorage;
use smoltcp::phy::Medium;

use crate::device::Fed;
use crate::frames::Frames;
use crate::gate::{HARDWARE, V4, V6, open};

/// Whatever frames come, and however time passes, nothing panics, and little is sent for each frame.
///
/// # Panics
/// If that is not so.
pub fn stack(data: &[u8]) {
    for medium in [Medium::Ethernet, Medium::Ip] {
        run(medium, data);
    }
}

fn run(medium: Medium, data: &[u8]) {
    let mut storage = TableStorage::<2, 4, 1, 4, 2, 4096>::new();
    let mut neighbours = [const { NeighbourSlot::new() }; 4];
    let mut waiting = [const { WaitingSlot::new() }; 4];
    let mut bytes = [0; 4096];
    let mut assemblies = [const { AssemblySlot::new() }; 2];
    let mut assembly_bytes = [0; 2 * 2048];
    let mut own: [SocketStorage<'_>; 3] = Default::default();
    let mut dns = DnsMemory::new();
    let mut slots = [const { SocketSlot::new() }; 2];
    let mut sockets = Sockets::new(&mut slots);
    let mut stack: Stack<'_, Fed> = Stack::new(storage.tables(), Seed::new([7; 16]));
    let mut now = Instant::from_micros(0);
    let memory = NicMemory {
        neighbours: &mut neighbours,
        waiting: &mut waiting,
        waiting_bytes: &mut bytes,
        assemblies: &mut assemblies,
        assembly_bytes: &mut assembly_bytes,
        sockets: &mut own,
    };
    let options = NicOptions::new("eth0", HARDWARE, 7);
    let nic = stack
        .add_nic(now, Fed::new(medium), &options, memory)
        .expect("there is room");
    // The first byte chooses between a fixed address and one that a server gives.
    let is_fixed = data.first().is_none_or(|first| first & 0x80 == 0);
    if is_fixed {
        for (ip, prefix) in [(IpAddr::V4(V4), 24), (IpAddr::V6(V6), 64)] {
            stack
                .add_address(nic, Cidr::new(ip, prefix))
                .expect("there is room");
        }
    } else if medium == Medium::Ethernet {
        stack.use_dhcp(nic).expect("there is a place");
    }
    let server = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 2));
    stack
        .use_dns(nic, &[server], &mut dns)
        .expect("there is a place");
    open(&mut sockets);
    settle(&mut stack, now, &mut sockets);
    for (pause, frame) in Frames::new(data.get(1..).unwrap_or_default()) {
        now = now.saturating_add(pause);
        // What time brings first.
        settle(&mut stack, now, &mut sockets);
        let before = stack.device(nic).map_or(0, |device| device.sent);
        if let Some(device) = stack.device_mut(nic) {
            device.feed(frame);
        }
        settle(&mut stack, now, &mut sockets);
        let sent = stack.device(nic).map_or(0, |device| device.sent) - before;
        assert!(sent <= 16, "one frame brings {sent} others");
    }
}

/// Polls until nothing is left to do at once.
fn settle(stack: &mut Stack<'_, Fed>, now: Instant, sockets: &mut Sockets<'_, '_>) {
    for _ in 0..100 {
        let next = stack.poll(now, sockets, &mut Echo);
        if next.is_none_or(|at| at > now) {
            return;
        }
    }
    panic!("it never rests");
}

/// Answers, and looks names up.
struct Echo;

impl Handler for Echo {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        if let Event::Message(message) = event {
            let answer = Datagram::new(message.data).reply_to(message.meta);
            let named = Datagram::new("x").to(Destination::new("example.org", 9));
            for datagram in [answer, named] {
                // A full queue may refuse it.
                let _refused = socket.send(datagram.unreported()).is_err();
            }
        }
    }
}

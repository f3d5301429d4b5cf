#![no_std]
#![no_main]
//! An echo server on anydgram: one socket, IPv4 and IPv6, one group.

use core::mem::MaybeUninit;
use core::net::Ipv6Addr;

use anydgram_core::link::{NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    BindOptions, Datagram, Event, Handler, Instant, Interface, Options, Socket, SocketId,
    SocketSlot, SocketType, Sockets, Storage,
};
use anydgram_size::chip::{self, Chip};
use anydgram_size::memory;
#[cfg(feature = "dns")]
use anydgram_smoltcp::DnsMemory;
use anydgram_smoltcp::{NicMemory, NicOptions, Stack};
use smoltcp::iface::SocketStorage;

/// One datagram of the longest waits at most.
type Memory = Storage<1_472, 4, 1, 8, 0>;
/// smoltcp's own sockets.
const SOCKETS: usize = cfg!(feature = "dns") as usize + cfg!(feature = "dhcp") as usize;

struct Echo;

impl Handler for Echo {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
            // A full queue loses the answer.
            let _ = socket.send(
                Datagram::new(message.data)
                    .reply_to(message.meta)
                    .unreported(),
            );
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (chip, tables, stack, slots, storage, memory) = unsafe {
        (
            Chip::take(),
            memory!(TABLES: TableStorage<1, 1, 1, 2, 1, 64> = TableStorage::new()),
            memory!(STACK: MaybeUninit<Stack<'static, Chip>> = MaybeUninit::uninit()),
            memory!(SLOTS: [SocketSlot<'static>; 1] = [SocketSlot::new()]),
            memory!(STORAGE: Memory = Memory::new()),
            NicMemory {
                neighbours: memory!(NEIGHBOURS: [NeighbourSlot; 8] = [const { NeighbourSlot::new() }; 8]),
                waiting: memory!(WAITING: [WaitingSlot; 2] = [const { WaitingSlot::new() }; 2]),
                waiting_bytes: memory!(WAITING_BYTES: [u8; 1_472] = [0; 1_472]),
                assemblies: &mut [],
                assembly_bytes: &mut [],
                sockets: memory!(OWN_SOCKETS: [SocketStorage<'static>; SOCKETS] = [SocketStorage::EMPTY; SOCKETS]),
            },
        )
    };
    let stack = stack.write(Stack::new(tables.tables(), Seed::new([7; 16])));
    let mut sockets = Sockets::new(slots);
    if let Some(nic) = set_up(stack, chip, memory) {
        #[cfg(feature = "dns")]
        {
            // SAFETY: as above.
            let queries =
                unsafe { memory!(QUERIES: MaybeUninit<DnsMemory> = MaybeUninit::uninit()) };
            let servers = [[192, 0, 2, 2].into()];
            let _ = stack.use_dns(nic, &servers, queries.write(DnsMemory::new()));
        }
        #[cfg(feature = "dhcp")]
        let _ = stack.use_dhcp(nic);
        #[cfg(not(feature = "dhcp"))]
        let _ = stack.add_address(nic, Cidr::new([192, 0, 2, 1].into(), 24));
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        let _ = stack.add_address(nic, Cidr::new(link_local.into(), 64));
    }
    let _ = sockets.add(bound(storage));
    let mut echo = Echo;
    loop {
        let now = Instant::from_micros(chip::micros());
        stack.poll(now, &mut sockets, &mut echo);
    }
}

fn set_up(stack: &mut Stack<'static, Chip>, chip: Chip, memory: NicMemory<'static>) -> Option<u32> {
    let options = NicOptions::new("eth0", chip::ADDRESS, chip::micros());
    let now = Instant::from_micros(chip::micros());
    stack.add_nic(now, chip, &options, memory).ok()
}

fn bound(storage: &'static mut Memory) -> Socket<'static> {
    let mut socket = Socket::new(Options::new(SocketType::Udp6), storage);
    let _ = socket.bind(BindOptions::port(7));
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x114);
    let _ = socket.add_membership(group.into(), Interface::Default);
    socket
}

//! `anydgram-smoltcp` under test: hosts with the addresses of `namespace.sh` on two Ethernets in memory.

use alloc::rc::Rc;
use core::cell::RefCell;

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{Datagram, Error, Handler, Instant, Misuse, SendToken, SocketId, Sockets};
use anydgram_smoltcp::{NicMemory, NicOptions, Port, Segment, Stack};
use smoltcp::iface::SocketStorage;

use super::names::{Names, OfHost};
use super::{At, Network, SOCKETS};

/// The names of interfaces by their indexes.
pub(super) const INTERFACES: [(u32, &str); 3] = [(1, "lo"), (2, "any0"), (3, "any1")];

pub(crate) struct Smoltcp {
    segments: [Segment; 2],
    stacks: Vec<Stack<'static, Port, 2>>,
}

/// What a run uses lives until its process ends.
fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

impl Smoltcp {
    pub(crate) fn new(hosts: usize, names: &Rc<RefCell<Names>>) -> Self {
        let segments = [Segment::new(), Segment::new()];
        let stacks = (0..hosts).map(|host| {
            let mut stack = stack(host, hosts, &segments);
            let names = Rc::clone(names);
            stack.set_resolver(leaked(OfHost { host, names }));
            stack
        });
        let stacks = stacks.collect();
        Self { segments, stacks }
    }
}

impl Smoltcp {
    fn stack(&mut self, at: At) -> &mut Stack<'static, Port, 2> {
        let stack = self.stacks.get_mut(at.host);
        stack.expect("scenarios name hosts that are there")
    }

    fn stack_of(&self, at: At) -> &Stack<'static, Port, 2> {
        let stack = self.stacks.get(at.host);
        stack.expect("scenarios name hosts that are there")
    }
}

fn stack(host: usize, hosts: usize, segments: &[Segment; 2]) -> Stack<'static, Port, 2> {
    let tables = leaked(TableStorage::<SOCKETS, 256, 2, 16, 64, 1_048_576>::new()).tables();
    let number = u8::try_from(host).expect("there are two at most");
    let mut stack = Stack::new(tables, Seed::new([number + 1; 16]));
    for (at, segment) in (0_u8..).zip(segments) {
        let name = if at == 0 { "any0" } else { "any1" };
        let hardware_address = [2, 0, 0, 0, at, number + 1];
        let sockets: &'static mut [SocketStorage<'static>; 1] = leaked(Default::default());
        let memory = NicMemory {
            neighbours: leaked([const { NeighbourSlot::new() }; 16]),
            waiting: leaked([const { WaitingSlot::new() }; 64]),
            waiting_bytes: leaked([0; 65_536]),
            assemblies: leaked([const { AssemblySlot::new() }; 4]),
            assembly_bytes: leaked([0; 4 * 65_515]),
            sockets,
        };
        let options = NicOptions::new(name, hardware_address, number.into());
        let port = segment.port(hardware_address);
        let index = stack.add_nic(Instant::from_micros(0), port, &options, memory);
        let index = index.expect("there is room");
        for (text, prefix) in addresses(host, hosts, at) {
            let address = text.parse().expect("it is an address");
            let added = stack.add_address(index, Cidr::new(address, *prefix));
            added.expect("there is room");
        }
    }
    stack
}

/// A host that is alone has the addresses of both, as the namespace does.
fn addresses(
    host: usize,
    hosts: usize,
    interface: u8,
) -> impl Iterator<Item = &'static (&'static str, u8)> {
    const FIRST: [(&str, u8); 3] = [("192.0.2.10", 24), ("2001:db8::10", 64), ("fe80::10", 64)];
    const OTHER: [(&str, u8); 3] = [("192.0.2.11", 24), ("2001:db8::11", 64), ("fe80::11", 64)];
    const SECOND: [(&str, u8); 3] = [
        ("198.51.100.10", 24),
        ("2001:db8:1::10", 64),
        ("fe80::20", 64),
    ];
    let first = (interface == 0 && host == 0).then_some(FIRST.iter());
    let other = (interface == 0 && (host == 1 || hosts == 1)).then_some(OTHER.iter());
    let second = (interface == 1 && host == 0).then_some(SECOND.iter());
    [first, other, second].into_iter().flatten().flatten()
}

impl Network for Smoltcp {
    fn step(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        handler: &mut dyn Handler,
    ) -> bool {
        self.stack(at).step(at.now, sockets, handler)
    }

    fn carry_out(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        self.stack(at).carry_out(at.now, sockets, id)
    }

    fn send(
        &mut self,
        at: At,
        sockets: &mut Sockets<'static, 'static>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        self.stack(at).send(at.now, sockets, id, datagram)
    }

    fn poll_at(&self, at: At, sockets: &Sockets<'static, 'static>) -> Option<Instant> {
        self.stack_of(at).poll_at(at.now, sockets)
    }

    fn is_idle(&self) -> bool {
        self.segments.iter().all(Segment::is_idle)
    }
}

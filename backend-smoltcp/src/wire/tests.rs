//! What a switch does with frames, and two hosts that find each other through one.

use proptest::prelude::*;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::phy::{Device as _, RxToken as _, TxToken as _};
use smoltcp::socket::AnySocket as _;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, IpEndpoint, Ipv4Address};

use super::*;
use crate::sys::allocations;

const ONE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const TWO: [u8; 6] = [2, 0, 0, 0, 0, 2];
const THREE: [u8; 6] = [2, 0, 0, 0, 0, 3];
const NOBODY: [u8; 6] = [2, 0, 0, 0, 0, 9];

/// A frame to an address, with a mark.
fn frame(to: [u8; 6], mark: u8) -> Vec<u8> {
    let mut frame = Vec::from(to);
    frame.extend([2, 0, 0, 0, 0, 1, 0x88, 0xb5, mark]);
    frame
}

/// The marks of all frames that wait.
fn marks(port: &Port) -> Vec<u8> {
    core::iter::from_fn(|| port.receive_with(|frame| *frame.last().unwrap())).collect()
}

fn three(segment: &Segment) -> [Port; 3] {
    [ONE, TWO, THREE].map(|address| segment.port(address))
}

#[test]
fn a_frame_to_a_port_reaches_that_port_only() {
    let segment = Segment::new();
    let [one, two, three] = three(&segment);
    one.send(&frame(THREE, 7));
    assert!(!segment.is_idle());
    assert_eq!(
        [marks(&one), marks(&two), marks(&three)],
        [vec![], vec![], vec![7]]
    );
    assert!(segment.is_idle());
}

#[test]
fn a_frame_to_many_or_to_nobody_reaches_all_others() {
    let segment = Segment::new();
    let [one, two, three] = three(&segment);
    let many = [[0xff; 6], [1, 0, 0x5e, 0, 0, 1], NOBODY];
    for (mark, to) in (0..).zip(many) {
        two.send(&frame(to, mark));
    }
    // Too short to be for anybody.
    two.send(&[3]);
    let all = vec![0, 1, 2, 3];
    assert_eq!(
        [marks(&one), marks(&two), marks(&three)],
        [all.clone(), vec![], all]
    );
}

#[test]
fn a_frame_to_the_sender_itself_reaches_nobody() {
    let segment = Segment::new();
    let [one, ..] = three(&segment);
    one.send(&frame(ONE, 1));
    assert!(segment.is_idle());
}

#[test]
fn a_full_queue_loses_the_newest_and_counts_it() {
    let segment = Segment::with_limits(1500, 2);
    let [one, two, three] = three(&segment);
    for mark in 0..3 {
        one.send(&frame(TWO, mark));
    }
    one.send(&frame([0xff; 6], 3));
    assert_eq!(two.stats().dropped_full, 2);
    assert_eq!(two.stats().received, 2);
    assert_eq!(three.stats().dropped_full, 0);
    assert_eq!([marks(&two), marks(&three)], [vec![0, 1], vec![3]]);
    assert_eq!(one.stats().sent, 4);
}

#[test]
fn memory_suffices_when_all_queues_are_full_and_hosts_have_frames_in_hand() {
    let segment = Segment::with_limits(1500, 2);
    let mut ports = three(&segment);
    for port in &ports {
        for mark in 0..2 {
            port.send(&frame([0xff; 6], mark));
        }
    }
    for port in &mut ports {
        let (received, room) = port.receive(Instant::ZERO).unwrap();
        received.consume(|frame| room.consume(frame.len(), |answer| answer.copy_from_slice(frame)));
    }
    let [one, two, three] = &ports;
    let kept = [one, two, three].map(|port| marks(port).len());
    // The answer of the last found a place in the one before only.
    assert_eq!(kept, [2, 2, 1]);
    // Nothing has leaked.
    assert_eq!(segment.0.borrow().free.len(), 3 * (2 + 2));
}

#[test]
fn a_port_that_is_down_neither_sends_nor_receives() {
    let segment = Segment::new();
    let [one, two, _] = three(&segment);
    one.send(&frame(TWO, 1));
    two.set_up(false);
    assert!(!two.is_up());
    one.send(&frame(TWO, 2));
    two.send(&frame(ONE, 3));
    two.set_up(true);
    assert_eq!([marks(&one), marks(&two)], [vec![], vec![]]);
    assert_eq!(two.stats().dropped_down, 3);
    one.send(&frame(TWO, 4));
    two.send(&frame(ONE, 5));
    assert_eq!([marks(&one), marks(&two)], [vec![5], vec![4]]);
}

#[test]
fn a_frame_that_is_too_long_is_not_sent() {
    let segment = Segment::with_limits(100, 2);
    let [one, mut two, _] = three(&segment);
    assert_eq!(two.capabilities().max_transmission_unit, 114);
    one.send(&[0xff; 114]);
    one.send(&[0xff; 115]);
    assert_eq!(one.stats().dropped_long, 1);
    let (received, room) = two.receive(Instant::ZERO).unwrap();
    drop(room);
    assert_eq!(received.consume(<[u8]>::len), 114);
    assert!(two.receive(Instant::ZERO).is_none());
}

#[test]
fn tokens_that_are_not_used_give_their_memory_back() {
    let segment = Segment::with_limits(1500, 2);
    let [one, mut two, _] = three(&segment);
    let free = |segment: &Segment| segment.0.borrow().free.len();
    let before = free(&segment);
    one.send(&frame(TWO, 1));
    drop(two.receive(Instant::ZERO).unwrap());
    drop(two.transmit(Instant::ZERO).unwrap());
    assert!(two.receive(Instant::ZERO).is_none());
    assert_eq!(free(&segment), before);
}

#[test]
fn every_frame_that_is_sent_is_captured_once() {
    let segment = Segment::new();
    let [one, two, three] = three(&segment);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let into = Rc::clone(&seen);
    segment.capture(move |port, frame| {
        into.borrow_mut().push((port, *frame.last().unwrap()));
    });
    one.send(&frame([0xff; 6], 1));
    two.send(&frame(NOBODY, 2));
    three.set_up(false);
    three.send(&frame(ONE, 3));
    assert_eq!(*seen.borrow(), [(0, 1), (1, 2)]);
    segment.capture(|_, _| {});
    one.send(&frame(TWO, 4));
    assert_eq!(seen.borrow().len(), 2);
}

#[test]
fn a_capture_may_use_the_wire() {
    let segment = Segment::new();
    let [one, two, three] = three(&segment);
    let tap = three.clone();
    segment.capture(move |_, frame| {
        tap.send(frame);
    });
    one.send(&frame(TWO, 1));
    assert_eq!(marks(&two), [1, 1]);
}

#[test]
fn traffic_allocates_nothing() {
    let segment = Segment::with_limits(1500, 4);
    let [one, two, three] = three(&segment);
    let (to_two, to_all) = (frame(TWO, 1), frame([0xff; 6], 2));
    let turn = || {
        for _ in 0..10 {
            one.send(&to_two);
            three.send(&to_all);
        }
        while two.receive_with(|_| ()).is_some() || one.receive_with(|_| ()).is_some() {}
    };
    let (allocations, ()) = allocations::count(|| (0..10).for_each(|_| turn()));
    assert_eq!(allocations, 0);
}

/// Something that happens at one of three ports.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// To the port with this number, or to all.
    Send(usize, u8),
    Receive(usize),
    SetUp(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 0..4_u8).prop_map(|(from, to)| Step::Send(from, to)),
        3 => (0..3_usize).prop_map(Step::Receive),
        1 => (0..3_usize, any::<bool>()).prop_map(|(port, is_up)| Step::SetUp(port, is_up)),
    ]
}

proptest! {
    #[test]
    fn every_frame_is_where_a_naive_switch_has_it(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let segment = Segment::with_limits(50, 3);
        let ports = three(&segment);
        let addresses = [ONE, TWO, THREE, [0xff; 6]];
        let mut queues: [VecDeque<u8>; 3] = Default::default();
        let mut are_up = [true; 3];
        let mut lost = 0;
        for (mark, step) in (0..).zip(steps) {
            match step {
                Step::Send(from, to) => {
                    ports[from].send(&frame(addresses[usize::from(to)], mark));
                    let others = (0..3).filter(|&port| port != from);
                    let targets = others.filter(|&port| to == 3 || port == usize::from(to));
                    if !are_up[from] {
                        lost += 1;
                        continue;
                    }
                    for port in targets {
                        if are_up[port] && queues[port].len() < 3 {
                            queues[port].push_back(mark);
                        } else {
                            lost += 1;
                        }
                    }
                }
                Step::Receive(port) => {
                    let received = ports[port].receive_with(|frame| *frame.last().unwrap());
                    prop_assert_eq!(received, queues[port].pop_front());
                }
                Step::SetUp(port, is_up) => {
                    ports[port].set_up(is_up);
                    are_up[port] = is_up;
                    if !is_up {
                        lost += queues[port].len();
                        queues[port].clear();
                    }
                }
            }
            let counted = ports.each_ref().map(Port::stats);
            let counted = counted.map(|stats| stats.dropped_down + stats.dropped_full);
            prop_assert_eq!(counted.iter().sum::<u64>(), u64::try_from(lost).unwrap());
            prop_assert_eq!(segment.is_idle(), queues.iter().all(VecDeque::is_empty));
            let waiting: usize = queues.iter().map(VecDeque::len).sum();
            prop_assert_eq!(segment.0.borrow().free.len(), 3 * (3 + 2) - waiting);
        }
    }
}

/// A host with one UDP socket.
struct Station<'m> {
    device: Port,
    interface: Interface,
    sockets: SocketSet<'m>,
}

impl<'m> Station<'m> {
    fn new(segment: &Segment, number: u8, storage: &'m mut [SocketStorage<'m>; 1]) -> Self {
        let address = [2, 0, 0, 0, 0, number];
        let mut device = segment.port(address);
        let config = Config::new(HardwareAddress::Ethernet(EthernetAddress(address)));
        let mut interface = Interface::new(config, &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let address = Ipv4Address::new(192, 0, 2, number);
            addresses.push(IpCidr::new(address.into(), 24)).unwrap();
        });
        let mut sockets = SocketSet::new(&mut storage[..]);
        let [receive, send] = [(), ()].map(|()| {
            let slots = vec![PacketMetadata::EMPTY; 4].leak();
            PacketBuffer::new(slots, vec![0; 2000].leak())
        });
        let mut socket = Socket::new(receive, send);
        socket.bind(7).unwrap();
        sockets.add(socket);
        Self {
            device,
            interface,
            sockets,
        }
    }

    fn socket(&mut self) -> &mut Socket<'m> {
        let (_, socket) = self.sockets.iter_mut().next().unwrap();
        Socket::downcast_mut(socket).unwrap()
    }

    fn turn(&mut self) {
        self.interface
            .poll(Instant::ZERO, &mut self.device, &mut self.sockets);
    }
}

#[test]
fn two_hosts_find_each_other_and_talk() {
    let segment = Segment::new();
    let (mut storage, mut other_storage) = Default::default();
    let mut one = Station::new(&segment, 1, &mut storage);
    let mut two = Station::new(&segment, 2, &mut other_storage);
    let to = IpEndpoint::new(Ipv4Address::new(192, 0, 2, 2).into(), 7);
    one.socket().send_slice(b"hello", to).unwrap();
    one.turn();
    while !segment.is_idle() {
        two.turn();
        one.turn();
    }
    let (text, from) = two.socket().recv().unwrap();
    assert_eq!(text, b"hello");
    assert_eq!(from.endpoint.addr, Ipv4Address::new(192, 0, 2, 1).into());
}

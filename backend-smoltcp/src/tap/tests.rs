//! With the kernel as the neighbour, in a private network namespace.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::net::UdpSocket;
use std::process::{self, Command};

use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr};

use super::*;
use crate::namespace::{in_namespace, run};
use crate::sys::allocations;
use crate::wait::wait;

const KERNELS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const OURS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

/// A device whose interface is up and has an address.
fn up(name: &str) -> Tap {
    let tap = Tap::open(name).unwrap();
    run(&format!("ip address add {KERNELS}/24 dev {name}"));
    run(&format!("ip link set {name} up"));
    tap
}

/// Sends a broadcast of a protocol that nobody knows.
fn send(tap: &mut Tap) {
    let tx = tap.transmit(Instant::ZERO).unwrap();
    tx.consume(60, |frame| {
        frame.fill(0);
        frame[..6].fill(0xff);
        frame[6] = 2;
        frame[12..14].copy_from_slice(&[0x88, 0xb5]);
    });
}

fn receive_all(tap: &mut Tap) {
    while tap.receive(Instant::ZERO).is_some() {}
}

#[test]
fn names_and_their_errors() {
    in_namespace(|| {
        let tap = Tap::open("any-tap").unwrap();
        assert_eq!((tap.name(), tap.mtu()), ("any-tap", 1500));
        assert_eq!(tap.capabilities().max_transmission_unit, 1514);
        let code = |name| Tap::open(name).unwrap_err().raw_os_error();
        assert_eq!(code("any-tap"), Some(libc::EBUSY));
        // Not a TAP device.
        assert_eq!(code("lo"), Some(libc::EINVAL));
        assert_eq!(code("sixteen-bytes-xx"), Some(libc::EINVAL));
        assert_eq!(code("any\0tap"), Some(libc::EINVAL));
        assert_eq!(
            Tap::open("fifteen-bytes-x").unwrap().name(),
            "fifteen-bytes-x"
        );
        assert_eq!(Tap::open("any%d").unwrap().name(), "any2");
        assert_ne!(Tap::open("").unwrap().name(), "");
        drop(tap);
        run("ip tuntap add any-tap mode tap");
        run("ip link set any-tap mtu 9000");
        assert_eq!(Tap::open("any-tap").unwrap().mtu(), 9000);
    });
}

#[test]
fn an_interface_that_is_down_loses_frames_and_says_so() {
    in_namespace(|| {
        let mut tap = up("any-tap");
        assert!(tap.is_up().unwrap());
        send(&mut tap);
        assert_eq!((tap.stats().sent, tap.stats().send_errors), (1, 0));
        assert!(tap.last_error().is_none());
        run("ip link set any-tap down");
        assert!(!tap.is_up().unwrap());
        send(&mut tap);
        assert_eq!((tap.stats().sent, tap.stats().send_errors), (1, 1));
        assert_eq!(tap.last_error().unwrap().raw_os_error(), Some(libc::EIO));
        receive_all(&mut tap);
        // Also under another name.
        run("ip link set any-tap name any-other");
        run("ip link set any-other up");
        assert!(tap.is_up().unwrap());
        send(&mut tap);
        assert_eq!((tap.stats().sent, tap.stats().send_errors), (2, 1));
        assert!(!tap.is_gone());
    });
}

#[test]
fn an_interface_that_is_deleted_is_gone() {
    in_namespace(|| {
        let mut tap = up("any-tap");
        run("ip link delete any-tap");
        let limit = Some(Duration::from_secs(60));
        wait(&[tap.as_fd()], None, limit).unwrap();
        receive_all(&mut tap);
        assert!(tap.is_gone());
        assert_eq!(tap.is_up().unwrap_err().raw_os_error(), Some(libc::EBADFD));
        send(&mut tap);
        assert_eq!(tap.last_error().unwrap().raw_os_error(), Some(libc::EBADFD));
        assert_eq!((tap.stats().sent, tap.stats().send_errors), (0, 1));
        assert!(tap.stats().receive_errors > 0);
    });
}

#[test]
fn a_frame_that_no_interface_can_send_is_counted() {
    in_namespace(|| {
        let mut tap = up("any-tap");
        for len in [0, FRAME_LEN, FRAME_LEN + 1] {
            let tx = tap.transmit(Instant::ZERO).unwrap();
            assert_eq!(tx.consume(len, |frame| frame.len()), len);
        }
        assert_eq!(
            tap.last_error().unwrap().raw_os_error(),
            Some(libc::EMSGSIZE)
        );
        assert_eq!(tap.stats().sent + tap.stats().send_errors, 3);
    });
}

#[test]
fn the_descriptor_is_closed_on_exec_and_never_blocks() {
    in_namespace(|| {
        let mut tap = up("any-tap");
        assert_eq!(tap.as_raw_fd(), tap.as_fd().as_raw_fd());
        // Ends, and not by an error.
        receive_all(&mut tap);
        assert_eq!(tap.stats().receive_errors, 0);
        let device = |process: &str| {
            let folder = format!("/proc/{process}/fd");
            let output = Command::new("ls").arg("-l").arg(folder).output().unwrap();
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("/dev/net/tun")
        };
        let own = process::id();
        assert!(device(&format!("{own}")));
        assert!(!device("self"));
    });
}

/// Echoes what it is sent until `is_done`, and returns how many allocations that took.
fn echo(tap: &mut Tap, mut is_done: impl FnMut() -> bool) -> usize {
    let address = EthernetAddress([2, 0, 0, 0, 0, 2]);
    let config = Config::new(HardwareAddress::Ethernet(address));
    let mut interface = Interface::new(config, tap, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(OURS.into(), 24)).unwrap();
    });
    let (mut slots, mut more_slots) = ([PacketMetadata::EMPTY; 4], [PacketMetadata::EMPTY; 4]);
    let (mut bytes, mut more_bytes) = ([0; 4000], [0; 4000]);
    let receive = PacketBuffer::new(&mut slots[..], &mut bytes[..]);
    let send = PacketBuffer::new(&mut more_slots[..], &mut more_bytes[..]);
    let mut storage: [SocketStorage<'_>; 1] = Default::default();
    let mut sockets = SocketSet::new(&mut storage[..]);
    let handle = sockets.add(Socket::new(receive, send));
    sockets.get_mut::<Socket<'_>>(handle).bind(7).unwrap();
    let mut now = Instant::ZERO;
    let (allocations, ()) = allocations::count(|| {
        while !is_done() {
            interface.poll(now, tap, &mut sockets);
            let socket = sockets.get_mut::<Socket<'_>>(handle);
            let mut buffer = [0; 1500];
            while let Ok((len, from)) = socket.recv_slice(&mut buffer) {
                socket.send_slice(&buffer[..len], from).unwrap();
            }
            interface.poll(now, tap, &mut sockets);
            let limit = Duration::from_millis(1);
            wait(&[tap.as_fd()], None, Some(limit)).unwrap();
            now += limit.into();
        }
    });
    allocations
}

#[test]
fn the_kernel_and_a_stack_talk_to_each_other() {
    in_namespace(|| {
        let mut tap = up("any-tap");
        let socket = UdpSocket::bind((KERNELS, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let texts: [&[u8]; 3] = [b"hello", b"", &[7; 1472]];
        let mut texts = texts.into_iter();
        let mut expected: Option<&[u8]> = None;
        let mut buffer = [0; 2000];
        let mut turns = 0;
        let allocations = echo(&mut tap, || {
            turns += 1;
            assert!(turns < 10_000, "no answer");
            match (expected, socket.recv_from(&mut buffer)) {
                (Some(text), Ok((len, from))) => {
                    assert_eq!(&buffer[..len], text);
                    assert_eq!(from, SocketAddr::from((OURS, 7)));
                }
                (Some(_), Err(_)) => return false,
                (None, received) => assert!(received.is_err()),
            }
            expected = texts.next();
            if let Some(text) = expected {
                socket.send_to(text, (OURS, 7)).unwrap();
            }
            expected.is_none()
        });
        assert_eq!(allocations, 0);
        assert!(tap.last_error().is_none());
        assert!(tap.stats().received >= 3 && tap.stats().sent >= 3);
    });
}

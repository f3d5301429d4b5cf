//! Boards on the same Ethernet as a kernel: its sockets, its neighbour discovery and its fragments.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use core::net::{Ipv4Addr, SocketAddr, SocketAddrV6};
use core::time::Duration;
use std::net::UdpSocket;

use anydgram_firmware_tests::{Firmware, Guest, inside};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 99);

fn socket(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 10_000];
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    buffer.truncate(length);
    (buffer, from)
}

#[test]
fn the_kernel_is_echoed() {
    let Some(firmware) = Firmware::find("echo") else {
        return;
    };
    inside("the_kernel_is_echoed", |interface, index| {
        let mut guest = Guest::boot_on_tap(&firmware, interface, 2).unwrap();
        guest.log().wait_for("link up", PATIENCE).unwrap();
        let v6 = SocketAddrV6::new(guest.ipv6(), 7, 0, index);
        let (four, six) = (socket("0.0.0.0:0"), socket("[::]:0"));
        for length in [0, 1, 100, 1400, 1472, 1473, 4000, 8000] {
            let payload: Vec<u8> = (0..=250).cycle().take(length).collect();
            let to = (guest.ipv4(), 7).into();
            four.send_to(&payload, to).unwrap();
            assert_eq!(receive(&four), (payload.clone(), to));
            // The kernel's fragments of IPv6 are more than the board can put together.
            if length <= 1452 {
                six.send_to(&payload, v6).unwrap();
                assert_eq!(receive(&six), (payload, v6.into()));
            }
        }
        four.send_to(b"exit 0", (guest.ipv4(), 9)).unwrap();
        assert_eq!(guest.wait(PATIENCE).unwrap(), 0);
    });
}

#[test]
fn the_kernel_is_told_of_closed_ports() {
    let Some(firmware) = Firmware::find("echo") else {
        return;
    };
    inside("the_kernel_is_told_of_closed_ports", |interface, _| {
        let mut guest = Guest::boot_on_tap(&firmware, interface, 2).unwrap();
        guest.log().wait_for("link up", PATIENCE).unwrap();
        let socket = socket("0.0.0.0:0");
        socket.connect((guest.ipv4(), 13)).unwrap();
        socket.send(b"daytime?").unwrap();
        let error = socket.recv(&mut [0; 16]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn the_kernel_discovers_a_board() {
    let Some(firmware) = Firmware::find("discovery") else {
        return;
    };
    inside("the_kernel_discovers_a_board", |interface, _| {
        let mut guest = Guest::boot_on_tap(&firmware, interface, 2).unwrap();
        guest.log().wait_for("rival: closed", PATIENCE).unwrap();
        let socket = socket("0.0.0.0:0");
        socket.send_to(b"anybody there?", (GROUP, 4299)).unwrap();
        let (answer, from) = receive(&socket);
        assert_eq!(
            (&answer[..], from),
            (&b"I am here"[..], (guest.ipv4(), 4299).into())
        );
        socket.send_to(b"goodbye", from).unwrap();
        assert_eq!(receive(&socket), (b"goodbye".to_vec(), from));
        assert_eq!(guest.wait(PATIENCE).unwrap(), 0);
    });
}

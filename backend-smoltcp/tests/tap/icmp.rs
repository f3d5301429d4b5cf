//! What ICMP tells, in both directions: closed ports and echo.

use core::net::IpAddr;
use std::io::ErrorKind;
use std::net::UdpSocket;

use anydgram_core::{Datagram, Destination};
use socket2::{Domain, Protocol, Socket, Type};

use crate::computer::ip;
use crate::namespace::in_namespace;
use crate::tap_lab::{TapLab, kernel_socket, tap};
use crate::{FAMILIES, to};

#[test]
fn a_closed_port_of_the_kernel_is_told_to_a_connected_socket() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let id = lab.bound(socket_type, 7);
            let other = lab.bound(socket_type, 8);
            lab.computer.send(other, b"x", kernel, 9);
            assert_eq!(lab.told(other, 1), ["sent 1"]);
            let connected = lab.computer.socket(id).connect(Destination::new(kernel, 9));
            connected.unwrap();
            assert_eq!(lab.told(id, 1), ["connect"]);
            for length in [0, 1, 1400] {
                let bytes = vec![0; length];
                let sent = lab.computer.socket(id).send(Datagram::new(&bytes[..]));
                sent.unwrap();
                let told = [
                    format!("sent {length}"),
                    "error recvmsg ECONNREFUSED".to_owned(),
                ];
                assert_eq!(lab.told(id, 2), told);
            }
            // It works as soon as somebody has the port.
            let socket = kernel_socket(kernel, 9);
            lab.computer.socket(id).send(Datagram::new("x")).unwrap();
            assert_eq!(lab.heard(&socket).unwrap(), (b"x".to_vec(), to(ours, 7)));
            assert_eq!(lab.told(id, 1), ["sent 1"]);
            assert!(lab.computer.told(other).is_empty(), "it is not connected");
        }
    });
}

#[test]
fn a_closed_port_of_ours_is_told_to_the_kernels_connected_socket() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let socket = kernel_socket(kernel, 9);
            socket.connect(to(ours, 7)).unwrap();
            for length in [0, 1, 1400] {
                socket.send(&vec![0; length]).unwrap();
                let error = lab.heard(&socket).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            }
            let id = lab.bound(socket_type, 7);
            socket.send(b"x").unwrap();
            assert_eq!(lab.told(id, 1), ["message x"]);
        }
    });
}

/// An echo request (RFC 792, RFC 4443 § 4.1).
fn echo_request(is_ipv4: bool, number: u8, payload: &[u8]) -> Vec<u8> {
    let kind = if is_ipv4 { 8 } else { 128 };
    let mut request = vec![kind, 0, 0, 0, 0xd9, 0x3a, 0, number];
    request.extend(payload);
    // The checksum of ICMPv6 is the kernel's (RFC 3542 § 3.1).
    if is_ipv4 {
        let words = request.chunks(2).map(|word| {
            let &[high, low] = [word, &[0]].concat().first_chunk().unwrap();
            u32::from(u16::from_be_bytes([high, low]))
        });
        let sum: u32 = words.sum();
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = (sum & 0xffff) + (sum >> 16);
        request[2..4].copy_from_slice(&(!sum).to_be_bytes()[2..]);
    }
    request
}

#[test]
fn echo_is_answered() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (_, kernel, ours) in FAMILIES {
            let (domain, protocol, header, answer) = match ip(kernel) {
                // The kernel hands on the header, too.
                IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4, 20, 0),
                IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6, 0, 129),
            };
            let socket = Socket::new(domain, Type::RAW, Some(protocol)).unwrap();
            socket.bind(&to(kernel, 0).into()).unwrap();
            socket.set_nonblocking(true).unwrap();
            let socket = UdpSocket::from(socket);
            for (number, length) in (1..).zip([0, 1, 56, 1400]) {
                let request = echo_request(header > 0, number, &vec![number; length]);
                socket.send_to(&request, to(ours, 0)).unwrap();
                // It hears whatever comes by ICMP.
                let heard = loop {
                    let (heard, sender) = lab.heard(&socket).unwrap();
                    if heard[header] == answer {
                        assert_eq!(sender.ip(), ip(ours));
                        break heard;
                    }
                };
                assert_eq!(heard[header + 4..], request[4..]);
            }
        }
    });
}

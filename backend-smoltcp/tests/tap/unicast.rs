//! Datagrams between one socket of ours and one of the kernel's.

use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_core::{Address, Endpoint};
use socket2::SockRef;

use crate::computer::{ETH0, ip};
use crate::namespace::in_namespace;
use crate::tap_lab::{TapLab, kernel_socket, tap};
use crate::{FAMILIES, to};

#[test]
fn every_length_arrives_whole_both_ways() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let longest = match socket_type {
                Udp4 => 1472,
                Udp6 => 1452,
            };
            let id = lab.bound(socket_type, 7);
            let socket = kernel_socket(kernel, 9);
            let in_fragments: &[usize] = match socket_type {
                Udp4 => &[1473, 8000, 65_507],
                Udp6 => &[],
            };
            for &length in [0, 1, 17, 18, 19, longest].iter().chain(in_fragments) {
                let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
                lab.computer.send(id, &bytes, kernel, 9);
                assert_eq!(lab.heard(&socket).unwrap(), (bytes.clone(), to(ours, 7)));
                assert_eq!(lab.told(id, 1), [format!("sent {length}")]);

                lab.computer.forget();
                socket.send_to(&bytes, to(ours, 7)).unwrap();
                assert_eq!(lab.told(id, 1).len(), 1);
                assert_eq!(lab.computer.log.bytes, [bytes]);
            }
            if socket_type == Udp6 {
                lab.computer.send(id, &vec![0; longest + 1], kernel, 9);
                let refused = format!("send EMSGSIZE {kernel}:9");
                assert_eq!(lab.told(id, 1), [refused]);
            }
        }
    });
}

#[test]
fn what_a_datagram_came_with_is_told() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let id = lab.bound(socket_type, 7);
            let socket = kernel_socket(kernel, 9);
            for (hop_limit, ecn) in [(1, 0), (64, 1), (255, 2), (3, 3)] {
                // ECN, and a code point beside it.
                let traffic_class = 0b1011_1000 | ecn;
                match socket_type {
                    Udp4 => {
                        SockRef::from(&socket).set_ttl_v4(hop_limit).unwrap();
                        SockRef::from(&socket).set_tos_v4(traffic_class).unwrap();
                    }
                    Udp6 => {
                        SockRef::from(&socket)
                            .set_unicast_hops_v6(hop_limit)
                            .unwrap();
                        SockRef::from(&socket).set_tclass_v6(traffic_class).unwrap();
                    }
                }
                let before = lab.now();
                socket.send_to(b"hello", to(ours, 7)).unwrap();
                assert_eq!(lab.told(id, 1), ["message hello"]);
                let meta = lab.computer.log.metas.pop().unwrap();
                let address = |text| Address::new(ip(text));
                assert_eq!(meta.sender, Some(Endpoint::new(address(kernel), 9)));
                assert_eq!(meta.local, Some(address(ours)));
                assert_eq!(meta.interface, Some(ETH0));
                assert_eq!(meta.hop_limit.map(u32::from), Some(hop_limit));
                assert_eq!(meta.traffic_class.map(u32::from), Some(traffic_class));
                assert_eq!((meta.wire_len, meta.segment_stride), (Some(5), None));
                let at = meta.timestamp.unwrap();
                assert!(before <= at && at <= lab.now());
            }
        }
    });
}

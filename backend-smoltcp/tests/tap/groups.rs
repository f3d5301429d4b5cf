//! Groups, of any source and of one.

use core::net::{IpAddr, Ipv4Addr};
use std::net::UdpSocket;

use anydgram_core::Interface::Index;
use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_core::{Address, SocketType};
use socket2::SockRef;

use crate::computer::{ETH0, ip};
use crate::namespace::{in_namespace, index_of};
use crate::tap_lab::{KERNEL, OURS, TAP0, TapLab, add_addresses, kernel_socket, tap};
use crate::{FAMILIES, to};

/// The group of a test, of any source; the last is that of a channel.
pub(crate) const fn of(socket_type: SocketType) -> [&'static str; 2] {
    match socket_type {
        Udp4 => ["239.1.2.3", "232.1.2.3"],
        Udp6 => ["ff12::1234", "ff32::8000:1234"],
    }
}

/// A socket of the kernel's that sends to groups from this address.
pub(crate) fn sender(address: &str) -> UdpSocket {
    let socket = kernel_socket(address, 9);
    let options = SockRef::from(&socket);
    match ip(address) {
        IpAddr::V4(ip) => options.set_multicast_if_v4(&ip).unwrap(),
        IpAddr::V6(_) => options.set_multicast_if_v6(index_of(TAP0)).unwrap(),
    }
    socket
}

#[test]
fn a_group_is_heard_while_it_is_joined() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let [group, _] = of(socket_type);
            let id = lab.bound(socket_type, 7);
            let socket = sender(kernel);
            socket.send_to(b"early", to(group, 7)).unwrap();
            socket.send_to(b"own", to(ours, 7)).unwrap();
            // The one for us is the first of all that it hears.
            assert_eq!(lab.told(id, 1), ["message own"]);

            let joined = lab
                .computer
                .socket(id)
                .add_membership(ip(group), Index(ETH0));
            joined.unwrap();
            lab.settle();
            lab.computer.forget();
            socket.send_to(b"all", to(group, 7)).unwrap();
            assert_eq!(lab.told(id, 1), ["message all"]);
            let meta = lab.computer.log.metas.pop().unwrap();
            assert_eq!(meta.sender.unwrap().address, Address::new(ip(kernel)));
            assert_eq!(meta.local.unwrap().ip(), ip(group));
            assert_eq!((meta.hop_limit, meta.interface), (Some(1), Some(ETH0)));

            let left = lab
                .computer
                .socket(id)
                .drop_membership(ip(group), Index(ETH0));
            left.unwrap();
            lab.settle();
            socket.send_to(b"late", to(group, 7)).unwrap();
            socket.send_to(b"own", to(ours, 7)).unwrap();
            assert_eq!(lab.told(id, 1), ["message own"]);
        }
    });
}

#[test]
fn the_kernel_hears_what_is_sent_to_a_group() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for (socket_type, kernel, ours) in FAMILIES {
            let [group, _] = of(socket_type);
            let id = lab.bound(socket_type, 7);
            let socket = match (ip(kernel), ip(group)) {
                (IpAddr::V4(kernel), IpAddr::V4(group)) => {
                    let socket = kernel_socket("0.0.0.0", 9);
                    socket.join_multicast_v4(&group, &kernel).unwrap();
                    socket
                }
                (_, IpAddr::V6(group)) => {
                    let socket = kernel_socket("::", 10);
                    socket.join_multicast_v6(&group, index_of(TAP0)).unwrap();
                    socket
                }
                (IpAddr::V6(_), IpAddr::V4(_)) => unreachable!("of one family"),
            };
            let port = socket.local_addr().unwrap().port();
            lab.computer.send(id, b"all", group, port);
            assert_eq!(lab.told(id, 1), ["sent 3"]);
            let heard = lab.heard(&socket).unwrap();
            assert_eq!(heard, (b"all".to_vec(), to(ours, 7)));
        }
    });
}

#[test]
fn a_channel_is_heard_from_its_source_only() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        let others = ["203.0.113.3", "2001:db8:2::3"];
        add_addresses(&others);
        for ((socket_type, kernel, ours), other) in FAMILIES.into_iter().zip(others) {
            let sources = [kernel, other];
            let [_, channel] = of(socket_type);
            let id = lab.bound(socket_type, 7);
            let [unwanted, wanted] = sources.map(sender);
            let source = ip(sources[1]);
            let group = ip(channel);
            lab.computer
                .socket(id)
                .add_source_specific_membership(source, group, Index(ETH0))
                .unwrap();
            lab.settle();
            lab.computer.forget();
            for text in ["one", "two"] {
                unwanted.send_to(b"not this", to(channel, 7)).unwrap();
                wanted.send_to(text.as_bytes(), to(channel, 7)).unwrap();
                assert_eq!(lab.told(id, 1), [format!("message {text}")]);
                let meta = lab.computer.log.metas.pop().unwrap();
                assert_eq!(meta.sender.unwrap().address.ip(), source);
            }
            // Nor is it heard any more from its source.
            lab.computer
                .socket(id)
                .drop_source_specific_membership(source, group, Index(ETH0))
                .unwrap();
            lab.settle();
            wanted.send_to(b"late", to(channel, 7)).unwrap();
            wanted.send_to(b"own", to(ours, 7)).unwrap();
            assert_eq!(lab.told(id, 1), ["message own"]);
        }
    });
}

#[test]
fn the_kernel_hears_a_channel_of_ours() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        let [group, channel] = of(Udp4);
        let id = lab.bound(Udp4, 7);
        let parse = |text: &str| -> Ipv4Addr { text.parse().unwrap() };
        let listen = |source: &str, port| {
            let socket = kernel_socket("0.0.0.0", port);
            SockRef::from(&socket)
                .join_ssm_v4(&parse(source), &parse(channel), &parse(KERNEL))
                .unwrap();
            socket
        };
        let [of_ours, of_another] =
            [(OURS, 9), ("203.0.113.77", 10)].map(|(source, port)| listen(source, port));
        // Heard from anybody: what tells that the other was there.
        of_another
            .join_multicast_v4(&parse(group), &parse(KERNEL))
            .unwrap();
        for port in [9, 10] {
            lab.computer.send(id, b"channel", channel, port);
        }
        lab.computer.send(id, b"group", group, 10);
        assert_eq!(lab.told(id, 3), ["sent 7", "sent 7", "sent 5"]);
        assert_eq!(lab.heard(&of_ours).unwrap().0, b"channel");
        assert_eq!(lab.heard(&of_another).unwrap().0, b"group");
    });
}

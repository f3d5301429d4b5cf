//! Links and addresses that come and go.

use core::net::IpAddr;
use std::net::UdpSocket;

use anydgram_core::Interface::Index;
use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_core::stack::Cidr;
use anydgram_core::{BindOptions, Options, SocketId};

use crate::computer::{ETH0, ip};
use crate::namespace::{in_namespace, run};
use crate::tap_lab::{KERNEL, KERNEL6, TAP0, TapLab, add_addresses, kernel_socket, tap};
use crate::{FAMILIES, groups, to};

/// Datagrams go both ways, and the first that is heard is the one that was sent last.
#[track_caller]
fn talk(lab: &mut TapLab, id: SocketId, socket: &UdpSocket, text: &str) {
    let kernel = socket.local_addr().unwrap();
    let bytes = text.as_bytes();
    let ours = lab.computer.socket(id).address().unwrap();
    lab.computer
        .send(id, bytes, &kernel.ip().to_string(), kernel.port());
    let (heard, from) = lab.heard(socket).unwrap();
    assert_eq!((&heard[..], from.port()), (bytes, ours.port));
    assert_eq!(lab.told(id, 1), [format!("sent {}", text.len())]);
    socket.send_to(bytes, from).unwrap();
    assert_eq!(lab.told(id, 1), [format!("message {text}")]);
}

/// Tells our host what the kernel says of the link.
fn tell_of_link(lab: &mut TapLab) -> bool {
    let is_up = lab.computer.stack.device(ETH0).unwrap().is_up().unwrap();
    lab.computer.stack.set_link_up(ETH0, is_up);
    is_up
}

#[test]
fn traffic_and_groups_survive_a_link_that_was_down() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        let ids = FAMILIES.map(|(socket_type, kernel, _)| {
            let id = lab.bound(socket_type, 7);
            let [group, _] = groups::of(socket_type);
            let joined = lab
                .computer
                .socket(id)
                .add_membership(ip(group), Index(ETH0));
            joined.unwrap();
            let socket = groups::sender(kernel);
            talk(&mut lab, id, &socket, "before");
            id
        });
        run(&format!("ip link set {TAP0} down"));
        // Nobody has told our host yet: the frame is lost.
        let errors = lab.computer.stack.device(ETH0).unwrap().stats().send_errors;
        lab.computer.send(ids[0], b"lost", KERNEL, 9);
        assert_eq!(lab.told(ids[0], 1), ["sent 4"]);
        let stats = *lab.computer.stack.device(ETH0).unwrap().stats();
        assert_eq!(stats.send_errors, errors + 1);
        assert!(!tell_of_link(&mut lab));
        for (id, (_, kernel, _)) in ids.into_iter().zip(FAMILIES) {
            lab.computer.send(id, b"refused", kernel, 9);
            assert_eq!(lab.told(id, 1), [format!("send ENETUNREACH {kernel}:9")]);
        }

        run(&format!("ip link set {TAP0} up"));
        // Those of IPv6 are gone when a link was down.
        add_addresses(&[KERNEL6]);
        assert!(tell_of_link(&mut lab));
        for (id, (socket_type, kernel, _)) in ids.into_iter().zip(FAMILIES) {
            let socket = groups::sender(kernel);
            talk(&mut lab, id, &socket, "after");
            let [group, _] = groups::of(socket_type);
            socket.send_to(b"all", to(group, 7)).unwrap();
            assert_eq!(lab.told(id, 1), ["message all"]);
        }
    });
}

#[test]
fn an_address_of_ours_goes_and_comes_back() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for ((socket_type, kernel, ours), other) in
            FAMILIES.into_iter().zip(["203.0.113.9", "2001:db8:2::9"])
        {
            let prefix = if socket_type == Udp4 { 24 } else { 64 };
            let options = Options::new(socket_type).ipv6_only(socket_type == Udp6);
            // One that is bound to the address, and one that is bound to all.
            let own = lab.computer.create(options);
            let bind = BindOptions::port(8).address(ours);
            lab.computer.socket(own).bind(bind).unwrap();
            assert_eq!(lab.told(own, 1), ["listening"]);
            let id = lab.bound(socket_type, 7);
            let socket = kernel_socket(kernel, 9);
            talk(&mut lab, id, &socket, "before");
            talk(&mut lab, own, &socket, "before");

            lab.computer.stack.remove_address(ETH0, ip(ours)).unwrap();
            lab.computer.send(id, b"refused", kernel, 9);
            assert_eq!(lab.told(id, 1), [format!("send ENETUNREACH {kernel}:9")]);
            socket.send_to(b"lost", to(ours, 7)).unwrap();
            socket.send_to(b"lost", to(ours, 8)).unwrap();
            let give = |lab: &mut TapLab, address: IpAddr| {
                let cidr = Cidr::new(address, prefix);
                assert_eq!(lab.computer.stack.add_address(ETH0, cidr), Ok(()));
            };
            // Another address for the same sockets, which have heard nothing before that.
            give(&mut lab, ip(other));
            socket.send_to(b"elsewhere", to(other, 7)).unwrap();
            assert_eq!(lab.told(id, 1), ["message elsewhere"]);
            lab.computer.stack.remove_address(ETH0, ip(other)).unwrap();

            give(&mut lab, ip(ours));
            talk(&mut lab, id, &socket, "after");
            talk(&mut lab, own, &socket, "after");
        }
    });
}

#[test]
fn an_address_of_the_kernel_goes_and_comes_back() {
    in_namespace(|| {
        let mut lab = TapLab::new(tap());
        for ((socket_type, kernel, _), other) in
            FAMILIES.into_iter().zip(["203.0.113.3", "2001:db8:2::3"])
        {
            add_addresses(&[other]);
            let id = lab.bound(socket_type, 7);
            let wildcard = if socket_type == Udp4 { "0.0.0.0" } else { "::" };
            let socket = kernel_socket(wildcard, 9);
            lab.computer.send(id, b"before", other, 9);
            assert_eq!(lab.heard(&socket).unwrap().0, b"before");

            let prefix = if socket_type == Udp4 { 24 } else { 64 };
            run(&format!("ip address del {other}/{prefix} dev {TAP0}"));
            lab.computer.send(id, b"lost", other, 9);
            lab.computer.send(id, b"first", kernel, 9);
            assert_eq!(lab.heard(&socket).unwrap().0, b"first");

            add_addresses(&[other]);
            lab.computer.send(id, b"after", other, 9);
            assert_eq!(lab.heard(&socket).unwrap().0, b"after");
            assert_eq!(lab.told(id, 4), ["sent 6", "sent 4", "sent 5", "sent 5"]);
        }
    });
}

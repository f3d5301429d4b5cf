//! Groups and broadcasts through the traits of edge-nal.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::pin::pin;

use edge_nal::io::ErrorKind;
use edge_nal::{MulticastV4, MulticastV6, UdpSend, UdpSplitMulticast};

use super::{ANY, at, bound, hears_nothing, kind, lab, received, send, take, wildcard};

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0x12, 0x34);
/// The index of a computer's only interface but for loopback.
const ETHERNET: u32 = 2;

fn wildcard6(port: u16) -> SocketAddr {
    (Ipv6Addr::UNSPECIFIED, port).into()
}

#[test]
fn an_ipv4_group_is_joined_on_the_interface_of_the_address() {
    let (mut lab, [one, two]) = lab();
    let mut socket = bound(&mut lab, &one, wildcard(5000));
    let mut sender = bound(&mut lab, &two, wildcard(0));
    let to = SocketAddr::from((GROUP, 5000));
    for (interface, is_heard) in [
        (Ipv4Addr::new(192, 0, 2, 1), true),
        (Ipv4Addr::LOCALHOST, false),
        (ANY, true),
    ] {
        lab.wait(socket.join_v4(GROUP, interface)).unwrap();
        send(&mut lab, &mut sender, to, "hello");
        if is_heard {
            assert_eq!(received(&mut lab, &mut socket).0, "hello", "{interface}");
        }
        hears_nothing(&mut lab, &mut socket);
        lab.wait(socket.leave_v4(GROUP, interface)).unwrap();
        send(&mut lab, &mut sender, to, "too late");
        hears_nothing(&mut lab, &mut socket);
    }
    let nobodys = lab.wait(socket.join_v4(GROUP, Ipv4Addr::new(192, 0, 2, 77)));
    assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
}

#[test]
fn an_ipv6_group_is_joined_on_the_interface_of_the_index() {
    let (mut lab, [one, two]) = lab();
    let mut socket = bound(&mut lab, &one, wildcard6(5000));
    let mut sender = bound(&mut lab, &two, wildcard6(0));
    let to = SocketAddrV6::new(GROUP6, 5000, 0, ETHERNET).into();
    for (interface, is_heard) in [(ETHERNET, true), (1, false), (0, true)] {
        lab.wait(socket.join_v6(GROUP6, interface)).unwrap();
        send(&mut lab, &mut sender, to, "hello");
        if is_heard {
            assert_eq!(received(&mut lab, &mut socket).0, "hello", "{interface}");
        }
        hears_nothing(&mut lab, &mut socket);
        lab.wait(socket.leave_v6(GROUP6, interface)).unwrap();
        send(&mut lab, &mut sender, to, "too late");
        hears_nothing(&mut lab, &mut socket);
    }
    let nobodys = lab.wait(socket.join_v6(GROUP6, 4000));
    assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
}

#[test]
fn a_group_is_counted_for_each_socket() {
    let (mut lab, [one, two]) = lab();
    let shared = one.reuse_address(true);
    let [mut leaver, mut stayer, mut stranger] =
        [(); 3].map(|()| bound(&mut lab, &shared, wildcard(5000)));
    let mut sender = bound(&mut lab, &two, wildcard(0));
    let to = SocketAddr::from((GROUP, 5000));
    for socket in [&mut leaver, &mut stayer] {
        lab.wait(socket.join_v4(GROUP, ANY)).unwrap();
    }
    let again = lab.wait(leaver.join_v4(GROUP, ANY));
    assert_eq!(kind(again), ErrorKind::AddrInUse);
    lab.wait(leaver.leave_v4(GROUP, ANY)).unwrap();
    let again = lab.wait(leaver.leave_v4(GROUP, ANY));
    assert_eq!(kind(again), ErrorKind::AddrNotAvailable);
    send(&mut lab, &mut sender, to, "still here");
    assert_eq!(received(&mut lab, &mut stayer).0, "still here");
    hears_nothing(&mut lab, &mut leaver);
    hears_nothing(&mut lab, &mut stranger);
    drop(leaver);
    send(&mut lab, &mut sender, to, "and here");
    assert_eq!(received(&mut lab, &mut stayer).0, "and here");
    lab.wait(stayer.leave_v4(GROUP, ANY)).unwrap();
    send(&mut lab, &mut sender, to, "gone");
    hears_nothing(&mut lab, &mut stayer);
}

#[test]
fn the_parts_join_while_another_receives() {
    let (mut lab, [one, two]) = lab();
    let mut socket = bound(&mut lab, &one, wildcard(5000));
    let mut peer = bound(&mut lab, &two, wildcard(5000));
    let (mut receiver, mut sender, mut groups, mut groups6) = socket.split_multicast();
    let mut receive = pin!(take(&mut receiver));
    assert_eq!(lab.wait_for(0, &mut receive), None);
    lab.wait(groups.join_v4(GROUP, ANY)).unwrap();
    send(&mut lab, &mut peer, (GROUP, 5000).into(), "to all");
    let (text, remote) = lab.wait(receive);
    assert_eq!(text, "to all");
    send(&mut lab, &mut sender, remote, "to one");
    assert_eq!(received(&mut lab, &mut peer).0, "to one");
    let other_family = lab.wait(groups6.join_v6(GROUP6, 0));
    assert_eq!(kind(other_family), ErrorKind::Unsupported);
}

#[test]
fn a_socket_of_both_families_is_in_groups_of_both() {
    let (mut lab, [one, two]) = lab();
    let mut socket = bound(&mut lab, &one, wildcard6(5000));
    lab.wait(socket.join_v4(GROUP, ANY)).unwrap();
    lab.wait(socket.join_v6(GROUP6, 0)).unwrap();
    let mut sender = bound(&mut lab, &two, wildcard(0));
    send(&mut lab, &mut sender, (GROUP, 5000).into(), "four");
    let (text, remote) = received(&mut lab, &mut socket);
    assert_eq!(text, "four");
    let port = remote.port();
    let IpAddr::V6(mapped) = remote.ip() else {
        panic!("{remote} is no IPv6 address");
    };
    assert_eq!(mapped.to_ipv4_mapped(), Some([192, 0, 2, 2].into()));
    for form in [remote, at(2, port)] {
        send(&mut lab, &mut socket, form, "back");
        assert_eq!(received(&mut lab, &mut sender).0, "back");
    }
    let mut sender6 = bound(&mut lab, &two, wildcard6(0));
    send(&mut lab, &mut sender6, (GROUP6, 5000).into(), "six");
    assert_eq!(received(&mut lab, &mut socket).0, "six");
    let mut alone = bound(&mut lab, &one.ipv6_only(true), wildcard6(0));
    let refused = lab.wait(UdpSend::send(&mut alone, at(2, port), b"x"));
    assert!(refused.is_err());
}

#[test]
fn broadcasts_may_be_sent() {
    let (mut lab, [one, two]) = lab();
    let mut socket = bound(&mut lab, &one, wildcard(5000));
    let mut sender = bound(&mut lab, &two, wildcard(0));
    for everybody in [Ipv4Addr::BROADCAST, Ipv4Addr::new(192, 0, 2, 255)] {
        send(&mut lab, &mut sender, (everybody, 5000).into(), "everybody");
        assert_eq!(received(&mut lab, &mut socket).0, "everybody");
    }
}

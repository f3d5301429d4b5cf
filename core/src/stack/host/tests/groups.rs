//! Groups: what the network is told, and who hears what.

use super::*;
use crate::output::MulticastInterface;

const GROUP: &str = "239.1.2.3";

fn join(net: &mut Net, id: SocketId, interface: Interface) {
    net.socket(id).add_membership(ip(GROUP), interface).unwrap();
}

#[test]
fn the_network_is_told_of_the_first_join_and_the_last_leave() {
    let mut net = Net::new();
    let shared = Options::new(SocketType::Udp4).reuse_address(true);
    let a = net.bound(shared, "0.0.0.0", 7);
    let b = net.bound(shared, "0.0.0.0", 7);
    for id in [a, b] {
        join(&mut net, id, Interface::Default);
        assert_eq!(net.run(), vec![]);
    }
    assert_eq!(net.wire.reports, ["join 2 239.1.2.3"]);
    net.socket(a).close().unwrap();
    net.run();
    assert_eq!(net.wire.reports.len(), 1);
    net.socket(b)
        .drop_membership(ip(GROUP), Interface::Default)
        .unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.wire.reports, ["join 2 239.1.2.3", "leave 2 239.1.2.3"]);
}

#[test]
fn an_interface_is_meant_by_address_index_or_all() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    join(&mut net, a, Interface::Address([198, 51, 100, 1].into()));
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.wire.groups, [(3, ip(GROUP))]);
    let b = net.udp4("0.0.0.0", 8);
    join(&mut net, b, Interface::Index(2));
    let c = net.udp4("0.0.0.0", 9);
    join(&mut net, c, Interface::All);
    assert_eq!(net.run(), vec![]);
    assert_eq!(
        net.wire.reports.len(),
        2,
        "both interfaces are in it already"
    );
    net.socket(c)
        .drop_membership(ip(GROUP), Interface::All)
        .unwrap();
    join(&mut net, c, Interface::Address([203, 0, 113, 9].into()));
    assert_eq!(net.told(c), ["error addMembership ENODEV"]);
}

#[test]
fn a_group_is_left_where_it_was_joined_whatever_has_changed_since() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 7);
    join(&mut net, id, Interface::Default);
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.wire.groups, [(2, ip(GROUP))]);
    let interfaces = net.host.interfaces_mut();
    interfaces.set_gateway(2, Family::V4, None).unwrap();
    interfaces.remove_address(2, ip("192.0.2.1")).unwrap();
    let drop = |net: &mut Net, interface| {
        let socket = net.socket(id);
        socket.drop_membership(ip(GROUP), interface).unwrap();
        assert_eq!(net.told(id), Vec::<String>::new());
    };
    drop(&mut net, Interface::Default);
    assert_eq!(net.wire.groups, [], "not where the route leads now");

    let address = Interface::Address([198, 51, 100, 1].into());
    join(&mut net, id, Interface::Default);
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.wire.groups, [(3, ip(GROUP))], "it leads there");
    drop(&mut net, Interface::Default);
    join(&mut net, id, address);
    assert_eq!(net.run(), vec![]);
    let interfaces = net.host.interfaces_mut();
    interfaces.remove_address(3, ip("198.51.100.1")).unwrap();
    drop(&mut net, address);
    assert_eq!(net.wire.groups, [], "nobody has the address any more");
}

#[test]
fn a_wire_without_room_refuses_and_nothing_is_joined() {
    let mut net = Net::new();
    net.wire.room = 0;
    let a = net.udp4("0.0.0.0", 7);
    join(&mut net, a, Interface::Default);
    assert_eq!(net.told(a), ["error addMembership ENOBUFS"]);
    assert!(!net.host.groups().has(2, ip(GROUP)));
}

#[test]
fn groups_are_told_again_on_demand() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    join(&mut net, a, Interface::Default);
    net.run();
    net.host.rejoin(&mut net.wire, 2);
    net.host.rejoin(&mut net.wire, 3);
    let reports = ["join 2 239.1.2.3", "leave 2 239.1.2.3", "join 2 239.1.2.3"];
    assert_eq!(net.wire.reports, reports);
}

#[test]
fn the_network_is_not_told_of_the_group_of_all_hosts_nor_of_what_stays_on_the_host() {
    for (options, wildcard, told, groups) in [
        (
            Options::new(SocketType::Udp4),
            "0.0.0.0",
            "224.0.0.2",
            &["224.0.0.1"][..],
        ),
        (
            Options::new(SocketType::Udp6),
            "::",
            "ff02::2",
            &["ff02::1", "ff11::1234", "ff10::1234"],
        ),
    ] {
        let mut net = Net::new();
        let a = net.bound(options, wildcard, 7);
        let on = Interface::Index(2);
        for group in groups {
            net.socket(a).add_membership(ip(group), on).unwrap();
            assert_eq!(net.run(), vec![]);
            assert!(net.host.groups().has(2, ip(group)), "{group}");
        }
        net.socket(a).add_membership(ip(told), on).unwrap();
        net.run();
        net.host.rejoin(&mut net.wire, 2);
        for group in groups.iter().chain([&told]) {
            net.socket(a).drop_membership(ip(group), on).unwrap();
            assert_eq!(net.run(), vec![]);
        }
        let told = ["join", "leave", "join", "leave"].map(|what| format!("{what} 2 {told}"));
        assert_eq!(net.wire.reports, told);
    }
}

#[test]
fn a_group_reaches_all_its_sockets_once() {
    let mut net = Net::new();
    let shared = Options::new(SocketType::Udp4).reuse_address(true);
    let (a, b) = (
        net.bound(shared, "0.0.0.0", 7),
        net.bound(shared, "0.0.0.0", 7),
    );
    let other = net.udp4("192.0.2.1", 9);
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "239.1.2.3:7"),
        Arrival::Dropped
    );
    assert_eq!(net.host.drops().not_ours, 1);
    for id in [a, b, other] {
        join(&mut net, id, Interface::Default);
    }
    net.run();
    assert_eq!(net.receive(2, "192.0.2.9:9", "239.1.2.3:7"), Arrival::Shown);
    let told = by_socket(net.run());
    assert_eq!(told, [(0, "message in".into()), (1, "message in".into())]);
    assert_eq!(
        net.receive(3, "192.0.2.9:9", "239.1.2.3:7"),
        Arrival::Dropped
    );
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "239.1.2.3:8"),
        Arrival::Dropped
    );
    assert_eq!(net.host.drops().no_socket, 1);
}

#[test]
fn a_socket_hears_groups_of_others_unless_it_keeps_to_its_own() {
    let mut net = Net::new();
    let shared = Options::new(SocketType::Udp4).reuse_address(true);
    let [member, _, own] = [(); 3].map(|()| net.bound(shared, "0.0.0.0", 7));
    net.host.keep_to_own_groups(own);
    join(&mut net, member, Interface::Default);
    net.run();
    net.receive(2, "192.0.2.9:9", "239.1.2.3:7");
    let told = by_socket(net.run());
    assert_eq!(told, [(0, "message in".into()), (1, "message in".into())]);
    join(&mut net, own, Interface::Default);
    net.socket(member).close().unwrap();
    net.run();
    net.receive(2, "192.0.2.9:9", "239.1.2.3:7");
    let told = by_socket(net.run());
    assert_eq!(told, [(1, "message in".into()), (2, "message in".into())]);
}

#[test]
fn what_is_for_all_hosts_comes_to_those_that_have_joined_nothing() {
    let mut net = Net::new();
    let shared = |socket_type| Options::new(socket_type).reuse_address(true);
    let [a, own] = [(); 2].map(|()| net.bound(shared(SocketType::Udp4), "0.0.0.0", 7));
    let b = net.bound(shared(SocketType::Udp6), "::", 8);
    net.host.keep_to_own_groups(own);
    assert_eq!(
        net.receive(3, "198.51.100.9:9", "224.0.0.1:7"),
        Arrival::Shown
    );
    assert_eq!(
        net.receive(2, "[fe80::9%2]:9", "[ff02::1%2]:8"),
        Arrival::Shown
    );
    let heard = vec![(a, "message in".into()), (b, "message in".into())];
    assert_eq!(net.run(), heard);
    // Nobody has the port, or is in a group that is not all hosts'.
    for to in ["224.0.0.1:9", "224.0.0.2:7"] {
        assert_eq!(net.receive(2, "192.0.2.9:9", to), Arrival::Dropped, "{to}");
    }
    // A member that wants one source narrows what it hears itself, not what others hear.
    let (group, source) = (ip("224.0.0.1"), ip("192.0.2.9"));
    let socket = net.socket(own);
    let added = socket.add_source_specific_membership(source, group, Interface::Index(2));
    added.unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.receive(2, "192.0.2.8:9", "224.0.0.1:7"), Arrival::Shown);
    assert_eq!(net.run(), vec![(a, "message in".into())]);
    assert!(net.wire.reports.is_empty());
}

#[test]
fn what_a_host_sends_to_all_hosts_comes_to_itself_too() {
    let mut net = Net::new();
    let (a, b) = (net.udp4("0.0.0.0", 7), net.udp4("0.0.0.0", 8));
    assert_eq!(net.send(a, b"x", "224.0.0.1", 8), "sent 1");
    assert_eq!(net.told(b), ["message x"]);
    net.socket(a).set_multicast_loopback(false).unwrap();
    assert_eq!(net.send(a, b"x", "224.0.0.1", 8), "sent 1");
    assert_eq!(net.told(b), [""; 0]);
    assert_eq!(net.wire.sent.len(), 2);
}

#[test]
fn a_source_specific_member_hears_its_source_only() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    let group = ip("232.1.2.3");
    net.socket(a)
        .add_source_specific_membership(ip("192.0.2.9"), group, Interface::Default)
        .unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(
        net.receive(2, "192.0.2.8:9", "232.1.2.3:7"),
        Arrival::Dropped
    );
    assert_eq!(net.receive(2, "192.0.2.9:9", "232.1.2.3:7"), Arrival::Shown);
    assert_eq!(net.told(a), ["message in"]);
}

#[test]
fn own_datagrams_loop_to_members_unless_the_sender_says_no() {
    let mut net = Net::new();
    let (a, b) = (net.udp4("0.0.0.0", 7), net.udp4("0.0.0.0", 8));
    join(&mut net, b, Interface::Default);
    net.run();
    assert_eq!(net.send(a, b"x", GROUP, 8), "sent 1");
    assert_eq!(net.told(b), ["message x"]);
    assert_eq!(
        net.log.metas.pop().unwrap().sender,
        Some(end("192.0.2.1:7"))
    );
    assert_eq!(net.wire.sent.len(), 1);
    net.socket(a).set_multicast_loopback(false).unwrap();
    assert_eq!(net.send(a, b"x", GROUP, 8), "sent 1");
    assert_eq!(net.run(), vec![]);
    net.socket(a)
        .set_multicast_interface(MulticastInterface::V4([198, 51, 100, 1].into()))
        .unwrap();
    net.socket(a).set_multicast_loopback(true).unwrap();
    assert_eq!(net.send(a, b"x", GROUP, 8), "sent 1");
    assert_eq!(net.run(), vec![], "b is a member elsewhere");
    assert_eq!(net.wire.sent.last().unwrap().interface, 3);
}

#[test]
fn groups_of_the_loopback_interface_stay_there() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    let localhost = Interface::Address([127, 0, 0, 1].into());
    join(&mut net, a, localhost);
    net.socket(a)
        .set_multicast_interface(MulticastInterface::V4([127, 0, 0, 1].into()))
        .unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.send(a, b"x", GROUP, 7), "sent 1");
    assert_eq!(net.told(a), ["message x"]);
    assert!(net.wire.sent.is_empty() && net.wire.reports.is_empty());
}

#[test]
fn nothing_leaves_a_host_with_its_loopback_address_to_groups_either() {
    let mut net = Net::new();
    let id = net.udp4("127.0.0.1", 7);
    net.socket(id)
        .set_multicast_interface(MulticastInterface::V4([198, 51, 100, 1].into()))
        .unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(
        net.send(id, b"x", GROUP, 9),
        format!("send EINVAL {GROUP}:9")
    );
    assert!(net.wire.sent.is_empty());
}

#[test]
fn what_no_member_wants_comes_to_nobody() {
    let mut net = Net::new();
    let member = net.udp4("0.0.0.0", 8);
    let source = ip("192.0.2.9");
    let socket = net.socket(member);
    let added = socket.add_source_specific_membership(source, ip(GROUP), Interface::Default);
    added.unwrap();
    let other = net.udp4("0.0.0.0", 7);
    let to = format!("{GROUP}:7");
    // A socket that is no member gets what the host lets in.
    assert_eq!(net.receive(2, "192.0.2.9:5", &to), Arrival::Shown);
    assert_eq!(net.told(other), ["message in"]);
    assert_eq!(net.receive(2, "192.0.2.8:5", &to), Arrival::Dropped);
    assert_eq!(net.told(other), [""; 0]);
}

#[test]
fn a_group_of_ipv4_comes_to_members_only_if_they_are_of_ipv6() {
    let mut net = Net::new();
    let shared = Options::new(SocketType::Udp6).reuse_address(true);
    let member = net.bound(shared, "::", 7);
    join(&mut net, member, Interface::Default);
    let other = net.bound(shared, "::", 7);
    assert_eq!(net.run(), vec![]);
    let arrival = net.receive(2, "192.0.2.9:5", &format!("{GROUP}:7"));
    assert_eq!(arrival, Arrival::Shown);
    let told = by_socket(net.run());
    assert_eq!(told, [(member.index(), "message in".into())]);
    assert_ne!(member, other);
}

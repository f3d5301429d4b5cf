//! Whose a datagram is.

use super::*;

#[test]
fn a_datagram_comes_with_what_is_known_of_it() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    let mut datagram = Incoming::new(2, end("192.0.2.9:9"), end("192.0.2.1:7"), b"in");
    datagram.hop_limit = Some(61);
    datagram.traffic_class = Some(1);
    datagram.timestamp = Some(Instant::from_micros(5));
    let Net {
        host, sockets, log, ..
    } = &mut net;
    assert_eq!(host.receive(&datagram, sockets, log), Arrival::Shown);
    assert_eq!(net.told(a), ["message in"]);
    let meta = net.log.metas.pop().unwrap();
    assert_eq!(meta, datagram.meta());
    assert_eq!(meta.sender, Some(end("192.0.2.9:9")));
    assert_eq!(meta.local.map(|local| local.ip()), Some(ip("192.0.2.1")));
    assert_eq!((meta.interface, meta.wire_len), (Some(2), Some(2)));
}

#[test]
fn what_cannot_come_from_a_wire_is_dropped() {
    let mut net = Net::new();
    net.udp4("0.0.0.0", 7);
    net.udp6("::", 8);
    for (source, destination) in [
        ("0.0.0.0:9", "192.0.2.1:7"),
        ("127.0.0.1:9", "192.0.2.1:7"),
        ("224.0.0.1:9", "192.0.2.1:7"),
        ("255.255.255.255:9", "192.0.2.1:7"),
        ("192.0.2.255:9", "192.0.2.1:7"),
        ("192.0.2.1:7", "192.0.2.1:7"),
        ("198.51.100.1:9", "192.0.2.1:7"),
        ("192.0.2.9:9", "127.0.0.1:7"),
        ("[::1]:9", "[2001:db8::1]:8"),
        ("[2001:db8::9]:9", "[::1]:8"),
        ("[ff02::1]:9", "[2001:db8::1]:8"),
    ] {
        let before = net.host.drops().martian;
        assert_eq!(net.receive(2, source, destination), Arrival::Dropped);
        assert_eq!(
            net.host.drops().martian,
            before + 1,
            "{source} {destination}"
        );
    }
    for interface in [1, 0, 9] {
        assert_eq!(
            net.receive(interface, "192.0.2.9:9", "192.0.2.1:7"),
            Arrival::Dropped
        );
    }
    assert_eq!(net.run(), vec![]);
}

#[test]
fn what_is_for_others_is_dropped_and_a_closed_port_is_told() {
    let mut net = Net::new();
    net.udp4("0.0.0.0", 7);
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "192.0.2.2:7"),
        Arrival::Dropped
    );
    assert_eq!(net.host.drops().not_ours, 1);
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "192.0.2.1:8"),
        Arrival::NoSocket
    );
    assert_eq!(net.host.drops().no_socket, 1);
    // Any of the host's addresses will do, whichever interface it came in by.
    assert_eq!(net.receive(3, "192.0.2.9:9", "192.0.2.1:7"), Arrival::Shown);
}

#[test]
fn a_host_without_an_address_may_ask_all() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 67);
    for to in ["255.255.255.255:67", "192.0.2.255:67"] {
        assert_eq!(net.receive(2, "0.0.0.0:68", to), Arrival::Shown);
        assert_eq!(net.told(a), ["message in"]);
    }
}

#[test]
fn a_broadcast_reaches_all_sockets_of_the_port() {
    let mut net = Net::new();
    let shared = Options::new(SocketType::Udp4).reuse_address(true);
    net.bound(shared, "0.0.0.0", 7);
    net.bound(shared, "192.0.2.1", 7);
    net.bound(shared, "192.0.2.255", 7);
    net.bound(shared, "0.0.0.0", 7);
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "192.0.2.255:7"),
        Arrival::Shown
    );
    let told = by_socket(net.run());
    assert_eq!(
        told,
        [
            (0, "message in".to_string()),
            (2, "message in".to_string()),
            (3, "message in".to_string())
        ]
    );
    // Of another interface's network.
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "198.51.100.255:7"),
        Arrival::Dropped
    );
}

#[test]
fn a_handler_may_close_or_take_away_whoever_is_next() {
    for is_closed in [true, false] {
        let mut net = Net::new();
        let shared = Options::new(SocketType::Udp4).reuse_address(true);
        let ids: Vec<_> = (0..3).map(|_| net.bound(shared, "0.0.0.0", 7)).collect();
        if is_closed {
            net.log.close = Some(ids[1]);
        } else {
            net.log.remove = Some(ids[1]);
        }
        assert_eq!(
            net.receive(2, "192.0.2.9:9", "192.0.2.255:7"),
            Arrival::Shown
        );
        let mut told = by_socket(net.run());
        told.retain(|(_, line)| line.starts_with("message"));
        assert_eq!(
            told,
            [(0, "message in".to_string()), (2, "message in".to_string())]
        );
    }
}

#[test]
fn only_a_connected_socket_learns_that_its_peer_is_unreachable() {
    let mut net = Net::new();
    let (a, b) = (net.udp4("0.0.0.0", 7), net.udp4("0.0.0.0", 8));
    net.socket(a)
        .connect(Destination::new("192.0.2.9", 9))
        .unwrap();
    assert_eq!(net.told(a), ["connect"]);
    for (local, peer) in [
        ("192.0.2.1:7", "192.0.2.8:9"),
        ("192.0.2.1:7", "192.0.2.9:10"),
        ("192.0.2.1:8", "192.0.2.9:9"),
        ("198.51.100.1:7", "192.0.2.9:9"),
    ] {
        net.host
            .handle_unreachable(end(local), end(peer), Errno::ECONNREFUSED, &mut net.sockets);
        assert_eq!(net.run(), vec![], "{local} {peer}");
    }
    net.host.handle_unreachable(
        end("192.0.2.1:7"),
        end("192.0.2.9:9"),
        Errno::ECONNREFUSED,
        &mut net.sockets,
    );
    assert_eq!(net.run(), [(a, "error recvmsg ECONNREFUSED".to_string())]);
    assert!(net.socket(b).send_queue_count() == 0);
}

//! What datagrams ask for beyond their destinations.

use super::*;
use crate::receive::Metadata;
use crate::send_meta::SendMeta;

/// Sends what asks for something, and says how that ended.
fn send(net: &mut Net, id: SocketId, to: &str, asked: SendMeta) -> String {
    let datagram = Datagram::new("out").to(Destination::new(to, 9)).with(asked);
    net.socket(id).send(datagram).unwrap();
    net.told(id).remove(0)
}

/// A datagram from each family's socket leaves by this interface, from this source, with this hop limit and class.
#[track_caller]
fn leaves(to: &str, asked: SendMeta, left: (u32, &str, u8, u8)) {
    let mut net = Net::new();
    let id = match ip(to) {
        IpAddr::V4(_) => net.udp4("0.0.0.0", 7),
        IpAddr::V6(_) => net.udp6("::", 7),
    };
    assert_eq!(send(&mut net, id, to, asked), "sent 3");
    let sent = net.wire.sent.pop().unwrap();
    let (interface, source, hop_limit, class) = left;
    assert_eq!((sent.interface, sent.source), (interface, end(source)));
    assert_eq!((sent.hop_limit, sent.traffic_class), (hop_limit, class));
}

#[test]
fn a_datagram_leaves_as_it_asks() {
    let none = SendMeta::new();
    let marked = none.with_hop_limit(3).with_ecn(1);
    leaves("192.0.2.9", marked, (2, "192.0.2.1:7", 3, 1));
    let urgent = none.with_dscp(46);
    leaves("192.0.2.9", urgent, (2, "192.0.2.1:7", 64, 0xb8));
    let other = none.with_source(ip("198.51.100.1"));
    leaves("203.0.113.9", other, (2, "198.51.100.1:7", 64, 0));
    let by_other = none.with_interface(3);
    leaves("198.51.100.9", by_other, (3, "198.51.100.1:7", 64, 0));
    leaves("239.1.2.3", by_other, (3, "198.51.100.1:7", 1, 0));
    let far = none.with_hop_limit(9);
    leaves("239.1.2.3", far, (2, "192.0.2.1:7", 9, 0));
    let near = none.with_source(ip("fe80::1"));
    leaves("2001:db8::9", near, (2, "[fe80::1%2]:7", 64, 0));
    let named = none.with_interface(2).with_ecn(2);
    leaves("ff15::1", named, (2, "[2001:db8::1]:7", 1, 2));
    let mapped = none.with_source(ip("::ffff:192.0.2.1"));
    leaves("::ffff:192.0.2.9", mapped, (2, "192.0.2.1:7", 64, 0));
}

#[test]
fn what_cannot_be_fails() {
    let mut net = Net::new();
    let v4 = net.udp4("0.0.0.0", 7);
    let v6 = net.udp6("::", 8);
    let none = SendMeta::new();
    for (id, to, asked, errno) in [
        (v4, "192.0.2.9", none.with_hop_limit(0), "EINVAL"),
        (
            v4,
            "192.0.2.9",
            none.with_source(ip("2001:db8::1")),
            "EINVAL",
        ),
        (v4, "192.0.2.9", none.with_source(ip("192.0.2.7")), "EINVAL"),
        (v4, "192.0.2.9", none.with_source(ip("127.0.0.1")), "EINVAL"),
        (v4, "192.0.2.9", none.with_interface(9), "ENODEV"),
        (v4, "192.0.2.9", none.with_interface(3), "ENETUNREACH"),
        (
            v6,
            "2001:db8::9",
            none.with_source(ip("::ffff:192.0.2.1")),
            "EINVAL",
        ),
        (v6, "fe80::9%2", none.with_interface(3), "EINVAL"),
    ] {
        let told = send(&mut net, id, to, asked);
        assert!(
            told.starts_with(&format!("send {errno} ")),
            "{to} {asked:?}: {told}"
        );
    }
    assert!(net.wire.sent.is_empty());
}

#[test]
fn what_stays_on_the_host_comes_as_it_asked() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 9);
    let asked = SendMeta::new().with_hop_limit(5).with_traffic_class(0x2b);
    let from = asked.with_source(ip("198.51.100.1"));
    assert_eq!(send(&mut net, id, "192.0.2.1", from), "sent 3");
    let meta = net.log.metas.pop().unwrap();
    assert_eq!((meta.hop_limit, meta.traffic_class), (Some(5), Some(0x2b)));
    assert_eq!(meta.sender, Some(end("198.51.100.1:9")));
}

#[test]
fn an_answer_comes_from_where_the_question_went_if_that_is_asked_for() {
    let mut net = Net::new();
    let plain = net.udp4("0.0.0.0", 7);
    let local = Options::new(SocketType::Udp4).metadata(Metadata::NONE.with_local());
    let told = net.bound(local, "0.0.0.0", 8);
    // The question comes to an address of the other interface, by the gateway's.
    for (id, port, source) in [(plain, 7, "192.0.2.1"), (told, 8, "198.51.100.1")] {
        let to = format!("198.51.100.1:{port}");
        assert_eq!(net.receive(2, "203.0.113.9:9", &to), Arrival::Shown);
        let meta = net.log.metas.pop().unwrap();
        net.log.lines.clear();
        net.socket(id)
            .send(Datagram::new("me").reply_to(&meta))
            .unwrap();
        assert_eq!(net.told(id), ["sent 2"]);
        let sent = net.wire.sent.pop().unwrap();
        assert_eq!(
            (sent.interface, sent.source),
            (2, Endpoint::new(ip(source).into(), port))
        );
    }
    // Nothing comes from a broadcast address.
    assert_eq!(
        net.receive(2, "192.0.2.9:9", "192.0.2.255:8"),
        Arrival::Shown
    );
    assert!(!net.log.metas.pop().unwrap().reply_from_local);
}

#[test]
fn no_socket_without_fragments_is_bound_here() {
    let mut net = Net::new();
    let id = net.create(Options::new(SocketType::Udp4).dont_fragment(true));
    net.socket(id).bind(BindOptions::port(7)).unwrap();
    assert_eq!(net.told(id), ["error bind ENOTSUP 0.0.0.0:7"]);
}

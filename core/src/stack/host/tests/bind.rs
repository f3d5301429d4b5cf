//! Binding and connecting.

use super::*;
use crate::output::MulticastInterface;

fn refused(net: &mut Net, options: Options, address: &str) -> Vec<String> {
    let id = net.create(options);
    let at = BindOptions::port(7).address(address);
    net.socket(id).bind(at).unwrap();
    net.told(id)
}

#[test]
fn only_what_is_ones_own_can_be_bound() {
    let udp4 = Options::new(SocketType::Udp4);
    let udp6 = Options::new(SocketType::Udp6);
    for (options, address, error) in [
        (udp4, "203.0.113.9", "EADDRNOTAVAIL"),
        (udp6, "2001:db8::9", "EADDRNOTAVAIL"),
        (udp6, "fe80::1", "EINVAL"),
        (udp6, "fe80::1%3", "EADDRNOTAVAIL"),
        (udp6, "ff02::fb", "EINVAL"),
        (udp6, "fe80::1%9", "ENODEV"),
        (udp4, "::1", "EINVAL"),
        (udp6, "127.0.0.1", "EINVAL"),
        (udp6.ipv6_only(true), "::ffff:127.0.0.1", "EINVAL"),
        (udp4.ipv6_only(true), "0.0.0.0", "EINVAL"),
    ] {
        let mut net = Net::new();
        assert_eq!(
            refused(&mut net, options, address),
            [format!("error bind {error} {address}:7")]
        );
        assert!(!net.host.ports().has(7), "{address}");
    }
    for (options, address) in [
        (udp4, "0.0.0.0"),
        (udp4, "127.3.2.1"),
        (udp4, "192.0.2.1"),
        (udp4, "192.0.2.255"),
        (udp4, "255.255.255.255"),
        (udp4, "239.1.2.3"),
        (udp6, "::1"),
        (udp6, "fe80::1%2"),
        (udp6, "ff02::fb%2"),
        (udp6, "ff05::fb"),
        (udp6, "::ffff:192.0.2.1"),
    ] {
        let mut net = Net::new();
        let id = net.bound(options, address, 7);
        let local = net.socket(id).address().unwrap();
        assert_eq!(
            (local.address, local.port),
            (Address::parse(address).unwrap(), 7)
        );
    }
}

#[test]
fn a_port_is_free_again_after_a_close() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 7);
    let udp4 = Options::new(SocketType::Udp4);
    assert_eq!(
        refused(&mut net, udp4, "0.0.0.0"),
        ["error bind EADDRINUSE 0.0.0.0:7"]
    );
    net.socket(id).close().unwrap();
    assert_eq!(net.told(id), ["close"]);
    assert!(!net.host.ports().has(7));
    net.udp4("192.0.2.1", 7);
}

#[test]
fn descriptors_and_buffer_sizes_are_not_supported() {
    let mut net = Net::new();
    let id = net.create(Options::new(SocketType::Udp4));
    net.socket(id).bind(BindOptions::default().fd(5)).unwrap();
    assert_eq!(net.told(id), ["error open ENOTSUP"]);
    let options = Options::new(SocketType::Udp4).receive_buffer_size(9);
    let id = net.create(options);
    net.socket(id).bind(BindOptions::port(7)).unwrap();
    let told = net.told(id);
    assert_eq!(told.len(), 2);
    assert!(
        told.concat()
            .contains("uv_recv_buffer_size returned ENOTSUP")
    );
    assert_eq!(told[1], "listening");
}

#[test]
fn connecting_chooses_the_address() {
    let mut net = Net::new();
    for (to, local) in [
        ("192.0.2.9", "192.0.2.1"),
        ("198.51.100.9", "198.51.100.1"),
        ("203.0.113.9", "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
    ] {
        let id = net.udp4("0.0.0.0", 7);
        net.socket(id).connect(Destination::new(to, 9)).unwrap();
        assert_eq!(net.told(id), ["connect"], "{to}");
        assert_eq!(
            net.socket(id).address().unwrap().address.ip(),
            ip(local),
            "{to}"
        );
        net.socket(id).disconnect().unwrap();
        assert_eq!(net.run(), vec![]);
        assert_eq!(
            net.socket(id).address().unwrap().address.ip(),
            ip("0.0.0.0")
        );
        net.socket(id).close().unwrap();
        net.run();
    }
}

#[test]
fn the_wildcard_address_is_this_host() {
    let mut net = Net::new();
    for (options, wildcard, loopback) in [
        (SocketType::Udp4, "0.0.0.0", "127.0.0.1"),
        (SocketType::Udp6, "::", "::1"),
    ] {
        let id = net.bound(Options::new(options), wildcard, 7);
        net.socket(id)
            .connect(Destination::new(wildcard, 9))
            .unwrap();
        assert_eq!(net.told(id), ["connect"]);
        let peer = net.socket(id).remote_address().unwrap();
        assert_eq!((peer.address.ip(), peer.port), (ip(loopback), 9));
        assert_eq!(net.socket(id).address().unwrap().address.ip(), ip(loopback));
        net.socket(id).close().unwrap();
        net.run();
    }
}

#[test]
fn connecting_fails_without_a_way_or_a_permission() {
    let mut net = Net::new();
    assert_eq!(
        net.host.interfaces_mut().set_gateway(2, Family::V4, None),
        Ok(())
    );
    let id = net.udp4("0.0.0.0", 7);
    for (to, error) in [
        ("203.0.113.9", "error connect ENETUNREACH 203.0.113.9:9"),
        ("192.0.2.255", "error connect EACCES 192.0.2.255:9"),
    ] {
        net.socket(id).connect(Destination::new(to, 9)).unwrap();
        assert_eq!(net.told(id), [error]);
    }
    net.socket(id).set_broadcast(true).unwrap();
    net.socket(id)
        .connect(Destination::new("192.0.2.255", 9))
        .unwrap();
    assert_eq!(net.told(id), ["connect"]);
}

#[test]
fn a_peer_on_one_link_is_on_a_link_that_somebody_has_said() {
    for (local, peer, is_said) in [
        ("::", "fe80::9", false),
        ("::", "ff02::1234", false),
        ("::", "fe80::9%2", true),
        ("::", "ff02::1234%2", true),
        ("::", "ff15::1234", true),
        ("2001:db8::1", "ff02::1234", false),
        ("fe80::1%2", "fe80::9", true),
        ("fe80::1%2", "ff02::1234", true),
    ] {
        let mut net = Net::new();
        let id = net.udp6(local, 7);
        net.socket(id).connect(Destination::new(peer, 9)).unwrap();
        let error = format!("error connect EINVAL {peer}:9");
        let told = if is_said {
            String::from("connect")
        } else {
            error
        };
        assert_eq!(net.told(id), [told], "{local} {peer}");
    }
    let mut net = Net::new();
    let id = net.udp6("::", 7);
    net.socket(id)
        .set_multicast_interface(MulticastInterface::V6(2))
        .unwrap();
    net.socket(id)
        .connect(Destination::new("ff02::1234", 9))
        .unwrap();
    assert_eq!(net.told(id), ["connect"]);
}

#[test]
fn a_multicast_interface_must_be_there() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 7);
    net.socket(id)
        .set_multicast_interface(MulticastInterface::V4([203, 0, 113, 9].into()))
        .unwrap();
    assert_eq!(net.told(id), ["error setMulticastInterface EADDRNOTAVAIL"]);
    let id = net.udp6("::", 8);
    net.socket(id)
        .set_multicast_interface(MulticastInterface::V6(9))
        .unwrap();
    assert_eq!(net.told(id), ["error setMulticastInterface ENODEV"]);
}

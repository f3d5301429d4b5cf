//! Links and addresses that come and go.

use core::time::Duration;

use anydgram_core::SocketType::Udp4;
use anydgram_core::stack::Cidr;

use crate::lab::{ETH0, Lab, ip};

#[test]
fn a_link_that_is_down_carries_nothing_and_works_again() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    lab.computers[0].stack.set_link_up(ETH0, false);
    lab.computers[0].send(a, b"x", "192.0.2.2", 7);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["send ENETUNREACH 192.0.2.2:7"]);
    lab.computers[1].send(b, b"x", "192.0.2.1", 7);
    lab.settle();
    assert!(lab.computers[0].told(a).is_empty());
    lab.computers[0].stack.set_link_up(ETH0, true);
    lab.pass(Duration::from_secs(5));
    lab.computers[0].send(a, b"y", "192.0.2.2", 7);
    lab.settle();
    assert!(lab.computers[1].told(b).contains(&"message y".to_owned()));
}

#[test]
fn an_address_that_is_gone_is_nobodys_and_comes_back() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    let address = ip("192.0.2.1");
    assert_eq!(lab.computers[0].stack.remove_address(ETH0, address), Ok(()));
    lab.computers[0].send(a, b"x", "192.0.2.2", 7);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["send ENETUNREACH 192.0.2.2:7"]);
    let cidr = Cidr::new(address, 24);
    assert_eq!(lab.computers[0].stack.add_address(ETH0, cidr), Ok(()));
    lab.computers[1].send(b, b"y", "192.0.2.1", 7);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["message y"]);
}

#[test]
fn a_closed_socket_leaves_its_port() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    lab.computers[0].socket(a).close().unwrap();
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["close"]);
    assert!(lab.computers[0].stack.is_idle(&lab.computers[0].sockets));
    lab.computers[1].send(b, b"x", "192.0.2.1", 7);
    lab.settle();
    assert_eq!(lab.computers[0].stack.drops().no_socket, 1);
}

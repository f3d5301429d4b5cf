//! Names and addresses from servers on the network.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use anydgram_core::SocketType::Udp4;
use anydgram_smoltcp::DnsMemory;
use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr};

use crate::lab::{ETH0, Lab, ip};

/// The answer to a DNS query, with one address or none.
fn dns_answer(query: &[u8], address: Option<Ipv4Addr>) -> Vec<u8> {
    let mut answer = query.to_vec();
    // A response, recursion available; no error, or no such name.
    answer[2] = 0x81;
    answer[3] = if address.is_some() { 0x80 } else { 0x83 };
    answer[7] = u8::from(address.is_some());
    if let Some(address) = address {
        // The name of the question, A, IN, a minute.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

#[test]
fn a_name_is_asked_of_the_server() {
    for (address, told) in [
        (Some(Ipv4Addr::new(192, 0, 2, 2)), "sent 5"),
        (None, "getaddrinfo ENOTFOUND printer.example"),
    ] {
        let (mut lab, a, b) = Lab::pair(Udp4);
        let server = lab.computers[1].bound(Udp4, 53);
        let memory: &'static mut DnsMemory = Box::leak(Box::default());
        let used = lab.computers[0]
            .stack
            .use_dns(ETH0, &[ip("192.0.2.2")], memory);
        assert_eq!(used, Ok(()));
        lab.computers[0].send(a, b"hello", "printer.example", 7);
        lab.settle();
        let query = lab.computers[1].log.bytes.pop().unwrap();
        assert!(query.windows(9).any(|part| part == b"\x07printer\x07"));
        let asker = lab.computers[1].log.metas.pop().unwrap().sender.unwrap();
        let answer = dns_answer(&query, address);
        let host = asker.address.to_string();
        lab.computers[1].send(server, &answer, &host, asker.port);
        lab.pass(Duration::from_secs(1));
        assert_eq!(lab.computers[0].told(a), [told]);
        let heard = lab.computers[1].told(b);
        assert_eq!(heard.len(), usize::from(address.is_some()));
    }
}

#[test]
fn a_name_without_an_answer_fails_in_the_end() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    let memory: &'static mut DnsMemory = Box::leak(Box::default());
    let used = lab.computers[0]
        .stack
        .use_dns(ETH0, &[ip("192.0.2.2")], memory);
    assert_eq!(used, Ok(()));
    for _ in 0..5 {
        lab.computers[0].send(a, b"x", "printer.example", 7);
    }
    lab.pass(Duration::from_secs(60));
    let told = lab.computers[0].told(a);
    // One more than there is room for is not asked at all.
    let busy = "getaddrinfo EAI_AGAIN printer.example";
    assert_eq!(told.iter().filter(|line| *line == busy).count(), 1);
    assert_eq!(told.len(), 5);
}

/// What a DHCP server says to a message of a client.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "it answers two kinds of messages"
)]
fn dhcp_answer(message: &[u8]) -> Option<Vec<u8>> {
    let packet = DhcpPacket::new_checked(message).ok()?;
    let asked = DhcpRepr::parse(&packet).ok()?;
    let message_type = match asked.message_type {
        DhcpMessageType::Discover => DhcpMessageType::Offer,
        DhcpMessageType::Request => DhcpMessageType::Ack,
        _ => return None,
    };
    let answer = DhcpRepr {
        message_type,
        your_ip: Ipv4Addr::new(192, 0, 2, 77),
        server_ip: Ipv4Addr::new(192, 0, 2, 2),
        server_identifier: Some(Ipv4Addr::new(192, 0, 2, 2)),
        router: Some(Ipv4Addr::new(192, 0, 2, 2)),
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        lease_duration: Some(600),
        requested_ip: None,
        client_identifier: None,
        parameter_request_list: None,
        max_size: None,
        dns_servers: None,
        ..asked
    };
    let mut bytes = vec![0; answer.buffer_len()];
    answer
        .emit(&mut DhcpPacket::new_unchecked(&mut bytes))
        .ok()?;
    Some(bytes)
}

#[test]
fn an_address_is_leased() {
    let mut lab = Lab::new(2);
    let (client, server) = (0, 1);
    let old = ip("192.0.2.1");
    assert_eq!(
        lab.computers[client].stack.remove_address(ETH0, old),
        Ok(())
    );
    assert_eq!(lab.computers[client].stack.use_dhcp(ETH0), Ok(()));
    let socket = lab.computers[server].bound(Udp4, 67);
    lab.settle();
    lab.computers[server]
        .socket(socket)
        .set_broadcast(true)
        .unwrap();
    for _ in 0..20 {
        lab.pass(Duration::from_secs(1));
        for message in core::mem::take(&mut lab.computers[server].log.bytes) {
            if let Some(answer) = dhcp_answer(&message) {
                lab.computers[server].send(socket, &answer, "255.255.255.255", 68);
            }
        }
    }
    let leased: IpAddr = ip("192.0.2.77");
    let interfaces = lab.computers[client].stack.interfaces();
    assert!(
        interfaces
            .addresses(ETH0)
            .any(|cidr| cidr.address() == leased)
    );
    // And it is used, with the gateway.
    let id = lab.computers[client].bound(Udp4, 7);
    lab.computers[client].send(id, b"x", "203.0.113.9", 9);
    lab.settle();
    assert_eq!(lab.computers[client].told(id), ["listening", "sent 1"]);
}

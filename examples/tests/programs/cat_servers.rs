//! dgramcat on a userspace stack that asks servers for names and addresses.

use core::net::Ipv4Addr;
use std::net::UdpSocket;
use std::thread;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Packet, ResourceRecord};
use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr};

use crate::cat_messages::{cat, events};
use crate::tap::Direction::{ToKernel, ToStack};
use crate::tap::{SET_UP, SETTLE, heard, shell, with_taps};

const KERNEL: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// Answers what a socket receives, until a packet makes no sense.
fn serve(server: UdpSocket, to: Option<&'static str>, answer: fn(&[u8]) -> Option<Vec<u8>>) {
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((len, client)) = server.recv_from(&mut buffer)
            && let Some(answer) = answer(&buffer[..len])
        {
            match to {
                Some(to) => server.send_to(&answer, to).unwrap(),
                None => server.send_to(&answer, client).unwrap(),
            };
        }
    });
}

/// The kernel's address, for whatever name.
fn dns_answer(question: &[u8]) -> Option<Vec<u8>> {
    let packet = Packet::parse(question).ok()?;
    let name = packet.questions.first()?.qname.clone();
    let mut answer = packet.into_reply();
    let address = RData::A(KERNEL.into());
    let record = ResourceRecord::new(name, CLASS::IN, 60, address);
    answer.answers.push(record);
    answer.build_bytes_vec().ok()
}

/// What a DHCP server says that also names a name server.
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
        your_ip: Ipv4Addr::new(203, 0, 113, 77),
        server_ip: KERNEL,
        server_identifier: Some(KERNEL),
        router: Some(KERNEL),
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        lease_duration: Some(600),
        requested_ip: None,
        client_identifier: None,
        parameter_request_list: None,
        max_size: None,
        dns_servers: Some([KERNEL].into_iter().collect()),
        ..asked
    };
    let mut bytes = vec![0; answer.buffer_len()];
    let mut packet = DhcpPacket::new_unchecked(&mut bytes);
    answer.emit(&mut packet).ok()?;
    Some(bytes)
}

#[test]
fn a_name_server_is_asked() {
    with_taps(|| {
        shell(SET_UP);
        serve(UdpSocket::bind((KERNEL, 53)).unwrap(), None, dns_answer);
        let (running, port) = ToKernel.listen("--count 1");
        ToKernel.send(&format!("--dns {KERNEL} send kernel.example {port} x"));
        assert_eq!(heard(&events(&running.end())), [("203.0.113.2", "x")]);
    });
}

#[test]
fn an_address_and_a_name_server_come_by_dhcp() {
    with_taps(|| {
        shell(SET_UP);
        shell("ip route replace 255.255.255.255/32 dev tap0");
        let server = UdpSocket::bind("0.0.0.0:67").unwrap();
        server.set_broadcast(true).unwrap();
        serve(server, Some("255.255.255.255:68"), dhcp_answer);
        serve(UdpSocket::bind((KERNEL, 53)).unwrap(), None, dns_answer);
        let leased = "dgramcat: tap0 has 203.0.113.77/24 by DHCP\n";
        let with_dhcp = "--backend smoltcp --tap tap0 --dhcp --json";

        let mut listener = cat(&format!("{with_dhcp} listen 0 --count 1 --timeout 10"));
        let port = listener.json()["port"].clone();
        shell(SETTLE);
        ToStack.send(&format!("send 203.0.113.77 {port} x"));
        let ended = listener.end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), leased));
        assert_eq!(heard(&events(&ended)), [("203.0.113.1", "x")]);

        let (running, port) = ToKernel.listen("--count 1");
        let ended = cat(&format!("{with_dhcp} send kernel.example {port} x")).end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), leased));
        assert_eq!(heard(&events(&running.end())), [("203.0.113.77", "x")]);
    });
}

#[test]
fn without_a_dhcp_server_it_is_said_what_to_do() {
    with_taps(|| {
        shell(SET_UP);
        let ended = cat("--backend smoltcp --tap tap0 --dhcp listen 0").end();
        let text = "no DHCP server has answered on tap0 in 10s: start one there, or use --address";
        assert_eq!(ended.code, Some(1));
        assert_eq!(ended.err, format!("dgramcat: {text}\n"));
    });
}

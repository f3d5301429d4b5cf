//! Host names, and a server that knows one.

use anydgram_core::{BindOptions, Datagram, Destination, SocketType};
use anydgram_embassy::{Event, Socket};

use crate::lab::{Computer, Lab, config, leaked};

/// Answers every question for `printer.lan` with an address of the family that was asked for.
async fn serve(socket: &Socket<'_>) {
    let mut query = [0; 512];
    loop {
        let (length, meta) = socket.recv_from(&mut query).await.unwrap();
        let question = &query[12..length];
        let (name, kind) = question.split_at(question.len() - 4);
        let mut answer = [&query[..2], &[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], question].concat();
        let address: &[u8] = match kind[1] {
            1 => &[192, 0, 2, 1],
            _ => &[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        };
        if name == b"\x07printer\x03lan\0" {
            answer[7] = 1;
            answer.extend([0xc0, 12, 0, kind[1], 0, 1, 0, 0, 0, 60, 0]);
            answer.push(u8::try_from(address.len()).unwrap());
            answer.extend(address);
        } else {
            answer[3] |= 3;
        }
        socket
            .send_to(&answer[..], meta.sender.unwrap())
            .await
            .unwrap();
    }
}

/// A lab with a server, and a computer that asks it.
pub(crate) fn lab() -> (Lab, Computer) {
    let mut lab = Lab::new();
    let [server, client] = [1, 2].map(|number| lab.computer(number));
    let socket = &*leaked(server.bound(&mut lab, SocketType::Udp4, 53));
    lab.spawn(serve(socket));
    let embassy_net::ConfigV4::Static(mut with_server) = config(2).ipv4 else {
        panic!("it is static");
    };
    with_server.dns_servers.push([192, 0, 2, 1].into()).unwrap();
    client
        .stack
        .set_config_v4(embassy_net::ConfigV4::Static(with_server));
    (lab, client)
}

#[test]
fn a_datagram_goes_to_a_name() {
    let (mut lab, client) = lab();
    let socket = client.bound(&mut lab, SocketType::Udp4, 0);
    let to = Destination::new("printer.lan", 9);
    assert_eq!(lab.wait(socket.send_to("named", to)), Ok(5));
    let to = Destination::new("nobody.lan", 9);
    let failed = lab.wait(socket.send_to("named", to)).unwrap_err();
    assert_eq!(failed.to_string(), "getaddrinfo ENOTFOUND nobody.lan");
    lab.wait(socket.connect(("printer.lan", 53))).unwrap();
    let peer = socket.remote_address().unwrap();
    assert_eq!(peer.address.ip().to_string(), "192.0.2.1");
    let other = client.socket(SocketType::Udp4);
    let refused = lab.wait(other.bind(BindOptions::port(9).address("printer.lan")));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "bind EADDRNOTAVAIL 192.0.2.1:9"
    );
}

#[test]
fn a_queued_datagram_goes_to_a_name_when_it_is_known() {
    let (mut lab, client) = lab();
    let socket = client.bound(&mut lab, SocketType::Udp4, 7);
    assert_eq!(lab.wait(socket.next_event()), Some(Event::Listening));
    lab.pass(600);
    lab.seen();
    for name in ["printer.lan", "printer.lan", "printer.lan", "nobody.lan"] {
        let datagram = Datagram::new("queued").to(Destination::new(name, 9));
        assert_eq!(socket.queue(datagram), Ok(()));
    }
    lab.settle();
    let ours = lab.seen();
    let ours = ours
        .iter()
        .filter(|frame| frame.get(36..38) == Some(&[0, 9]));
    assert_eq!(ours.count(), 2, "there is room for two questions");
    let told = [(); 2].map(|()| match lab.wait(socket.next_event()) {
        Some(Event::Error(error)) => error.to_string(),
        _ => "no error".to_owned(),
    });
    assert_eq!(told, ["getaddrinfo EAI_AGAIN", "getaddrinfo EAI_AGAIN"]);
}

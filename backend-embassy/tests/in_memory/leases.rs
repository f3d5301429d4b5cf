//! Addresses by DHCP, and a server that leases one.

use anydgram_core::{Destination, SocketType};
use anydgram_embassy::Socket;
use embassy_net::ConfigV4;

use crate::lab::{Lab, leaked};

/// Leases 192.0.2.50 for an hour to everybody who asks (RFC 2131 § 4.3).
async fn serve(socket: &Socket<'_>) {
    let mut question = [0; 1024];
    loop {
        let (length, _) = socket.recv_from(&mut question).await.unwrap();
        let asked = &question[..length];
        let kind = option(asked, 53).map(|value| value[0]);
        let mut answer = asked[..236].to_vec();
        answer[0] = 2;
        answer[16..20].copy_from_slice(&[192, 0, 2, 50]);
        answer.extend([0x63, 0x82, 0x53, 0x63]);
        // An offer for a discovery, an acknowledgement for a request.
        answer.extend([53, 1, if kind == Some(1) { 2 } else { 5 }]);
        answer.extend([54, 4, 192, 0, 2, 1, 51, 4, 0, 0, 0x0e, 0x10]);
        answer.extend([1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 1, 255]);
        let all = Destination::new("255.255.255.255", 68);
        socket.send_to(&answer[..], all).await.unwrap();
    }
}

/// The value of an option (RFC 2132 § 2).
fn option(message: &[u8], wanted: u8) -> Option<&[u8]> {
    let mut rest = message.get(240..)?;
    while let [code, len, behind @ ..] = rest {
        let (value, tail) = behind.split_at_checked((*len).into())?;
        if *code == wanted {
            return Some(value);
        }
        rest = tail;
    }
    None
}

#[test]
fn a_leased_address_is_taken_over_at_once() {
    let mut lab = Lab::new();
    let [server, client] = [1, 2].map(|number| lab.computer(number));
    let socket = &*leaked(server.bound(&mut lab, SocketType::Udp4, 67));
    socket.set_broadcast(true).unwrap();
    lab.spawn(serve(socket));
    let other = server.bound(&mut lab, SocketType::Udp4, 7);
    let ours = client.bound(&mut lab, SocketType::Udp4, 7);
    client.stack.set_config_v4(ConfigV4::None);
    lab.pass(600);
    let to = Destination::new("192.0.2.1", 7);
    let nowhere = lab.wait(ours.send_to("x", to)).unwrap_err();
    assert_eq!(nowhere.code(), "ENETUNREACH");

    client
        .stack
        .set_config_v4(ConfigV4::Dhcp(embassy_net::DhcpConfig::default()));
    lab.wake();
    lab.settle();
    assert!(client.stack.config_v4().is_some(), "the lease");
    assert_eq!(lab.wait_for(0, ours.send_to("leased", to)), Some(Ok(6)));
    let mut buffer = [0; 16];
    let (_, meta) = lab.wait(other.recv_from(&mut buffer)).unwrap();
    let sender = meta.sender.unwrap();
    assert_eq!(sender.address.ip().to_string(), "192.0.2.50");
    assert_eq!(lab.wait(other.send_to("answer", sender)), Ok(6));
    assert_eq!(lab.wait(ours.recv_from(&mut buffer)).unwrap().0, 6);

    // It is asked for again, by a host that has an address, when half of the time is over.
    lab.seen();
    lab.pass(1_900_000);
    let frames = lab.seen();
    let requests = frames
        .iter()
        .filter(|frame| frame.get(36..38) == Some(&[0, 67]));
    assert!(requests.count() >= 1);
    assert!(client.stack.config_v4().is_some(), "it was renewed");
}

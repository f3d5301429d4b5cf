//! Datagrams between hosts.

use anydgram_core::{Destination, Options, SocketType};

use crate::lab::Lab;

#[test]
fn two_hosts_talk() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    for (socket_type, to) in [
        (SocketType::Udp4, "192.0.2.2"),
        (SocketType::Udp6, "fe80::2%eth0"),
    ] {
        let one = a.bound(&mut lab, socket_type, 7);
        let other = b.bound(&mut lab, socket_type, 7);
        let sent = lab.wait(one.send_to("hello", Destination::new(to, 7)));
        assert_eq!(sent, Ok(5));
        let mut buffer = [0; 16];
        let (length, meta) = lab.wait(other.recv_from(&mut buffer)).unwrap();
        assert_eq!(&buffer[..length], b"hello");
        assert_eq!(meta.wire_len, Some(5));
        assert_eq!(meta.hop_limit, Some(64));
        assert_eq!(
            meta.local.map(|local| local.ip().to_string()),
            Some(to.replace("%eth0", ""))
        );
        let answer = other.send_to("a longer answer", meta.sender.unwrap());
        assert_eq!(lab.wait(answer), Ok(15));
        let (length, _) = lab.wait(one.recv_from(&mut buffer[..4])).unwrap();
        assert_eq!(length, 15, "the full length");
        assert_eq!(&buffer[..4], b"a lo");
    }
}

#[test]
fn a_host_on_smoltcp_is_a_host_like_any() {
    let mut lab = Lab::new();
    let ours = lab.computer(1);
    let theirs = lab.smoltcp_computer(2);
    for (socket_type, [to, back]) in [
        (SocketType::Udp4, ["192.0.2.2", "192.0.2.1"]),
        (SocketType::Udp6, ["fe80::2%eth0", "fe80::1%2"]),
    ] {
        let socket = ours.bound(&mut lab, socket_type, 7);
        let id = theirs.borrow_mut().bound(socket_type, 7);
        lab.wake();
        assert_eq!(
            lab.wait(socket.send_to("ping", Destination::new(to, 7))),
            Ok(4)
        );
        lab.settle();
        assert_eq!(theirs.borrow_mut().told(id), ["listening", "message ping"]);
        theirs.borrow_mut().send(id, b"pong", back, 7);
        lab.wake();
        let mut buffer = [0; 16];
        let (length, _) = lab.wait(socket.recv_from(&mut buffer)).unwrap();
        assert_eq!(&buffer[..length], b"pong");
    }
}

#[test]
fn datagrams_of_every_length_arrive() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let mut buffer = vec![0; 4096];
    for length in [0_usize, 1, 2, 1471, 1472, 1473, 4000] {
        let data: Vec<u8> = (0..length).map(|at| (at % 251).to_le_bytes()[0]).collect();
        let sent = lab.wait(one.send_to(&data[..], Destination::new("192.0.2.2", 7)));
        assert_eq!(sent, Ok(length));
        let (received, _) = lab.wait(other.recv_from(&mut buffer)).unwrap();
        assert_eq!(&buffer[..received], data, "{length}");
    }
}

#[test]
fn a_connected_socket_hears_its_peer_only() {
    let mut lab = Lab::new();
    let [a, b, c] = [1, 2, 3].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let [peer, other] = [&b, &c].map(|computer| computer.bound(&mut lab, SocketType::Udp4, 7));
    let to = Destination::new("192.0.2.2", 7);
    assert_eq!(lab.wait(one.connect(to)), Ok(()));
    assert_eq!(one.remote_address().unwrap().port, 7);
    for socket in [&other, &peer] {
        let sent = lab.wait(socket.send_to("hello", Destination::new("192.0.2.1", 7)));
        assert_eq!(sent, Ok(5));
    }
    lab.pass(10);
    let mut buffer = [0; 16];
    let (_, meta) = one.try_recv_from(&mut buffer).unwrap();
    assert_eq!(
        meta.sender.map(|sender| sender.address.ip()),
        Some([192, 0, 2, 2].into())
    );
    let nothing = one.try_recv_from(&mut buffer).unwrap_err();
    assert_eq!(nothing.to_string(), "recvmsg EAGAIN");
    assert_eq!(lab.wait(one.send("to the peer")), Ok(11));
    lab.settle();
    assert_eq!(
        peer.try_recv_from(&mut buffer).map(|(length, _)| length),
        Ok(11)
    );
    assert_eq!(one.disconnect(), Ok(()));
    let refused = lab.wait(one.send("to nobody")).unwrap_err();
    assert_eq!(refused.code(), "ERR_SOCKET_BAD_PORT");
}

#[test]
fn datagrams_to_this_host_stay_here() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = a.bound(&mut lab, SocketType::Udp4, 8);
    for to in ["127.0.0.1", "192.0.2.1", "localhost"] {
        assert_eq!(
            lab.wait(one.send_to("here", Destination::new(to, 8))),
            Ok(4)
        );
        let mut buffer = [0; 16];
        assert_eq!(lab.wait(other.recv_from(&mut buffer)).unwrap().0, 4);
    }
    assert_eq!(lab.seen(), [[0_u8; 0]; 0]);
}

#[test]
fn a_broadcast_reaches_all_sockets_of_its_port() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let sender = a.bound(&mut lab, SocketType::Udp4, 7);
    let listeners = [0, 1].map(|_| {
        let options = Options::new(SocketType::Udp4).reuse_address(true);
        let socket = b.host.socket(options).unwrap();
        lab.wait(socket.bind(9)).unwrap();
        socket
    });
    let to = Destination::new("192.0.2.255", 9);
    let refused = lab.wait(sender.send_to("all", to)).unwrap_err();
    assert_eq!(refused.to_string(), "send EACCES 192.0.2.255:9");
    assert_eq!(sender.set_broadcast(true), Ok(()));
    assert_eq!(lab.wait(sender.send_to("all", to)), Ok(3));
    lab.settle();
    for listener in &listeners {
        let mut buffer = [0; 16];
        assert_eq!(
            listener
                .try_recv_from(&mut buffer)
                .map(|(length, _)| length),
            Ok(3)
        );
    }
}

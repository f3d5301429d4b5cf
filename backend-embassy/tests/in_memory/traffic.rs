//! Datagrams between hosts.

use anydgram_core::{Destination, SocketType};

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
            meta.local.map(|local| local.ip.to_string()),
            Some(to.replace("%eth0", ""))
        );
        let answer = other.send_to("a longer answer", meta.sender.unwrap());
        assert_eq!(lab.wait(answer), Ok(15));
        let (length, _) = lab.wait(one.recv_from(&mut buffer[..4])).unwrap();
        assert_eq!(length, 15, "the full length");
        assert_eq!(&buffer[..4], b"a lo");
    }
}

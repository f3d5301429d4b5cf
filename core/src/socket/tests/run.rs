//! Several datagrams that leave at once.

use super::*;
use crate::Rule;

/// The payloads that are lent, as texts, of which `taken` leave.
fn run(socket: &mut Socket<'_>, taken: usize) -> Vec<String> {
    let mut lent = Vec::new();
    let sent = socket.transmit_run(|waiting| {
        lent.extend(waiting.map(|transmit| {
            let Payload::Slice(bytes) = transmit.payload else {
                panic!("what is queued is in one piece");
            };
            String::from_utf8(bytes.to_vec()).unwrap()
        }));
        taken.min(lent.len())
    });
    assert_eq!(sent, taken.min(lent.len()));
    lent
}

#[test]
fn what_was_taken_has_been_sent_and_the_rest_is_lent_again() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let tokens = ["a", "b", "c"].map(|text| socket.send(hello(text)).unwrap());
    socket.send(hello("d").unreported()).unwrap();
    assert_eq!(run(&mut socket, 2), ["a", "b", "c", "d"]);
    let sent = |index: usize| format!("sent {}: 1", tokens[index].0);
    assert_eq!(events(&mut socket), [sent(0), sent(1)]);
    assert_eq!((socket.send_queue_count(), socket.stats().sent), (2, 2));
    assert_eq!(run(&mut socket, 0), ["c", "d"]);
    assert_eq!(run(&mut socket, 9), ["c", "d"]);
    assert_eq!(events(&mut socket), [sent(2)]);
    assert_eq!((socket.send_queue_count(), socket.stats().sent), (0, 4));
    assert_eq!(run(&mut socket, 9), [""; 0]);
}

#[test]
fn nothing_is_lent_that_may_not_leave() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.send(hello("unbound")).unwrap();
    assert_eq!(run(&mut socket, 9), [""; 0]);
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.send(hello("before")).unwrap();
    let elsewhere = Destination::new(Family::V6.loopback(), 9);
    socket
        .send(Datagram::new("other family").to(elsewhere))
        .unwrap();
    socket.send(hello("behind")).unwrap();
    assert_eq!(run(&mut socket, 9), ["before"]);
    // The one that cannot leave ends on the other way.
    assert_eq!(run(&mut socket, 9), [""; 0]);
    let next = socket.transmit_next(|_| Transmitted::Sent);
    assert_eq!(next, Some(Transmitted::Sent));
    assert_eq!((socket.stats().sent, socket.stats().failed), (2, 1));
    // With rules each datagram is looked at.
    let rule = Rule::address(Family::V4.loopback().ip);
    socket.block_sending(rule).unwrap();
    socket.send(hello("ruled")).unwrap();
    assert_eq!(run(&mut socket, 9), [""; 0]);
}

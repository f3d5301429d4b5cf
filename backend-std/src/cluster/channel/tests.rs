//! Messages and descriptors from one end to the other.

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream as Blocking;

use super::*;

fn pair() -> (Channel, Channel) {
    let (one, other) = UnixStream::pair().unwrap();
    (Channel::new(one), Channel::new(other))
}

/// A channel, and the bare socket at its other end.
fn bare() -> (Channel, Blocking) {
    let (one, other) = Blocking::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    other
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    (Channel::new(UnixStream::from_std(one)), other)
}

#[test]
fn messages_come_in_order_and_with_their_own_descriptor() {
    let (mut one, mut other) = pair();
    let (mut reader, writer) = io::pipe().unwrap();
    one.send([1; FRAME], None).unwrap();
    one.send([2; FRAME], Some(writer.into())).unwrap();
    one.send([3; FRAME], None).unwrap();
    let first = other.receive().unwrap().unwrap();
    assert_eq!(
        (first.frame, first.descriptor.is_some()),
        ([1; FRAME], false)
    );
    let second = other.receive().unwrap().unwrap();
    assert_eq!(second.frame, [2; FRAME]);
    let mut writer = std::fs::File::from(second.descriptor.unwrap());
    writer.write_all(b"through").unwrap();
    drop(writer);
    let mut text = String::new();
    // It ends: nobody else has the writing end any more.
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "through");
    let third = other.receive().unwrap().unwrap();
    assert_eq!(
        (third.frame, third.descriptor.is_some()),
        ([3; FRAME], false)
    );
    assert!(other.receive().unwrap().is_none());
}

#[test]
fn what_was_sent_before_the_end_is_received_before_the_end() {
    let (mut one, mut other) = pair();
    one.send([1; FRAME], None).unwrap();
    drop(one);
    assert_eq!(other.receive().unwrap().unwrap().frame, [1; FRAME]);
    let end = other.receive().unwrap_err();
    assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
    let broken = other.send([1; FRAME], None).unwrap_err();
    assert_eq!(broken.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_message_in_pieces_is_one() {
    let (mut channel, mut other) = bare();
    for piece in [5; FRAME].chunks(7) {
        assert!(channel.receive().unwrap().is_none());
        other.write_all(piece).unwrap();
    }
    assert_eq!(channel.receive().unwrap().unwrap().frame, [5; FRAME]);
}

#[test]
fn half_a_message_at_the_end_is_none() {
    let (mut channel, mut other) = bare();
    other.write_all(&[5; FRAME - 1]).unwrap();
    drop(other);
    assert!(channel.receive().is_err());
}

#[test]
fn what_there_is_no_room_for_waits_in_order() {
    let (mut channel, mut other) = bare();
    let mut sent = 0;
    while !channel.is_blocked() {
        channel.send([sent; FRAME], None).unwrap();
        sent = sent.wrapping_add(1);
    }
    channel.send([sent; FRAME], None).unwrap();
    let last = sent;
    let mut next = 0;
    let mut frame = [0; FRAME];
    while channel.is_blocked() || frame != [last; FRAME] || next != last.wrapping_add(1) {
        other.read_exact(&mut frame).unwrap();
        assert_eq!(frame, [next; FRAME]);
        next = next.wrapping_add(1);
        channel.flush().unwrap();
    }
}

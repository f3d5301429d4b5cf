//! Credentials and descriptors, and that no descriptor stays open that nobody has taken.

use std::fs::File;
use std::io::{Read as _, Write as _, pipe};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt as _;

use super::*;

/// Whether the pipe is at its end, which it is when all of its other ends are closed. Waits for that.
fn is_closed(mut end: impl std::io::Read) -> bool {
    let mut buffer = [0; 1];
    end.read(&mut buffer).expect("a pipe can be read") == 0
}

/// Two sockets, with the second one's path.
fn pair(lab: &Lab) -> (UnixSocket, UnixSocket, String) {
    let (sender, receiver) = (lab.socket("sender"), lab.socket("receiver"));
    let path = lab.text("receiver");
    receiver.bind(path.as_str()).unwrap();
    assert_eq!(lab.happened(1), ["receiver listening"]);
    (sender, receiver, path)
}

/// The descriptors of a datagram, and whether there were more.
type Brought = (Vec<OwnedFd>, bool);

/// Has `receiver` keep the descriptors of each datagram, with whether there were more.
fn collected(receiver: &UnixSocket) -> Rc<RefCell<Vec<Brought>>> {
    let all: Rc<RefCell<Vec<_>>> = Rc::default();
    let taken = Rc::clone(&all);
    receiver.on_message_with(move |_, _, ancillary| {
        let descriptors = ancillary.take_descriptors();
        assert!(ancillary.take_descriptors().is_empty(), "once");
        taken
            .borrow_mut()
            .push((descriptors, ancillary.is_truncated()));
    });
    all
}

fn is_close_on_exec(descriptor: RawFd) -> bool {
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")).unwrap();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
    flags & 0o2_000_000 != 0
}

#[test]
fn a_descriptor_goes_to_another_socket() {
    let lab = Lab::new();
    let (sender, receiver, path) = pair(&lab);
    receiver.receive_descriptors(1).unwrap();
    let got = collected(&receiver);
    let (mut reader, writer) = pipe().unwrap();
    let datagram = UnixDatagram::new("take it").to(path.as_str());
    sender
        .send_descriptors(datagram, &[writer.as_fd()])
        .unwrap();
    drop(writer);
    assert_eq!(lab.happened(1), ["receiver message take it from "]);
    let (mut descriptors, is_truncated) = got.take().remove(0);
    assert!(!is_truncated && is_close_on_exec(descriptors[0].as_raw_fd()));
    let mut writer = File::from(descriptors.remove(0));
    assert!(descriptors.is_empty());
    writer.write_all(b"x").unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "x");
}

#[test]
fn descriptors_that_nobody_asked_for_or_took_are_closed() {
    let lab = Lab::new();
    let (sender, receiver, path) = pair(&lab);
    let datagram = UnixDatagram::new("x").to(path.as_str());
    // 0 is the default; with 3, the listener does not take them.
    for most in [0, 3] {
        receiver.receive_descriptors(most).unwrap();
        let (reader, writer) = pipe().unwrap();
        let descriptors = [writer.as_fd(); 3];
        sender.send_descriptors(datagram, &descriptors).unwrap();
        drop(writer);
        assert_eq!(lab.happened(1), ["receiver message x from "]);
        assert!(is_closed(reader), "{most}");
    }
}

#[test]
fn no_more_descriptors_come_than_were_asked_for() {
    let lab = Lab::new();
    let (sender, receiver, path) = pair(&lab);
    let got = collected(&receiver);
    for (most, sent, expected) in [
        (1, 2, 1),
        (2, 5, 2),
        (3, 3, 3),
        (253, 253, 253),
        (252, 253, 252),
    ] {
        receiver.receive_descriptors(most).unwrap();
        let (reader, writer) = pipe().unwrap();
        let descriptors: Vec<BorrowedFd<'_>> = vec![writer.as_fd(); sent];
        let datagram = UnixDatagram::new("x").to(path.as_str());
        sender.send_descriptors(datagram, &descriptors).unwrap();
        drop(writer);
        lab.happened(1);
        let (descriptors, is_truncated) = got.take().remove(0);
        assert_eq!(
            (descriptors.len(), is_truncated),
            (expected, expected < sent)
        );
        drop(descriptors);
        assert!(is_closed(reader), "{most} of {sent}");
    }
}

#[test]
fn credentials_are_told_when_they_were_asked_for() {
    let lab = Lab::new();
    let (sender, receiver, path) = pair(&lab);
    let told = Rc::new(RefCell::new(Vec::new()));
    let all = Rc::clone(&told);
    receiver.on_message_with(move |_, _, ancillary| {
        all.borrow_mut()
            .push((ancillary.credentials(), ancillary.take_descriptors().len()));
    });
    let datagram = UnixDatagram::new("x").to(path.as_str());
    sender.send(datagram).unwrap();
    lab.happened(1);
    receiver.pass_credentials(true).unwrap();
    sender.send(datagram).unwrap();
    lab.happened(1);
    receiver.receive_descriptors(1).unwrap();
    let (_reader, writer) = pipe().unwrap();
    sender
        .send_descriptors(datagram, &[writer.as_fd()])
        .unwrap();
    lab.happened(1);
    let own = std::fs::metadata(lab.path("receiver")).unwrap();
    let credentials = UnixCredentials {
        pid: i32::try_from(std::process::id()).unwrap(),
        uid: own.uid(),
        gid: own.gid(),
    };
    let expected = [(None, 0), (Some(credentials), 0), (Some(credentials), 1)];
    assert_eq!(*told.borrow(), expected);
}

#[test]
fn a_datagram_with_descriptors_never_waits() {
    let lab = Lab::new();
    let (sender, _receiver, path) = pair(&lab);
    let (_reader, writer) = pipe().unwrap();
    let datagram = UnixDatagram::new("x").to(path.as_str());
    let code = |datagram, descriptors: &[BorrowedFd<'_>]| {
        let error = sender.send_descriptors(datagram, descriptors).unwrap_err();
        error.to_string().replace(&lab.text(""), "")
    };
    assert_eq!(code(datagram, &[]), "send EINVAL receiver");
    assert_eq!(
        code(datagram, &[writer.as_fd(); 254]),
        "send EINVAL receiver"
    );
    // Behind a bind.
    sender.bind(lab.text("sender").as_str()).unwrap();
    assert_eq!(code(datagram, &[writer.as_fd()]), "send EAGAIN receiver");
    assert_eq!(lab.happened(1), ["sender listening"]);
    assert_eq!(sender.send_queue_count(), 0);
    // A full peer.
    let mut sent = 0_u32;
    while sender.send_descriptors(datagram, &[writer.as_fd()]).is_ok() {
        sent += 1;
        assert!(sent < 1_000_000, "the system takes everything");
    }
    assert_eq!(code(datagram, &[writer.as_fd()]), "send EAGAIN receiver");
    sender.close().unwrap();
    assert_eq!(code(datagram, &[writer.as_fd()]), "Not running");
    assert_eq!(
        sender.pass_credentials(true).unwrap_err().to_string(),
        "Not running"
    );
}

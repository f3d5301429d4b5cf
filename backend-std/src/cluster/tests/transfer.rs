//! Sockets that go from one process to another.

use std::io::Write as _;

use super::*;
use crate::BindState;

/// A channel whose ends do not block.
fn pair() -> (Blocking, Blocking) {
    let (here, there) = Blocking::pair().unwrap();
    there.set_nonblocking(true).unwrap();
    (here, there)
}

#[test]
fn a_socket_that_was_sent_is_the_same_socket() {
    let (here, there) = pair();
    let event_loop = EventLoop::new().unwrap();
    let other_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp6).unwrap();
    let address = socket.bind_sync(("::1", 0)).unwrap();
    send_socket(&here, &socket).unwrap();
    let twin = other_loop.adopt(receive_socket(&there).unwrap()).unwrap();
    assert_eq!(twin.socket_type(), SocketType::Udp6);
    assert_eq!(twin.bind_state(), BindState::Bound);
    assert_eq!(twin.address().unwrap(), address);
    let told = Rc::new(RefCell::new(Vec::new()));
    let telling = Rc::clone(&told);
    twin.on_message(move |twin, message| {
        telling.borrow_mut().extend_from_slice(message.data);
        twin.close().unwrap();
    });
    // The one that sent it closes; the other one still has it.
    socket.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
    let sender = UdpSocket::bind("[::1]:0").unwrap();
    sender.send_to(b"here", ("::1", address.port)).unwrap();
    assert!(other_loop.run_for(LIMIT).unwrap());
    assert_eq!(*told.borrow(), b"here");
}

#[test]
fn what_is_not_bound_cannot_be_sent() {
    let (here, there) = pair();
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let refused = send_socket(&here, &socket).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EBADF));
    let nothing = receive_socket(&there).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn anything_else_on_the_channel_is_refused() {
    let (mut here, there) = pair();
    here.write_all(b"S?").unwrap();
    for _ in 0..2 {
        let refused = receive_socket(&there).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidData);
    }
    drop(here);
    let end = receive_socket(&there).unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn only_udp_sockets_are_adopted() {
    let event_loop = EventLoop::new().unwrap();
    let (stream, end) = Blocking::pair().unwrap();
    let refused = event_loop.adopt(stream).unwrap_err();
    assert_eq!(refused.code(), "ERR_INVALID_FD_TYPE");
    // It was closed.
    let end = receive_socket(&end).unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
    let own = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = own.local_addr().unwrap();
    let socket = event_loop.adopt(own).unwrap();
    assert_eq!(socket.address().unwrap().port, address.port());
}

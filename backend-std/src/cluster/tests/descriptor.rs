//! Descriptors of the primary, by their number.

use std::os::fd::AsRawFd as _;

use super::*;
use crate::BindState;

#[test]
fn a_number_means_the_primarys_descriptor() {
    let mut office = Office::new(2);
    let lent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = lent.local_addr().unwrap().port();
    let fd = lent.as_raw_fd();
    let mut sockets = Vec::new();
    for worker in 0..2 {
        let socket = office.socket(worker, SocketType::Udp4);
        socket.bind(BindOptions::default().fd(fd)).unwrap();
        // Not within the call, as it is without a primary.
        assert_eq!(socket.bind_state(), BindState::Binding);
        office.until(|office| office.has_log(worker, "listening"));
        assert_eq!(socket.address().unwrap().port, port);
        sockets.push(socket);
    }
    assert_eq!(office.primary.socket_count(), 1);
    office.until(|office| office.listening().len() == 2);
    let told = office
        .told
        .iter()
        .any(|event| matches!(event, WorkerEvent::Listening { fd: Some(told), .. } if *told == fd));
    assert!(told);
    send(port, "lent");
    office.until(|office| office.logs().contains("message lent"));
    for socket in sockets {
        socket.close().unwrap();
    }
    office.until(|office| office.primary.socket_count() == 0);
    // The primary has kept its own.
    assert_eq!(lent.local_addr().unwrap().port(), port);
}

#[test]
fn what_is_no_udp_socket_of_the_primary_is_an_error_event() {
    let mut office = Office::new(1);
    let file = std::fs::File::open("/dev/null").unwrap();
    for fd in [file.as_raw_fd(), 1_000_000] {
        office.desks[0].log.borrow_mut().clear();
        let socket = office.socket(0, SocketType::Udp4);
        socket.bind(BindOptions::default().fd(fd)).unwrap();
        office.until(|office| office.has_log(0, "error open EINVAL"));
        assert_eq!(socket.bind_state(), BindState::Unbound);
        let calls = office.desks[0].log.borrow().len();
        assert_eq!(calls, 1);
    }
    assert_eq!(office.primary.socket_count(), 0);
}

#[test]
fn an_exclusive_descriptor_is_the_workers_own() {
    let office = Office::new(1);
    let own = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = own.local_addr().unwrap().port();
    let socket = office.socket(0, SocketType::Udp4);
    let fd = std::os::fd::IntoRawFd::into_raw_fd(own);
    socket
        .bind(BindOptions::default().fd(fd).exclusive(true))
        .unwrap();
    assert_eq!(socket.bind_state(), BindState::Bound);
    assert_eq!(socket.address().unwrap().port, port);
}

//! How sharing ends: by closing, leaving, and ends of workers and of primaries.

use super::*;
use crate::BindState;

#[test]
fn the_last_worker_that_closes_ends_the_socket() {
    let mut office = Office::new(2);
    let port = free_port();
    let (one, _) = office.bound(0, local(port));
    let (two, _) = office.bound(1, local(port));
    one.close().unwrap();
    office.settle();
    assert_eq!(office.primary.socket_count(), 1);
    UdpSocket::bind(("127.0.0.1", port)).unwrap_err();
    two.close().unwrap();
    office.until(|office| office.primary.socket_count() == 0);
    UdpSocket::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn a_socket_that_was_closed_while_asking_only_closes() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    socket.bind(local(0)).unwrap();
    office.desks[0]
        .event_loop
        .turn(Some(Duration::ZERO))
        .unwrap();
    assert_eq!(socket.bind_state(), BindState::Binding);
    socket.close().unwrap();
    office.until(|office| office.has_log(0, "close"));
    office.settle();
    assert_eq!(office.primary.socket_count(), 0);
    let log = office.desks[0].log.borrow().clone();
    assert_eq!(log, ["close"]);
}

#[test]
fn an_error_is_not_told_to_who_has_closed_while_asking() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    socket
        .bind(BindOptions::port(0).address("203.0.113.1"))
        .unwrap();
    office.desks[0]
        .event_loop
        .turn(Some(Duration::ZERO))
        .unwrap();
    socket.close().unwrap();
    office.settle();
    assert!(!office.logs().contains("error"), "{}", office.logs());
}

#[test]
fn a_socket_that_was_unreferenced_while_asking_does_not_keep_the_loop_running() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    socket.bind(local(0)).unwrap();
    socket.unreference();
    office.until(|office| office.has_log(0, "listening"));
    let desk = &office.desks[0];
    assert!(desk.event_loop.run_for(LIMIT).unwrap());
    socket.reference();
    assert!(!desk.event_loop.run_for(STEP).unwrap());
}

#[test]
fn disconnecting_closes_what_is_shared_and_leaves() {
    for is_primarys in [false, true] {
        let mut office = Office::new(2);
        let port = free_port();
        let (shared, _) = office.bound(0, local(port));
        let (_other, _) = office.bound(1, local(port));
        let (own, _) = office.bound(0, local(0).exclusive(true));
        let worker = office.desks[0].worker.clone();
        let telling = Rc::clone(&office.desks[0].log);
        worker.on_disconnect(move || telling.borrow_mut().push("disconnect".into()));
        if is_primarys {
            office.primary.disconnect(worker.id());
        } else {
            worker.disconnect();
            assert!(!worker.is_connected());
        }
        let gone = WorkerEvent::Disconnected {
            worker: worker.id(),
            cause: Parting::Voluntary,
        };
        office.until(|office| office.told.contains(&gone));
        office.until(|office| office.has_log(0, "disconnect"));
        let log = office.desks[0].log.borrow().clone();
        // First what ends with it, as in Node.
        assert!(
            log.ends_with(&["close".into(), "disconnect".into()]),
            "{log:?}"
        );
        assert!(shared.is_closed() && !own.is_closed());
        assert!(!worker.is_connected());
        // The other worker's is there as before.
        assert_eq!(office.primary.socket_count(), 1);
        send(port, "still");
        office.until(|office| office.has_log(1, "message still"));
    }
}

#[test]
fn who_has_left_cannot_share() {
    let mut office = Office::new(1);
    office.desks[0].worker.disconnect();
    let socket = office.socket(0, SocketType::Udp4);
    let port = free_port();
    socket.bind(local(port)).unwrap();
    let error = format!("error bind ENOTCONN 127.0.0.1:{port}");
    office.until(|office| office.has_log(0, &error));
    // A socket of its own is no matter of the primary.
    socket.bind(local(port).exclusive(true)).unwrap();
    office.until(|_| socket.bind_state() == BindState::Bound);
}

#[test]
fn binds_that_wait_when_the_worker_leaves_fail() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    let number = BindOptions::default().fd(1_000_000);
    socket.bind(number).unwrap();
    office.desks[0]
        .event_loop
        .turn(Some(Duration::ZERO))
        .unwrap();
    office.desks[0].worker.disconnect();
    office.until(|office| office.has_log(0, "error open ENOTCONN"));
    assert_eq!(socket.bind_state(), BindState::Unbound);
}

#[test]
fn a_worker_that_is_gone_has_released_its_sockets() {
    let mut office = Office::new(2);
    let (_one, port) = office.bound(0, local(0));
    let (_two, _) = office.bound(1, local(0));
    let gone = office.desks.remove(0);
    let (id, cause) = (gone.worker.id(), Parting::Gone);
    drop(gone);
    let event = WorkerEvent::Disconnected { worker: id, cause };
    office.until(|office| office.told.contains(&event));
    assert_eq!(office.primary.socket_count(), 1);
    send(port, "to who is left");
    office.until(|office| office.has_log(0, "message to who is left"));
    // A new one gets the same socket.
    let new = office.hire();
    assert_eq!(office.bound(new, local(0)).1, port);
}

#[test]
fn workers_go_on_without_their_primary() {
    let mut office = Office::new(2);
    let (_one, port) = office.bound(0, local(0));
    let (_two, _) = office.bound(1, local(0));
    let asking = office.socket(1, SocketType::Udp4);
    asking.bind(local(free_port())).unwrap();
    let told = Rc::new(RefCell::new(0));
    for desk in &office.desks {
        let telling = Rc::clone(&told);
        desk.worker
            .on_disconnect(move || *telling.borrow_mut() += 1);
    }
    office.primary = Primary::new().unwrap();
    office.until(|_| *told.borrow() == 2);
    office.until(|office| office.logs().contains("error bind ENOTCONN"));
    send(port, "alive");
    office.until(|office| office.logs().contains("message alive"));
    assert!(!office.desks[0].worker.is_connected());
}

#[test]
fn memberships_belong_to_the_shared_socket() {
    crate::test_namespace::run(|| {
        let mut office = Office::new(2);
        let (one, port) = office.bound(0, BindOptions::port(0));
        let (two, _) = office.bound(1, BindOptions::port(0));
        let group: core::net::IpAddr = "239.1.2.3".parse().unwrap();
        one.add_membership(group, crate::Interface::Default)
            .unwrap();
        let again = two.add_membership(group, crate::Interface::Default);
        assert_eq!(again.unwrap_err().to_string(), "addMembership EADDRINUSE");
        let sender = UdpSocket::bind("192.0.2.10:0").unwrap();
        sender.send_to(b"to all", (group, port)).unwrap();
        office.until(|office| office.logs().contains("message to all"));
        // It ends with the socket, not with the worker that joined.
        one.close().unwrap();
        office.settle();
        sender.send_to(b"still", (group, port)).unwrap();
        office.until(|office| office.has_log(1, "message still"));
    });
}

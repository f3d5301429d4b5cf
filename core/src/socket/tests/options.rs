//! Socket options.

use super::*;
use crate::{MulticastInterface, SocketOption};

fn text(result: Result<(), Error<'static>>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "ok".to_string())
}

#[test]
fn options_reach_the_backend_once_with_their_last_values() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.set_ttl(1).unwrap();
    socket.set_ttl(255).unwrap();
    socket.set_multicast_ttl(0).unwrap();
    socket.set_multicast_loopback(false).unwrap();
    socket.set_broadcast(true).unwrap();
    socket
        .set_multicast_interface(MulticastInterface::Index(3))
        .unwrap();
    socket.set_receive_buffer_size(2_147_483_647).unwrap();
    socket.set_send_buffer_size(1).unwrap();
    let mut backend = Backend::new();
    backend.drive(&mut socket);
    let expected = [
        "set Broadcast(true)",
        "set Ttl(255)",
        "set MulticastTtl(0)",
        "set MulticastLoopback(false)",
        "set MulticastInterface(Index(3))",
        "set ReceiveBufferSize(2147483647)",
        "set SendBufferSize(1)",
    ];
    assert_eq!(backend.log, expected);
    assert!(!socket.is_ready());
}

#[test]
fn values_out_of_range_change_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    for hops in [0, 256, u32::MAX] {
        assert_eq!(text(socket.set_ttl(hops)), "setTTL EINVAL");
    }
    for hops in [256, u32::MAX] {
        assert_eq!(
            text(socket.set_multicast_ttl(hops)),
            "setMulticastTTL EINVAL"
        );
    }
    let too_large = "Could not get or set buffer size: uv_recv_buffer_size returned EINVAL \
                     (invalid argument)";
    assert_eq!(text(socket.set_receive_buffer_size(1 << 31)), too_large);
    assert!(socket.set_send_buffer_size(1 << 31).is_err());
    // A size of 0 asks for nothing.
    assert_eq!(text(socket.set_receive_buffer_size(0)), "ok");
    assert_eq!(text(socket.set_send_buffer_size(0)), "ok");
    assert_eq!(socket.poll_action(), None);
}

#[test]
fn ranges_are_checked_before_the_socket_is_bound() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    assert_eq!(text(socket.set_ttl(0)), "setTTL EINVAL");
    assert_eq!(text(socket.set_ttl(1)), "setTTL EBADF");
    assert_eq!(
        text(socket.set_multicast_ttl(256)),
        "setMulticastTTL EINVAL"
    );
    assert_eq!(text(socket.set_multicast_ttl(0)), "setMulticastTTL EBADF");
    let unbound = "Could not get or set buffer size: uv_send_buffer_size returned EBADF (bad file \
                   descriptor)";
    assert_eq!(text(socket.set_send_buffer_size(0)), unbound);
    assert_eq!(text(socket.check_send_buffer_size()), unbound);
    assert!(socket.check_receive_buffer_size().is_err());
}

#[test]
fn an_option_that_failed_counts_as_never_set() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.set_ttl(9).unwrap();
    let mut backend = Backend::new();
    backend.option = Err(Errno::ENOPROTOOPT);
    backend.drive(&mut socket);
    socket.rebind().unwrap();
    backend.log.clear();
    backend.drive(&mut socket);
    assert_eq!(backend.log, ["bind 0.0.0.0:49152"]);
}

#[test]
fn a_late_failure_does_not_undo_a_newer_value() {
    for polls_before_the_failure in [false, true] {
        let mut storage = SmallStorage::new();
        let mut socket = bound(&mut storage);
        socket.set_ttl(8).unwrap();
        let option = SocketOption::Ttl(8);
        assert_eq!(socket.poll_action(), Some(Action::SetOption(option)));
        socket.set_ttl(9).unwrap();
        let mut backend = Backend::new();
        if polls_before_the_failure {
            backend.drive(&mut socket);
        }
        let error = socket.handle_option(option, Err(Errno::EIO)).unwrap_err();
        assert_eq!(error.to_string(), "setTTL EIO");
        backend.drive(&mut socket);
        assert_eq!(backend.log, ["set Ttl(9)"]);
        socket.rebind().unwrap();
        backend.drive(&mut socket);
        assert_eq!(backend.log[1..], ["bind 0.0.0.0:49152", "set Ttl(9)"]);
    }
}

#[test]
fn a_late_failure_does_not_undo_the_same_value_set_again() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.set_ttl(8).unwrap();
    let option = SocketOption::Ttl(8);
    assert_eq!(socket.poll_action(), Some(Action::SetOption(option)));
    socket.set_ttl(8).unwrap();
    assert!(socket.handle_option(option, Err(Errno::EIO)).is_err());
    Backend::new().drive(&mut socket);
    socket.rebind().unwrap();
    let mut backend = Backend::new();
    backend.drive(&mut socket);
    assert_eq!(backend.log, ["bind 0.0.0.0:49152", "set Ttl(8)"]);
}

#[test]
fn each_failure_has_nodes_label() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let interface = MulticastInterface::V4(Ipv4Addr::LOCALHOST);
    for (option, label) in [
        (SocketOption::Broadcast(true), "setBroadcast EIO"),
        (SocketOption::Ttl(1), "setTTL EIO"),
        (SocketOption::MulticastTtl(1), "setMulticastTTL EIO"),
        (
            SocketOption::MulticastLoopback(true),
            "setMulticastLoopback EIO",
        ),
        (
            SocketOption::MulticastInterface(interface),
            "setMulticastInterface EIO",
        ),
    ] {
        let error = socket.handle_option(option, Err(Errno::EIO)).unwrap_err();
        assert_eq!(error.to_string(), label);
    }
    for option in [
        SocketOption::ReceiveBufferSize(1),
        SocketOption::SendBufferSize(1),
    ] {
        let error = socket.handle_option(option, Err(Errno::EIO)).unwrap_err();
        assert_eq!(error.code(), "ERR_SOCKET_BUFFER_SIZE");
    }
}

//! Unix sockets.

use anydgram_core::{
    Errno, Error, Full, Operation, SendToken, Storage, Syscall, SystemError, Transmitted,
    UnixAction, UnixAddress, UnixAddressBuf, UnixBind, UnixDatagram, UnixMessage, UnixSocket,
};

use crate::probe::{any, keep, print};

#[inline(never)]
pub fn drive() {
    addresses();
    let mut storage: Storage<64, 2, 0, 4, 0> = Storage::new();
    let mut socket = UnixSocket::new(&mut storage);
    let token = calls(&mut socket);
    answers(&mut socket, token);
    outputs(&mut socket);
    keep(UnixSocket::close(&mut socket));
    outputs(&mut socket);
}

#[inline(never)]
fn addresses() {
    let bytes: &[u8] = any(b"@name");
    let address = any(UnixAddress::new(bytes));
    keep(UnixAddress::as_bytes(&address));
    keep(UnixAddress::name(&address));
    keep(UnixAddress::check(&address));
    keep(UnixAddress::from(any("text")));
    print(&address);
    if let Ok(copy) = any(UnixAddressBuf::new(address)) {
        keep(UnixAddressBuf::address(&copy));
        keep(copy == any(UnixAddressBuf::default()));
        print(&copy);
    }
}

#[inline(never)]
fn calls(socket: &mut UnixSocket<'_>) -> Option<SendToken> {
    let address: UnixAddress<'_> = any("/path".into());
    let bind = UnixBind::replace_stale(
        UnixBind::mode(UnixBind::new(address), any(0o600)),
        any(true),
    );
    keep(UnixSocket::bind(socket, any(bind)));
    keep(UnixSocket::bind(socket, any(UnixBind::automatic())));
    keep(UnixSocket::connect(socket, address));
    keep(UnixSocket::disconnect(socket));
    let pieces: &[&[u8]] = any(&[b"a", b"b"]);
    let datagram = any(UnixDatagram::to(UnixDatagram::new(pieces), address));
    keep(UnixSocket::send_now(socket, datagram, |transmit| {
        keep(transmit);
        any(Transmitted::Blocked(Full::Memory))
    }));
    keep(UnixSocket::offer(socket, datagram, |transmit| {
        keep(transmit);
        any(Transmitted::Blocked(Full::Memory))
    }));
    keep(UnixSocket::send(
        socket,
        any(UnixDatagram::unreported(datagram)),
    ));
    UnixSocket::send(socket, datagram).ok()
}

#[inline(never)]
fn answers(socket: &mut UnixSocket<'_>, token: Option<SendToken>) {
    UnixSocket::handle_bind(socket, any(Ok("/path".into())));
    UnixSocket::handle_connect(socket, any(Err(Errno::ENOENT)));
    keep(UnixSocket::handle_disconnect(
        socket,
        any(Err(Errno::EBADF)),
    ));
    if let Some(token) = any(token) {
        UnixSocket::handle_transmit(socket, token, any(Transmitted::Failed(Errno::EAGAIN)));
    }
    let error: Error<'_> = SystemError::new(Syscall::RecvMsg, any(Errno::EIO)).into();
    UnixSocket::handle_failure(socket, any(Operation::Receive), error);
    let message = UnixMessage::new(any(&[1, 2]), any(Some("/peer".into())));
    let message = UnixMessage::of_length(message, any(Some(3)));
    keep(UnixMessage::truncated_by(&any(message)));
    keep(UnixDatagram::reply_to(
        UnixDatagram::new("x"),
        &any(message),
    ));
    keep(UnixSocket::handle_datagram(socket, any(message)));
}

#[inline(never)]
fn outputs(socket: &mut UnixSocket<'_>) {
    while let Some(action) = UnixSocket::poll_action(socket) {
        keep(matches!(action, UnixAction::Close));
    }
    while let Some(transmit) = UnixSocket::poll_transmit(socket) {
        let token = transmit.token;
        UnixSocket::handle_transmit(socket, token, any(Transmitted::Sent));
    }
    while let Some(event) = UnixSocket::poll_event(socket) {
        keep(event);
    }
    keep(UnixSocket::address(socket));
    keep(UnixSocket::remote_address(socket));
    keep(UnixSocket::bind_state(socket));
    keep(UnixSocket::connect_state(socket));
    keep(UnixSocket::send_queue_size(socket));
    keep(UnixSocket::send_queue_count(socket));
    keep(UnixSocket::in_flight(socket));
    keep(UnixSocket::stats(socket));
    keep(UnixSocket::is_closed(socket));
    keep(UnixSocket::is_finished(socket));
    keep(UnixSocket::is_ready(socket));
}

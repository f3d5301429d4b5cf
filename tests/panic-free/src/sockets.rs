//! Sockets in fixed memory: every command, every input, every poll, in a state that nobody knows.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Errno, Error, Event, Family, Full, Host,
    HostName, Interface, LookupToken, Membership, MembershipChange, Message, Misuse,
    MulticastInterface, Offer, Operation, Options, Ready, RecvMeta, Rule, SendRun, SendToken, Socket,
    SocketId, SocketOption, SocketSlot, SocketType, Sockets, Storage, Syscall, SystemError,
    Transmitted, Waiting,
};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let mut nothing: Storage<0, 1, 0, 4, 0> = any(Storage::new());
    let mut storage: Storage<64, 2, 2, 5, 2> = any(Storage::new());
    let options = any(Options::new(any(SocketType::Udp6)));
    everything(any(Socket::new(options, any(&mut nothing))));
    everything(any(Socket::new(options, any(&mut storage))));
}

#[inline(never)]
fn everything(socket: Socket<'_>) {
    let options = any(*Socket::options(&socket));
    let mut socket = any(Socket::renew(socket, options));
    commands(any(&mut socket));
    memberships(any(&mut socket));
    settings(any(&mut socket));
    sends(any(&mut socket));
    polls(any(&mut socket));
    inputs(any(&mut socket));
    getters(any(&mut socket));
    set(socket);
}

fn address() -> Address {
    any(Family::V6.loopback())
}

fn ip() -> IpAddr {
    any(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn outcome() -> Result<(), Errno> {
    any(Err(Errno::EIO))
}

#[inline(never)]
fn commands(socket: &mut Socket<'_>) {
    let host = any(Host::Name(any("example.org")));
    let bind = any(BindOptions::default().address(host));
    let to = any(Destination::new(host, any(9)));
    keep(Socket::bind(socket, bind));
    keep(Socket::bind_sync(socket, bind));
    keep(Socket::rebind(socket));
    keep(Socket::connect(socket, to));
    keep(Socket::connect_sync(socket, to));
    keep(Socket::disconnect(socket));
    keep(Socket::close(socket));
    keep(Socket::block_receiving(socket, any(Rule::address(ip()))));
    keep(Socket::block_sending(socket, any(Rule::address(ip()))));
    Socket::clear_block_lists(socket);
}

#[inline(never)]
fn memberships(socket: &mut Socket<'_>) {
    let interface = any(Interface::Default);
    keep(Socket::add_membership(socket, ip(), interface));
    keep(Socket::drop_membership(socket, ip(), interface));
    keep(Socket::add_source_specific_membership(
        socket,
        ip(),
        ip(),
        interface,
    ));
    keep(Socket::drop_source_specific_membership(
        socket,
        ip(),
        ip(),
        interface,
    ));
}

#[inline(never)]
fn settings(socket: &mut Socket<'_>) {
    keep(Socket::set_broadcast(socket, any(true)));
    keep(Socket::set_ttl(socket, any(1)));
    keep(Socket::set_multicast_ttl(socket, any(1)));
    keep(Socket::set_multicast_loopback(socket, any(true)));
    let interface = any(MulticastInterface::Index(any(1)));
    keep(Socket::set_multicast_interface(socket, interface));
    keep(Socket::set_receive_buffer_size(socket, any(1)));
    keep(Socket::set_send_buffer_size(socket, any(1)));
    keep(Socket::check_receive_buffer_size(socket));
    keep(Socket::check_send_buffer_size(socket));
}

#[inline(never)]
fn sends(socket: &mut Socket<'_>) {
    let bytes: &[u8] = any(&[1, 2, 3]);
    let pieces = [bytes, bytes];
    let pieces: &[&[u8]] = any(&pieces);
    let host = any(Host::Name(any("example.org")));
    let to = any(Destination::new(host, any(9)));
    let mut datagram = any(Datagram::new(pieces).to(to));
    datagram.destination = any(datagram.destination);
    datagram.meta = any(datagram.meta);
    keep(Socket::check_send(socket, &datagram));
    keep(Socket::send(socket, datagram));
    keep(Socket::send_now(socket, datagram, |transmit| {
        keep(transmit);
        let outcome = any(Transmitted::Sent);
        keep(Transmitted::is_blocked(outcome));
        outcome
    }));
    if let Some(run) = Socket::offer_run(socket) {
        let run = any(run);
        keep(SendRun::destination(&run, &datagram));
        SendRun::settle(run, any(1));
    }
    if let Ok(Offer::Ready(ready)) = Socket::offer(socket, datagram) {
        let ready = any(ready);
        keep(Ready::transmit(&ready));
        keep(Ready::settle(
            ready,
            any(Transmitted::Blocked(Full::Memory)),
        ));
    }
    if let Some(run) = Socket::offer_run(socket) {
        let run = any(run);
        keep(SendRun::destination(&run, &datagram));
        SendRun::settle(run, any(1));
    }
    if let Ok(Offer::Ready(ready)) = Socket::offer(socket, datagram) {
        Ready::take_back(any(ready), any(Full::Memory));
    }
}

#[inline(never)]
fn polls(socket: &mut Socket<'_>) {
    keep(Socket::poll_action(socket));
    keep(Socket::poll_transmit(socket));
    keep(Socket::transmit_run(socket, |run| {
        keep(Waiting::take_alike(run).len());
        for transmit in run {
            keep(transmit.payload.len());
        }
        any(1)
    }));
    keep(Socket::transmit_next(socket, |transmit| {
        keep(transmit);
        any(Transmitted::Sent)
    }));
    let mut room = any(HostName::new());
    if let Some(event) = Socket::poll_event(socket) {
        keep(Event::detach(&event, &mut room));
        keep(event);
    }
}

#[inline(never)]
fn inputs(socket: &mut Socket<'_>) {
    let endpoint = any(Endpoint::new(address(), any(9)));
    let error = any(SystemError::new(any(Syscall::Bind), any(Errno::EIO)));
    keep(Socket::handle_bind(socket, any(Ok(endpoint))));
    keep(Socket::handle_bind(socket, any(Err(Error::from(error)))));
    Socket::handle_local_address(socket, endpoint);
    Socket::handle_peer_address(socket, endpoint);
    if let Some(token) = any(None::<LookupToken>) {
        Socket::handle_lookup(socket, token, outcome().map(|()| address()));
    }
    keep(Socket::handle_connect(
        socket,
        outcome().map(|()| any(Some(endpoint))),
    ));
    keep(Socket::handle_disconnect(socket, outcome()));
    let option = any(SocketOption::Ttl(any(1)));
    keep(Socket::handle_option(socket, option, outcome()));
    let change = any(MembershipChange::Add);
    let membership = any(Membership::any_source(ip(), any(Interface::Default)));
    keep(Socket::handle_membership(
        socket,
        change,
        membership,
        outcome(),
    ));
    if let Some(token) = any(None::<SendToken>) {
        Socket::handle_transmit(socket, token, any(Transmitted::Sent));
    }
    Socket::handle_failure(socket, any(Operation::Receive), error);
    let misuse = any(Misuse::QueueFull);
    Socket::handle_failure(socket, any(Operation::Bind), misuse);
    let mut meta = any(RecvMeta::from_sender(endpoint));
    meta.local = any(Some(address()));
    let bytes: &[u8] = any(&[1, 2, 3]);
    if let Some(message) = Socket::handle_datagram(socket, &meta, bytes) {
        keep(Message::truncated_by(&message));
    }
}

#[inline(never)]
fn getters(socket: &mut Socket<'_>) {
    keep(Socket::options(socket));
    keep(Socket::family(socket));
    keep(Socket::stats(socket));
    keep(Socket::address(socket));
    keep(Socket::remote_address(socket));
    keep(Socket::bind_state(socket));
    keep(Socket::connect_state(socket));
    keep(Socket::answers_within_call(socket));
    keep(Socket::send_queue_size(socket));
    keep(Socket::send_queue_count(socket));
    keep(Socket::in_flight(socket));
    keep(Socket::is_closed(socket));
    keep(Socket::is_finished(socket));
    keep(Socket::is_ready(socket));
}

#[inline(never)]
fn set(socket: Socket<'_>) {
    let mut slots = [SocketSlot::new(), any(SocketSlot::new())];
    let slots: &mut [SocketSlot<'_>] = any(&mut slots);
    let mut sockets = any(Sockets::new(slots));
    let Ok(id) = Sockets::add(&mut sockets, any(socket)) else {
        return;
    };
    let mut sockets = any(sockets);
    let id = any(id);
    keep(SocketId::index(id));
    keep(Sockets::get(&sockets, id).is_some());
    keep(Sockets::get_mut(&mut sockets, id).is_some());
    keep(Sockets::poll_mut(&mut sockets, id).is_some());
    keep(Sockets::poll_ready(&mut sockets));
    keep(Sockets::has_ready(&sockets));
    for id in Sockets::ids(&sockets) {
        keep(id);
    }
    keep(Sockets::remove(&mut sockets, id).is_some());
}

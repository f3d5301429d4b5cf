//! The host as a whole, on a wire that keeps what it is given.

extern crate alloc;

mod asked;
mod bind;
mod groups;
mod near;
mod receive;
mod send;

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::net::IpAddr;

use super::{Arrival, Host, Lookup};
use crate::address::{Address, Endpoint, Family, Host as Given};
use crate::datagram::{Datagram, Destination};
use crate::error::Errno;
use crate::event::Event;
use crate::handler::Handler;
use crate::options::{BindOptions, Options};
use crate::output::{Full, Transmitted};
use crate::receive::RecvMeta;
use crate::socket::Socket;
use crate::sockets::{SocketId, SocketSlot, Sockets};
use crate::stack::{Cidr, Incoming, Outgoing, Seed, TableStorage, Wire};
use crate::storage::Storage;
use crate::time::Instant;
use crate::{Interface, SocketType};

type Memory = TableStorage<8, 8, 2, 6, 4, 4096>;

const NOW: Instant = Instant::from_micros(0);

/// A datagram that left.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    interface: u32,
    next_hop: IpAddr,
    source: Endpoint,
    destination: Endpoint,
    is_broadcast: bool,
    hop_limit: u8,
    traffic_class: u8,
    bytes: Vec<u8>,
}

/// Keeps what it is given.
#[derive(Default)]
struct Record {
    sent: Vec<Sent>,
    groups: Vec<(u32, IpAddr)>,
    /// All joins and leaves, in order.
    reports: Vec<String>,
    names: Vec<String>,
    is_full: bool,
    /// What it can send in fragments.
    longest_ipv4: Option<usize>,
    /// In how many groups it can be.
    room: usize,
}

impl Wire for Record {
    fn transmit(&mut self, _: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        if self.is_full {
            return Transmitted::Blocked(Full::Buffer);
        }
        self.sent.push(Sent {
            interface: datagram.interface,
            next_hop: datagram.next_hop(),
            source: datagram.source,
            destination: datagram.destination,
            is_broadcast: datagram.is_broadcast,
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            bytes: datagram.payload.pieces().concat(),
        });
        Transmitted::Sent
    }

    fn longest_ipv4(&self, interface: u32) -> Option<usize> {
        assert_ne!(
            interface,
            crate::stack::Interfaces::LOOPBACK,
            "nothing leaves by it"
        );
        self.longest_ipv4
    }

    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno> {
        if self.groups.len() >= self.room {
            return Err(Errno::ENOBUFS);
        }
        self.groups.push((interface, group));
        self.reports.push(format!("join {interface} {group}"));
        Ok(())
    }

    fn leave(&mut self, interface: u32, group: IpAddr) {
        self.groups.retain(|&joined| joined != (interface, group));
        self.reports.push(format!("leave {interface} {group}"));
    }

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        match lookup.host {
            Given::Name(name) => self.names.push(name.to_string()),
            Given::Ip(_) | Given::Default => self.names.push("no name".to_string()),
        }
        Some(Err(Errno::ENOTFOUND))
    }
}

/// Writes down what it is told.
#[derive(Default)]
struct Log {
    lines: Vec<(SocketId, String)>,
    metas: Vec<RecvMeta>,
    /// A socket to close with the next message, and one to take away.
    close: Option<SocketId>,
    remove: Option<SocketId>,
}

impl Handler for Log {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let line = match event {
            Event::Message(message) => {
                self.metas.push(*message.meta);
                if let Some(id) = self.close.take() {
                    sockets.get_mut(id).unwrap().close().unwrap();
                }
                if let Some(id) = self.remove.take() {
                    assert!(sockets.remove(id).is_some());
                }
                format!("message {}", String::from_utf8_lossy(message.data))
            }
            Event::Listening => "listening".to_string(),
            Event::Connect => "connect".to_string(),
            Event::Sent { result, .. } => match result {
                Ok(bytes) => format!("sent {bytes}"),
                Err(error) => format!("{error}"),
            },
            Event::Drained => "drained".to_string(),
            Event::Error { error, .. } => format!("error {error}"),
            Event::Close => "close".to_string(),
        };
        self.lines.push((id, line));
    }
}

/// A host with two interfaces: `eth0` (2) with an address of each kind and a gateway, `eth1` (3) with one of IPv4.
struct Net {
    host: Host<'static>,
    sockets: Sockets<'static, 'static>,
    wire: Record,
    log: Log,
}

/// What tests use lives until the process ends.
fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

impl Net {
    fn new() -> Self {
        let mut host = Host::new(leaked(Memory::new()).tables(), Seed::new([7; 16]));
        let interfaces = host.interfaces_mut();
        assert_eq!(interfaces.add("eth0", 1500), Ok(2));
        assert_eq!(interfaces.add("eth1", 600), Ok(3));
        for (interface, address, prefix) in [
            (2, "192.0.2.1", 24),
            (2, "2001:db8::1", 64),
            (2, "fe80::1", 64),
            (3, "198.51.100.1", 24),
        ] {
            let cidr = Cidr::new(ip(address), prefix);
            assert_eq!(interfaces.add_address(interface, cidr), Ok(()));
        }
        let gateway = Some(ip("192.0.2.254"));
        assert_eq!(interfaces.set_gateway(2, Family::V4, gateway), Ok(()));
        let slots: Vec<_> = (0..8).map(|_| SocketSlot::new()).collect();
        Self {
            host,
            sockets: Sockets::new(slots.leak()),
            wire: Record {
                room: 8,
                ..Record::default()
            },
            log: Log::default(),
        }
    }

    fn create(&mut self, options: Options) -> SocketId {
        let storage: &'static mut Storage<4096, 8, 4, 16, 2> = leaked(Storage::new());
        self.sockets.add(Socket::new(options, storage)).unwrap()
    }

    fn socket(&mut self, id: SocketId) -> &mut Socket<'static> {
        self.sockets.get_mut(id).unwrap()
    }

    /// A socket that is bound to `address`, which tells nothing more of it.
    fn bound(&mut self, options: Options, address: &str, port: u16) -> SocketId {
        let id = self.create(options);
        let at = BindOptions::port(port).address(address);
        self.socket(id).bind(at).unwrap();
        assert_eq!(self.told(id), ["listening"]);
        id
    }

    fn udp4(&mut self, address: &str, port: u16) -> SocketId {
        self.bound(Options::new(SocketType::Udp4), address, port)
    }

    fn udp6(&mut self, address: &str, port: u16) -> SocketId {
        self.bound(Options::new(SocketType::Udp6), address, port)
    }

    /// Everything that there is to do; what was told.
    fn run(&mut self) -> Vec<(SocketId, String)> {
        let Self {
            host,
            sockets,
            wire,
            log,
        } = self;
        for _ in 0..100 {
            if !host.poll(NOW, wire, sockets, log) {
                return core::mem::take(&mut log.lines);
            }
        }
        panic!("it never ends");
    }

    /// The same, step by step.
    fn step(&mut self) -> Vec<(SocketId, String)> {
        let Self {
            host,
            sockets,
            wire,
            log,
        } = self;
        for _ in 0..100 {
            if !host.step(NOW, wire, sockets, log) {
                return core::mem::take(&mut log.lines);
            }
        }
        panic!("it never ends");
    }

    /// What one socket is told.
    fn told(&mut self, id: SocketId) -> Vec<String> {
        let lines = self.run().into_iter();
        lines
            .filter(|&(of, _)| of == id)
            .map(|(_, line)| line)
            .collect()
    }

    /// Sends, and says how that ended.
    fn send(&mut self, id: SocketId, bytes: &[u8], host: &str, port: u16) -> String {
        let datagram = Datagram::new(bytes).to(Destination::new(host, port));
        self.socket(id).send(datagram).unwrap();
        let Self {
            host,
            sockets,
            wire,
            log,
        } = self;
        // One turn: what stays on the host is delivered later.
        host.take_turns(NOW, wire, sockets, log);
        let at = log
            .lines
            .iter()
            .position(|(of, line)| *of == id && !line.starts_with("message"));
        log.lines.remove(at.expect("the send has ended")).1
    }

    /// A datagram from the wire.
    fn receive(&mut self, interface: u32, source: &str, destination: &str) -> Arrival {
        let datagram = Incoming::new(interface, end(source), end(destination), b"in");
        let Self {
            host, sockets, log, ..
        } = self;
        host.receive(&datagram, sockets, log)
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Text with a port, and an IPv6 scope if there is one.
fn end(text: &str) -> Endpoint {
    text.parse::<core::net::SocketAddr>().unwrap().into()
}

/// The lines of several sockets, by their places.
fn by_socket(lines: Vec<(SocketId, String)>) -> Vec<(usize, String)> {
    let lines = lines.into_iter();
    lines.map(|(id, line)| (id.index(), line)).collect()
}

#[test]
fn an_idle_host_has_nothing_to_do() {
    let mut net = Net::new();
    assert_eq!(net.run(), vec![]);
    assert!(!net.host.has_local() && !net.host.is_blocked());
    assert_eq!(*net.host.drops(), super::Drops::default());
}

#[test]
fn a_name_is_asked_of_the_wire_only_if_the_host_does_not_know_it() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    assert_eq!(net.send(a, b"x", "LOCALHOST.", 7), "sent 1");
    assert_eq!(net.send(a, b"x", "a.localhost", 7), "sent 1");
    let b = net.udp6("::", 8);
    assert_eq!(net.send(b, b"x", "fe80::9%eth0", 7), "sent 1");
    assert_eq!(
        net.send(b, b"x", "192.0.2.9%eth0", 7),
        "getaddrinfo ENOTFOUND 192.0.2.9%eth0"
    );
    assert!(net.wire.names.is_empty());
    assert_eq!(
        net.send(a, b"x", "notlocalhost", 7),
        "getaddrinfo ENOTFOUND notlocalhost"
    );
    assert_eq!(net.wire.names, ["notlocalhost"]);
}

#[test]
fn a_socket_may_have_everything_looked_up() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    assert_eq!(net.send(a, b"x", "127.0.0.1", 7), "sent 1");
    let id = net.create(Options::new(SocketType::Udp4).look_up_always(true));
    net.socket(id).bind(BindOptions::port(8)).unwrap();
    assert_eq!(net.told(id), ["error getaddrinfo ENOTFOUND 0.0.0.0"]);
    assert_eq!(net.wire.names, ["no name"]);
}

#[test]
fn a_call_can_be_answered_with_its_failure() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 7);
    let group = ip("239.1.2.3");
    let nowhere = Interface::Index(9);
    net.socket(id).add_membership(group, nowhere).unwrap();
    let outcome = net.host.carry_out(NOW, &mut net.wire, &mut net.sockets, id);
    assert_eq!(outcome.unwrap_err().to_string(), "addMembership ENODEV");
    assert_eq!(net.run(), vec![], "and nobody is told twice");
    net.socket(id).add_membership(group, nowhere).unwrap();
    assert_eq!(net.told(id), ["error addMembership ENODEV"]);
}

#[test]
fn a_socket_that_is_taken_away_is_forgotten_when_its_place_is_taken() {
    let mut net = Net::new();
    let gone = net.udp4("0.0.0.0", 7);
    let group = ip("239.1.2.3");
    net.socket(gone)
        .add_membership(group, Interface::Default)
        .unwrap();
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.wire.groups, [(2, group)]);
    assert!(net.sockets.remove(gone).is_some());
    assert_eq!(net.receive(2, "192.0.2.9:9", "192.0.2.1:7"), Arrival::Shown);
    assert_eq!(net.run(), vec![]);
    let other = net.udp4("0.0.0.0", 7);
    assert_eq!(other.index(), gone.index());
    assert!(net.wire.groups.is_empty());
    assert_eq!(net.receive(2, "192.0.2.9:9", "192.0.2.1:7"), Arrival::Shown);
    assert_eq!(net.told(other), ["message in"]);
}

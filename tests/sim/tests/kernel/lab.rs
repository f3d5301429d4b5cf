//! The networks of `plan.rs` in the kernel: a namespace for each host, one with a bridge for each
//! network, and one for each network in which all is heard.

use core::net::{IpAddr, SocketAddr, SocketAddrV6};
use core::time::Duration;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::UdpSocket;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::process::{Command, Stdio};

use rustix::net::netdevice::name_to_index;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use socket2::{Domain, Protocol, Socket, Type};

use crate::plan::{HOSTS, LANS, addresses};
use crate::wire::Packet;

/// All of it, as long as this lives.
pub(crate) struct Lab {
    hosts: Vec<Namespace>,
    /// Has the bridges; nobody is there.
    _switch: Namespace,
    /// Where all frames of a network come by.
    monitors: Vec<Socket>,
}

/// A network namespace.
pub(crate) struct Namespace {
    file: File,
    /// The indexes of `eth0` and `eth1`.
    indexes: [u32; LANS],
}

impl Lab {
    /// Makes the networks; the thread that calls this is in one of the namespaces afterwards.
    pub(crate) fn new() -> Self {
        let switch = Namespace::new();
        let mut hosts: Vec<Namespace> = (0..HOSTS).map(|_| Namespace::new()).collect();
        let monitors: Vec<Namespace> = (0..LANS).map(|_| Namespace::new()).collect();
        switch.enter();
        // They only pass frames on, to everybody: a segment of the simulator looks into nothing, either.
        sysctl("ipv6/conf/default/disable_ipv6", "1");
        let mut commands = String::new();
        for lan in 0..LANS {
            let options = "stp_state 0 mcast_snooping 0 ageing_time 0";
            commands += &format!("link add br{lan} type bridge {options}\nlink set br{lan} up\n");
            let all = hosts.iter().chain(monitors.get(lan));
            for (at, host) in all.enumerate() {
                let port = format!("lan{lan}port{at}");
                let of = host.path();
                commands += &format!("link add {port} type veth peer name eth{lan} netns {of}\n");
                commands += &format!("link set {port} master br{lan} up\n");
            }
        }
        ip(&commands);
        for (at, host) in hosts.iter_mut().enumerate() {
            host.enter();
            set_up_host(at);
            let socket = UdpSocket::bind("0.0.0.0:0").expect("there are sockets");
            let index = |lan| name_to_index(&socket, &format!("eth{lan}"));
            host.indexes = [0, 1].map(|lan| index(lan).expect("it was added"));
        }
        let monitors = monitors.iter().zip(0..).map(|(at, lan)| at.listen(lan));
        let lab = Self {
            monitors: monitors.collect(),
            hosts,
            _switch: switch,
        };
        lab.wait();
        drop(lab.take_packets());
        lab
    }

    pub(crate) fn host(&self, host: usize) -> &Namespace {
        self.hosts.get(host).expect("it is there")
    }

    /// What the networks have carried since this was asked last.
    pub(crate) fn take_packets(&self) -> Vec<Packet> {
        let mut frame = [0; 2048];
        let mut packets = Vec::new();
        for (mut monitor, lan) in self.monitors.iter().zip(0..) {
            while let Ok(len) = monitor.read(&mut frame) {
                packets.extend(Packet::read(lan, frame.get(..len).unwrap_or_default()));
            }
        }
        packets
    }

    /// Waits until every host hears every other at each address: IPv6 addresses can be used once the kernel has noticed the
    /// carrier, which takes it a moment.
    fn wait(&self) {
        for (from, to) in (0..HOSTS).flat_map(|from| (0..HOSTS).map(move |to| (from, to))) {
            for lan in 0..LANS {
                for (ip, _) in addresses(to, lan) {
                    let heard = (0..100).any(|_| self.hears(from, to, ip, lan));
                    assert!(heard, "host {to} does not hear host {from} at {ip}");
                }
            }
        }
    }

    fn hears(&self, from: usize, to: usize, ip: IpAddr, lan: usize) -> bool {
        let at = |host: usize, port| match ip {
            IpAddr::V6(ip) => {
                SocketAddr::from(SocketAddrV6::new(ip, port, 0, self.host(host).index(lan)))
            }
            IpAddr::V4(_) => SocketAddr::new(ip, port),
        };
        self.host(to).enter();
        let Ok(receiver) = UdpSocket::bind(at(to, 0)) else {
            return pause(self);
        };
        let port = receiver.local_addr().map_or(0, |own| own.port());
        let limit = receiver.set_read_timeout(Some(Duration::from_millis(50)));
        limit.expect("it is a limit");
        self.host(from).enter();
        let wildcard = if ip.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let sender = UdpSocket::bind(wildcard).expect("there are ports");
        let sent = sender.send_to(b"?", at(from, port)).is_ok();
        (sent || pause(self)) && receiver.recv(&mut [0; 1]).is_ok()
    }
}

/// Waits a moment, for nothing; `false`.
fn pause(lab: &Lab) -> bool {
    lab.host(0).enter();
    let nobody = UdpSocket::bind("127.0.0.1:0").expect("there are ports");
    let limit = nobody.set_read_timeout(Some(Duration::from_millis(50)));
    limit.expect("it is a limit");
    nobody.recv(&mut [0; 1]).is_ok()
}

/// The host that the thread is in.
fn set_up_host(host: usize) {
    // Each refusal is told, and nobody minds how a datagram came.
    for (name, value) in [
        ("ipv4/icmp_ratelimit", "0"),
        ("ipv6/icmp/ratelimit", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
    ] {
        sysctl(name, value);
    }
    let mut commands = String::from("link set lo up\n");
    for lan in 0..LANS {
        // What a socket sends in one go (UDP_SEGMENT) leaves one by one, as on a wire.
        commands += &format!("link set eth{lan} gso_max_segs 1\n");
        commands += &format!("link set eth{lan} addrgenmode none\nlink set eth{lan} up\n");
        for (ip, prefix) in addresses(host, lan) {
            let more = if ip.is_ipv4() { "brd +" } else { "nodad" };
            commands += &format!("addr add {ip}/{prefix} {more} dev eth{lan}\n");
        }
    }
    commands += "route add 224.0.0.0/4 dev eth0\n";
    commands += "route add 255.255.255.255/32 dev eth0\n";
    commands += "route add ff00::/8 dev eth0 table local metric 1\n";
    ip(&commands);
}

impl Namespace {
    fn new() -> Self {
        let mut command = Command::new("unshare");
        command.args(["--net", "cat"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("unshare is installed");
        let mut input = child.stdin.take().expect("it is a pipe");
        let mut output = child.stdout.take().expect("it is a pipe");
        // What says it again is in the namespace, and is needed until the namespace is held.
        input.write_all(b"?").expect("somebody reads");
        let echo = output.read_exact(&mut [0]);
        echo.expect("namespaces may be made");
        let file = File::open(format!("/proc/{}/ns/net", child.id()));
        drop(input);
        let ended = child.wait().expect("it is our child");
        assert!(ended.success(), "{ended}");
        Self {
            file: file.expect("the process is there"),
            indexes: [0; LANS],
        }
    }

    /// Moves the thread into the namespace.
    pub(crate) fn enter(&self) {
        let moved = move_into_link_name_space(self.file.as_fd(), Some(LinkNameSpaceType::Network));
        moved.expect("the namespace is ours");
    }

    /// Listens to all that comes by on a network, and says nothing.
    fn listen(&self, lan: usize) -> Socket {
        self.enter();
        sysctl(&format!("ipv6/conf/eth{lan}/disable_ipv6"), "1");
        ip(&format!("link set eth{lan} up\n"));
        let all = Protocol::from(i32::from(ETH_P_ALL.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(all));
        let socket = socket.expect("the namespace is ours");
        let outcome = socket.set_nonblocking(true);
        outcome.expect("it is an option");
        socket
    }

    /// The index of the interface on a network.
    pub(crate) fn index(&self, lan: usize) -> u32 {
        *self.indexes.get(lan).expect("it is there")
    }

    /// Where other programs find it.
    fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }
}

/// Has `ip` carry commands out in the namespace of the thread.
fn ip(commands: &str) {
    let mut command = Command::new("ip");
    let command = command.args(["-batch", "-"]).stdin(Stdio::piped());
    let mut child = command.spawn().expect("ip is installed");
    let mut input = child.stdin.take().expect("it is a pipe");
    input.write_all(commands.as_bytes()).expect("ip reads");
    drop(input);
    let ended = child.wait().expect("it is our child");
    assert!(ended.success(), "{ended}: {commands}");
}

/// Sets an option of the namespace of the thread.
fn sysctl(name: &str, value: &str) {
    let path = format!("/proc/sys/net/{name}");
    let written = fs::write(&path, value);
    written.unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// Every protocol: `packet(7)`.
const ETH_P_ALL: u16 = 3;

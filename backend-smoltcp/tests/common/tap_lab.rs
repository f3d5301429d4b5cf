//! A host of ours on a TAP device, and the kernel of a private network namespace as its neighbour.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Command;

use anydgram_core::{Instant, SocketId, SocketType};
use anydgram_smoltcp::{Clock, Tap, wait};
use smoltcp::phy::Device;

use crate::computer::Computer;
use crate::namespace::run;

/// The kernel's interface.
pub(crate) const TAP0: &str = "tap0";
/// The kernel's addresses.
pub(crate) const KERNEL: &str = "203.0.113.1";
pub(crate) const KERNEL6: &str = "2001:db8:2::1";
/// Our addresses.
pub(crate) const OURS: &str = "203.0.113.2";
pub(crate) const OURS6: &str = "2001:db8:2::2";

/// A TAP device whose interface is up and has the kernel's addresses.
pub(crate) fn tap() -> Tap {
    let tap = Tap::open(TAP0).unwrap();
    // No address but those given here.
    run("ip link set tap0 addrgenmode none");
    run("ip link set tap0 up");
    add_addresses(&[KERNEL, KERNEL6]);
    tap
}

/// Gives the kernel's interface more addresses, of the networks of the first ones, and waits until they can be used.
pub(crate) fn add_addresses<A: AsRef<str>>(addresses: &[A]) {
    add_addresses_to(TAP0, addresses);
}

/// The same for any interface of the kernel's.
pub(crate) fn add_addresses_to<A: AsRef<str>>(interface: &str, addresses: &[A]) {
    for address in addresses {
        let address = address.as_ref();
        let options = if address.contains(':') {
            // Nobody else has it.
            "64 nodad"
        } else {
            "24 broadcast +"
        };
        run(&format!(
            "ip address add {address}/{options} dev {interface}"
        ));
    }
    // One of IPv6 is used only when the kernel comes to think about it. Its route is the last thing that it gets.
    let has_routes = || {
        let output = Command::new("ip")
            .args(["-6", "route", "show", "table", "local"])
            .output();
        let routes = String::from_utf8(output.unwrap().stdout).unwrap();
        let mut addresses = addresses.iter().map(AsRef::as_ref);
        addresses.all(|address: &str| {
            let route = format!("local {address} ");
            !address.contains(':') || routes.lines().any(|line| line.starts_with(&route))
        })
    };
    assert!((0..1000).any(|_| has_routes()), "the kernel has no routes");
}

/// A socket of the kernel's, which never blocks.
pub(crate) fn kernel_socket(address: &str, port: u16) -> UdpSocket {
    let ip: core::net::IpAddr = address.parse().unwrap();
    let socket = UdpSocket::bind((ip, port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// Our host, in the computer's time.
pub(crate) struct TapLab<D: Device = Tap> {
    pub(crate) computer: Computer<D>,
    clock: Clock,
}

impl<D: Device + AsFd> TapLab<D> {
    /// The host with our addresses.
    pub(crate) fn new(device: D) -> Self {
        Self::with_addresses(device, &[(OURS, 24), (OURS6, 64)])
    }

    /// The host with other addresses, each with the length of its prefix.
    pub(crate) fn with_addresses(device: D, addresses: &[(&str, u8)]) -> Self {
        Self {
            computer: Computer::new(2, device, addresses),
            clock: Clock::new(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets the host do what it has to do until `is_done`, which is asked again whenever something has happened, and
    /// whenever one of `others` can be read. Fails when that takes too long.
    #[track_caller]
    pub(crate) fn until(
        &mut self,
        others: &[BorrowedFd<'_>],
        mut is_done: impl FnMut(&mut Computer<D>) -> bool,
    ) {
        let end = self.now().saturating_add(LIMIT);
        loop {
            let wanted = self.computer.poll(self.clock.now());
            if is_done(&mut self.computer) {
                return;
            }
            let now = self.clock.now();
            assert!(now < end, "told: {:?}", self.computer.log.told);
            let Computer { stack, sockets, .. } = &self.computer;
            // What was sent meanwhile has not been polled.
            let next = wanted.into_iter().chain(stack.poll_at(now, sockets));
            let until = next.min().map_or(end, |at| at.min(end));
            let devices = stack.devices().map(AsFd::as_fd);
            let all: Vec<_> = devices.chain(others.iter().copied()).collect();
            wait(&all, None, Some(until.saturating_since(now))).unwrap();
        }
    }

    /// Lets the host do what the sockets have asked for.
    #[track_caller]
    pub(crate) fn settle(&mut self) {
        self.until(&[], |computer| !computer.sockets.has_ready());
    }

    /// A socket of ours that listens.
    #[track_caller]
    pub(crate) fn bound(&mut self, socket_type: SocketType, port: u16) -> SocketId {
        let id = self.computer.bound(socket_type, port);
        assert_eq!(self.told(id, 1), ["listening"]);
        id
    }

    /// What a socket of ours was told since the last call: waits until there are so many lines, or more.
    #[track_caller]
    pub(crate) fn told(&mut self, id: SocketId, count: usize) -> Vec<String> {
        self.until(&[], |computer| {
            let told = &computer.log.told;
            told.iter().filter(|told| told.id == id).count() >= count
        });
        self.computer.told(id)
    }

    /// The next datagram for a socket of the kernel's, with its sender.
    #[track_caller]
    pub(crate) fn heard(&mut self, socket: &UdpSocket) -> io::Result<(Vec<u8>, SocketAddr)> {
        let mut buffer = vec![0; 65_536];
        let mut heard = None;
        self.until(&[socket.as_fd()], |_| {
            let received = socket.recv_from(&mut buffer);
            let is_blocked = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
            let is_done = !received.as_ref().is_err_and(is_blocked);
            heard = is_done.then_some(received);
            is_done
        });
        let (len, sender) = heard.unwrap()?;
        buffer.truncate(len);
        Ok((buffer, sender))
    }
}

/// Longer than anything here takes, also on a computer with much to do.
const LIMIT: Duration = Duration::from_secs(20);

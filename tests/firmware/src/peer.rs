//! A host that tests talk through: it finds neighbours and is found, sends datagrams and receives them.
//!
//! It has no thread: neighbours that ask for it are answered while a test waits for something.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use crate::fragment::Fragments;
use crate::frame::{self, Content, Datagram, HardwareAddress};
use crate::guest::link_local;
use crate::time::Deadline;
use crate::{Port, Switch, fragment, group};

/// How long a question for a neighbour waits for its answer, and how often it is asked.
const ANSWER: Duration = Duration::from_secs(1);
const QUESTIONS: u32 = 10;

/// A host on a switch.
#[derive(Debug)]
pub struct Peer {
    socket: UnixDatagram,
    switch: PathBuf,
    port: Port,
    /// That its datagrams are sent from, and those that it receives go to.
    udp_port: u16,
    hardware_address: HardwareAddress,
    ipv4: Ipv4Addr,
    neighbours: HashMap<IpAddr, HardwareAddress>,
    fragments: Fragments,
    /// Of the last packet in fragments.
    identification: u16,
}

impl Peer {
    /// The UDP port of a peer that needs no certain one.
    pub const PORT: u16 = 4242;

    /// A host on a switch, whose addresses end with `number`; no other peer and no guest has the same.
    ///
    /// # Errors
    /// If there is another host of this number.
    pub fn new(switch: &Switch, number: u8) -> io::Result<Self> {
        Self::with_port(switch, number, Self::PORT)
    }

    /// A host whose datagrams are sent from the UDP port `udp_port`, and who receives those that go there.
    ///
    /// # Errors
    /// If there is another host of this number.
    pub fn with_port(switch: &Switch, number: u8, udp_port: u16) -> io::Result<Self> {
        let port = switch.connect(&format!("peer-{number}"))?;
        let socket = UnixDatagram::bind(port.path())?;
        Ok(Self {
            socket,
            switch: switch.path(),
            port,
            udp_port,
            hardware_address: [2, 0, 0, 0, 0, number],
            ipv4: Ipv4Addr::new(10, 99, 0, number),
            neighbours: HashMap::new(),
            fragments: Fragments::new(),
            identification: 0,
        })
    }

    /// The same host with an IPv4 address from another network.
    #[must_use]
    pub const fn at(mut self, ipv4: Ipv4Addr) -> Self {
        self.ipv4 = ipv4;
        self
    }

    /// Where it is connected.
    #[must_use]
    pub const fn port(&self) -> &Port {
        &self.port
    }

    /// Its addresses' family follows that of `other`.
    #[must_use]
    pub fn address(&self, other: IpAddr) -> IpAddr {
        match other {
            IpAddr::V4(_) => self.ipv4.into(),
            IpAddr::V6(_) => self.ipv6().into(),
        }
    }

    /// The address of its Ethernet card.
    #[must_use]
    pub const fn hardware_address(&self) -> [u8; 6] {
        self.hardware_address
    }

    /// Sends a frame as it is.
    ///
    /// # Errors
    /// If the switch is gone.
    pub fn send_frame(&self, frame: &[u8]) -> io::Result<()> {
        self.socket.send_to(frame, &self.switch).map(drop)
    }

    /// The frame of a datagram to a neighbour or a group.
    ///
    /// # Errors
    /// `TimedOut` if the neighbour does not answer.
    pub fn frame(&mut self, to: SocketAddr, payload: &[u8]) -> io::Result<Vec<u8>> {
        let hardware_address = self.neighbour(to.ip())?;
        let datagram = Datagram {
            source: (self.address(to.ip()), self.udp_port).into(),
            destination: to,
            payload: payload.to_owned(),
        };
        Ok(frame::udp(
            self.hardware_address,
            hardware_address,
            &datagram,
        ))
    }

    /// Sends a datagram to a neighbour or a group; in fragments, if it is of IPv4 and longer than a frame.
    ///
    /// # Errors
    /// `TimedOut` if the neighbour does not answer.
    pub fn send(&mut self, to: SocketAddr, payload: &[u8]) -> io::Result<()> {
        let frame = self.frame(to, payload)?;
        self.identification = self.identification.wrapping_add(1);
        fragment::split(&frame, self.identification)
            .iter()
            .try_for_each(|frame| self.send_frame(frame))
    }

    /// Asks all hosts for their groups of the family of `family`, as a router does; they answer within a second.
    ///
    /// # Errors
    /// If the switch is gone.
    pub fn ask_for_groups(&self, family: IpAddr) -> io::Result<()> {
        let frame = group::question(self.address(family), self.hardware_address);
        self.send_frame(&frame)
    }

    /// Waits for a datagram to this host.
    ///
    /// # Errors
    /// `TimedOut` if there is none; `InvalidData` if a frame is broken, which no guest should send.
    pub fn receive(&mut self, within: Duration) -> io::Result<Datagram> {
        let deadline = Deadline::after(within);
        loop {
            if let Content::Datagram(datagram) = self.next("a datagram", deadline)? {
                let address = self.address(datagram.destination.ip());
                if datagram.destination == SocketAddr::from((address, self.udp_port)) {
                    return Ok(datagram);
                }
            }
        }
    }

    /// The datagrams that are still on their way; the last one is `silence` ago.
    ///
    /// # Errors
    /// As [`receive`](Self::receive), but silence is none.
    pub fn drain(&mut self, silence: Duration) -> io::Result<Vec<Datagram>> {
        let mut all = Vec::new();
        loop {
            match self.receive(silence) {
                Ok(datagram) => all.push(datagram),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(all),
                Err(error) => return Err(error),
            }
        }
    }

    /// Forgets its neighbours: the next datagrams ask for them again.
    pub fn forget(&mut self) {
        self.neighbours.clear();
    }

    fn ipv6(&self) -> Ipv6Addr {
        link_local(self.hardware_address)
    }

    /// The hardware address of a neighbour or a group.
    fn neighbour(&mut self, address: IpAddr) -> io::Result<HardwareAddress> {
        if address.is_multicast() {
            return Ok(group::hardware_address(address));
        }
        for _ in 0..QUESTIONS {
            if let Some(&known) = self.neighbours.get(&address) {
                return Ok(known);
            }
            let own = self.address(address);
            self.send_frame(&frame::question(own, self.hardware_address, address))?;
            let deadline = Deadline::after(ANSWER);
            while !self.neighbours.contains_key(&address) {
                match self.next("a neighbour", deadline) {
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                    Err(error) => return Err(error),
                    // A datagram that comes meanwhile is lost: tests ask for neighbours first.
                    Ok(_) => {}
                }
            }
        }
        let text = format!("{address} does not answer");
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    }

    /// Waits for a frame that is not about neighbours, or is an answer.
    fn next(&mut self, what: &str, deadline: Deadline) -> io::Result<Content> {
        let mut buffer = [0; 2048];
        loop {
            self.socket.set_read_timeout(Some(deadline.left(what)?))?;
            let length = match self.socket.recv(&mut buffer) {
                Ok(length) => length,
                // It is over or not: the deadline knows.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            let frame = buffer.get(..length).unwrap_or_default();
            let Some(whole) = self.fragments.join(frame) else {
                continue;
            };
            let content = frame::read(&whole);
            match content {
                Content::Question { wanted, by } if wanted == self.address(wanted) => {
                    // Who asks is sent to by its hardware address, which the frame has.
                    if let Some((_, rest)) = buffer.split_first_chunk::<6>()
                        && let Some(&to) = rest.first_chunk()
                    {
                        let answer = frame::answer(wanted, self.hardware_address, by, to);
                        self.send_frame(&answer)?;
                    }
                }
                Content::Question { .. } => {}
                Content::Answer(address, hardware_address) => {
                    self.neighbours.insert(address, hardware_address);
                    return Ok(content);
                }
                Content::Broken(what) => {
                    let text = format!("a frame is broken: {what}");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                Content::Datagram(_) | Content::Other => return Ok(content),
            }
        }
    }
}

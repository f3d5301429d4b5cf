//! Scripts: sockets on hosts, and what is done with them, step by step. As text, a script is what a failure prints.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{Options, SocketType};

/// Sockets, and calls of them in order.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) sockets: Vec<Planned>,
    pub(crate) steps: Vec<Step>,
}

/// A socket that a script has from its beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) host: usize,
    pub(crate) socket_type: SocketType,
    pub(crate) reuse_address: bool,
    pub(crate) reuse_port: bool,
    pub(crate) ipv6_only: bool,
}

/// A call of a socket, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) socket: usize,
    pub(crate) call: Call,
    /// Whether the next call of the same socket, if it is the next step, comes before anything has come of this one.
    pub(crate) is_hasty: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Bind(Option<Place>, Port),
    Connect(Place, Port),
    Disconnect,
    /// So many datagrams of so many bytes; without a destination, to the peer.
    Send {
        to: Option<(Place, Port)>,
        len: usize,
        count: u8,
    },
    Close,
    SetTtl(u32),
    SetBroadcast(bool),
    SetMulticastTtl(u32),
    SetMulticastLoopback(bool),
    SetMulticastInterface(Face),
    AddMembership(Group),
    DropMembership(Group),
}

/// An address, as one host sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) ip: IpAddr,
    /// The network that gives a link-local address its meaning.
    pub(crate) lan: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Number(u16),
    /// That of a socket when the step is carried out; 9 if it has none.
    Of(usize),
}

/// An interface, as one host names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Default,
    Address(Ipv4Addr),
    Lan(usize),
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) ip: IpAddr,
    pub(crate) source: Option<IpAddr>,
    pub(crate) face: Face,
}

impl Script {
    /// Whether all comes to rest after a step.
    pub(crate) fn rests_after(&self, step: usize) -> bool {
        let [this, next] = [step, step + 1].map(|at| self.steps.get(at));
        let is_hasty = this.is_some_and(|this| {
            this.is_hasty && next.is_some_and(|next| next.socket == this.socket)
        });
        !is_hasty
    }
}

impl Planned {
    pub(crate) fn options(&self) -> Options {
        Options::new(self.socket_type)
            .reuse_address(self.reuse_address)
            .reuse_port(self.reuse_port)
            .ipv6_only(self.ipv6_only)
    }
}

impl Place {
    pub(crate) fn new(ip: impl Into<IpAddr>) -> Self {
        Self {
            ip: ip.into(),
            lan: None,
        }
    }
}

/// The name of a socket by its number.
pub(crate) fn name(socket: usize) -> char {
    let letter = u8::try_from(socket)
        .ok()
        .and_then(|at| b'a'.checked_add(at));
    letter.map_or('?', char::from)
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, socket) in self.sockets.iter().enumerate() {
            let Planned {
                host, socket_type, ..
            } = socket;
            write!(f, "{}: {socket_type:?} on host {host}", name(number))?;
            for (is_set, text) in [
                (socket.reuse_address, ", reuse address"),
                (socket.reuse_port, ", reuse port"),
                (socket.ipv6_only, ", IPv6 only"),
            ] {
                if is_set {
                    f.write_str(text)?;
                }
            }
            writeln!(f)?;
        }
        for (at, step) in self.steps.iter().enumerate() {
            writeln!(f, "{at:3} {step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_hasty {
            f.write_str("at once with the next: ")?;
        }
        write!(f, "{}.{}", name(self.socket), self.call)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bind(None, port) => write!(f, "bind({port})"),
            Self::Bind(Some(place), port) => write!(f, "bind({port}, {place})"),
            Self::Connect(place, port) => write!(f, "connect({port}, {place})"),
            Self::Disconnect => f.write_str("disconnect()"),
            Self::Send { to, len, count } => {
                write!(f, "send({len} bytes")?;
                if let Some((place, port)) = to {
                    write!(f, ", {port}, {place}")?;
                }
                f.write_str(")")?;
                if count == 1 {
                    Ok(())
                } else {
                    write!(f, " × {count}")
                }
            }
            Self::Close => f.write_str("close()"),
            Self::SetTtl(hops) => write!(f, "setTTL({hops})"),
            Self::SetBroadcast(on) => write!(f, "setBroadcast({on})"),
            Self::SetMulticastTtl(hops) => write!(f, "setMulticastTTL({hops})"),
            Self::SetMulticastLoopback(on) => write!(f, "setMulticastLoopback({on})"),
            Self::SetMulticastInterface(face) => write!(f, "setMulticastInterface({face})"),
            Self::AddMembership(group) => write!(f, "addMembership({group})"),
            Self::DropMembership(group) => write!(f, "dropMembership({group})"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        match self.lan {
            Some(lan) => write!(f, "%eth{lan}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(port) => write!(f, "{port}"),
            Self::Of(socket) => write!(f, "port of {}", name(*socket)),
        }
    }
}

impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Address(ip) => write!(f, "{ip}"),
            Self::Lan(lan) => write!(f, "eth{lan}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = self.source {
            write!(f, "{source}, ")?;
        }
        write!(f, "{}, {}", self.ip, self.face)
    }
}

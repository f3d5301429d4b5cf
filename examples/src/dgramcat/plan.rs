//! What is to be done: the command line, checked.

use core::net::IpAddr;
use core::time::Duration;
use std::ffi::OsString;

use anydgram_core::SocketType;

use super::given::{Given, Usage, number, utf8};
use super::interface::InterfaceName;
pub(super) use asked::Asked;
pub(super) use userspace::Userspace;

mod asked;
mod userspace;

/// All that a backend has to know.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) backend: Backend,
    pub(super) socket_type: SocketType,
    pub(super) json: bool,
    pub(super) is_verbose: bool,
    pub(super) task: Task,
}

/// Where the sockets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Backend {
    /// Those of the operating system.
    Std,
    /// Those of a userspace stack on a TAP interface.
    Smoltcp(Userspace),
}

#[derive(Debug, PartialEq)]
pub(super) enum Task {
    Listen(Listen),
    Send(Send),
}

#[derive(Debug, PartialEq)]
pub(super) struct Listen {
    pub(super) port: u16,
    /// Empty for the wildcard address.
    pub(super) address: String,
    pub(super) echo: bool,
    pub(super) joins: Vec<Join>,
    pub(super) source: Option<IpAddr>,
    pub(super) reuse_address: bool,
    pub(super) reuse_port: bool,
    pub(super) ipv6_only: bool,
    pub(super) count: Option<u64>,
    pub(super) timeout: Option<Duration>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Join {
    pub(super) group: IpAddr,
    pub(super) interface: Option<InterfaceName>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Send {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) data: Data,
    /// Where to send from; an empty host is the wildcard address.
    pub(super) bind: (String, u16),
    pub(super) connect: bool,
    pub(super) ttl: Option<u32>,
    pub(super) multicast_ttl: Option<u32>,
    pub(super) multicast_interface: Option<InterfaceName>,
    pub(super) no_loopback: bool,
    pub(super) broadcast: bool,
    /// What each datagram asks for.
    pub(super) asked: Asked,
    /// How often each datagram is sent.
    pub(super) count: u64,
    pub(super) reply: Option<Duration>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Data {
    /// These datagrams.
    Arguments(Vec<Vec<u8>>),
    /// The lines of standard input.
    Input,
}

impl Plan {
    pub(super) fn new(given: &Given) -> Result<Self, Usage> {
        let task = match given.command()? {
            Some("listen") => Task::Listen(listen(given)?),
            Some("send") => Task::Send(send(given)?),
            Some(other) => {
                return Err(Usage(format!(
                    "there is no command '{other}': use listen or send"
                )));
            }
            None => {
                let text = "say what to do: listen PORT, or send HOST PORT [DATA…]";
                return Err(Usage(text.to_owned()));
            }
        };
        if given.has("mode") {
            return Err(Usage("--mode is only for --type unix".to_owned()));
        }
        let backend = Backend::new(given)?;
        backend.check_names(&task)?;
        Ok(Self {
            backend,
            socket_type: socket_type(given.text("type")?)?,
            json: given.has("json"),
            is_verbose: given.has("verbose"),
            task,
        })
    }
}

fn listen(given: &Given) -> Result<Listen, Usage> {
    let [port] = given.operands() else {
        return Err(Usage("listen takes one operand: PORT".to_owned()));
    };
    let joins: Result<Vec<Join>, Usage> =
        given.texts("join")?.into_iter().map(Join::parse).collect();
    let joins = joins?;
    let source = given.text("source")?;
    if source.is_some() && joins.is_empty() {
        return Err(Usage("--source needs a group: add --join GROUP".to_owned()));
    }
    Ok(Listen {
        port: port_number(utf8("PORT", port)?, 0)?,
        address: given.text("bind")?.unwrap_or_default().to_owned(),
        echo: given.has("echo"),
        joins,
        source: source.map(|text| address("--source", text)).transpose()?,
        reuse_address: given.has("reuse-addr"),
        reuse_port: given.has("reuse-port"),
        ipv6_only: given.has("ipv6-only"),
        count: given.number("count", 1..=u64::MAX)?,
        timeout: given.seconds("timeout")?,
    })
}

fn send(given: &Given) -> Result<Send, Usage> {
    let [host, port, data @ ..] = given.operands() else {
        return Err(Usage(
            "send takes at least two operands: HOST PORT [DATA…]".to_owned(),
        ));
    };
    let interface = given.text("multicast-interface")?;
    Ok(Send {
        host: utf8("HOST", host)?.to_owned(),
        port: port_number(utf8("PORT", port)?, 1)?,
        data: Data::parse(data)?,
        bind: given.text("bind")?.map_or_else(
            || Ok((String::new(), 0)),
            |text| address_and_port("--bind", text),
        )?,
        connect: given.has("connect"),
        ttl: hops(given, "ttl", 1)?,
        multicast_ttl: hops(given, "multicast-ttl", 0)?,
        multicast_interface: interface.map(InterfaceName::parse),
        no_loopback: given.has("no-loopback"),
        broadcast: given.has("broadcast"),
        asked: Asked::new(given, socket_type(given.text("type")?)?.family())?,
        count: given.number("count", 1..=u64::MAX)?.unwrap_or(1),
        reply: given.seconds("reply")?,
    })
}

impl Backend {
    fn new(given: &Given) -> Result<Self, Usage> {
        match given.text("backend")? {
            None | Some("std") => Userspace::refuse(given).map(|()| Self::Std),
            Some("smoltcp") => Userspace::new(given).map(Self::Smoltcp),
            Some(other) => Err(Usage(format!(
                "there is no backend '{other}': --backend takes std or smoltcp"
            ))),
        }
    }

    /// Whether somebody can be asked for the host names, if there are any.
    fn check_names(&self, task: &Task) -> Result<(), Usage> {
        let Self::Smoltcp(userspace) = self else {
            return Ok(());
        };
        let hosts = match task {
            Task::Listen(listen) => [listen.address.as_str(), ""],
            Task::Send(send) => [send.host.as_str(), send.bind.0.as_str()],
        };
        let is_name = |host: &&str| {
            let address = host.split_once('%').map_or(*host, |(address, _)| address);
            !["", "localhost"].contains(host) && address.parse::<IpAddr>().is_err()
        };
        match hosts.iter().find(|host| is_name(host)) {
            Some(name) if !userspace.knows_names() => Err(Usage(format!(
                "nobody is there to be asked for '{name}': add --dns IP or --dhcp, or name an address"
            ))),
            _ => Ok(()),
        }
    }
}

impl Join {
    fn parse(text: &str) -> Result<Self, Usage> {
        let (group, interface) = match text.split_once('@') {
            Some((group, interface)) => (group, Some(interface)),
            None => (text, None),
        };
        Ok(Self {
            group: address("--join GROUP@IFACE, whose GROUP", group)?,
            interface: interface.map(InterfaceName::parse),
        })
    }
}

impl Data {
    pub(super) fn parse(operands: &[OsString]) -> Result<Self, Usage> {
        match operands {
            [] => Ok(Self::Arguments(vec![Vec::new()])),
            [only] if only == "-" => Ok(Self::Input),
            several if several.iter().any(|one| one == "-") => Err(Usage(
                "- stands for standard input, and there is no other DATA beside it".to_owned(),
            )),
            several => Ok(Self::Arguments(
                several
                    .iter()
                    .map(|one| one.clone().into_encoded_bytes())
                    .collect(),
            )),
        }
    }
}

fn socket_type(text: Option<&str>) -> Result<SocketType, Usage> {
    let text = text.unwrap_or("udp4");
    SocketType::parse(text)
        .map_err(|_| Usage(format!("--type takes udp4, udp6 or unix, but got '{text}'")))
}

fn hops(given: &Given, name: &str, least: u64) -> Result<Option<u32>, Usage> {
    let number = given.number(name, least..=255)?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

fn port_number(text: &str, least: u64) -> Result<u16, Usage> {
    let range = least..=u64::from(u16::MAX);
    let port = number("PORT", text, range)?;
    u16::try_from(port).map_err(|_| Usage(format!("{port} is no port")))
}

fn address(what: &str, text: &str) -> Result<IpAddr, Usage> {
    text.parse()
        .map_err(|_| Usage(format!("{what} takes an IP address, but got '{text}'")))
}

/// Reads `ADDR:PORT`, with an IPv6 address in brackets.
fn address_and_port(what: &str, text: &str) -> Result<(String, u16), Usage> {
    let wrong = || {
        Usage(format!(
            "{what} takes ADDR:PORT, or [ADDR]:PORT for IPv6, but got '{text}'"
        ))
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').ok_or_else(wrong)?,
        None if host.contains(':') => return Err(wrong()),
        None => host,
    };
    let port = port_number(port, 0).map_err(|_| wrong())?;
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests;

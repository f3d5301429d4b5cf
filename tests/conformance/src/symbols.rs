//! Symbolic addresses and ports: what a scenario says instead of values that depend on the machine, and how real
//! values become symbols again in a trace.

mod scan;

use serde_json::Value as Json;

use crate::mistake::Mistake;
use crate::need::Need;

/// Symbols for addresses, their values, and what a scenario has to need in order to use them. The values belong to
/// `namespace.sh`; a backend with hosts of its own configures them alike.
const ADDRESSES: [(&str, &str, &[Need]); 30] = {
    use Need::{
        Broadcast, HostNames, Ipv6, LinkLocal, Multicast, Network, SeveralInterfaces,
        SourceSpecific,
    };
    [
        ("loopback", "127.0.0.1", &[]),
        ("loopback2", "127.0.0.2", &[]),
        ("loopback6", "::1", &[Ipv6]),
        ("host0", "192.0.2.10", &[Network]),
        ("host1", "192.0.2.11", &[Network]),
        ("second0", "198.51.100.10", &[Network, SeveralInterfaces]),
        ("host0-6", "2001:db8::10", &[Network, Ipv6]),
        ("host1-6", "2001:db8::11", &[Network, Ipv6]),
        (
            "second0-6",
            "2001:db8:1::10",
            &[Network, Ipv6, SeveralInterfaces],
        ),
        ("link-local0", "fe80::10", &[Ipv6]),
        ("link-local1", "fe80::11", &[Ipv6, LinkLocal]),
        (
            "second-link-local0",
            "fe80::20",
            &[Ipv6, LinkLocal, SeveralInterfaces],
        ),
        ("group", "239.255.0.1", &[Multicast]),
        ("group2", "239.255.0.2", &[Multicast]),
        ("group6", "ff15::1:1", &[Multicast, Ipv6]),
        ("group6-2", "ff15::1:2", &[Multicast, Ipv6]),
        ("source-group", "232.1.1.1", &[SourceSpecific]),
        ("source-group6", "ff3e::8000:1", &[SourceSpecific, Ipv6]),
        ("broadcast", "192.0.2.255", &[Broadcast]),
        ("broadcast-all", "255.255.255.255", &[Broadcast]),
        ("unused", "192.0.2.99", &[]),
        ("unused6", "2001:db8::99", &[Ipv6]),
        ("unreachable", "203.0.113.1", &[Network]),
        ("interface", "any0", &[]),
        ("interface2", "any1", &[SeveralInterfaces]),
        ("no-interface", "none9", &[]),
        ("name", "localhost", &[HostNames]),
        ("no-name", "no..such..name", &[HostNames]),
        // Not symbols of their own: what follows the colon says which one.
        ("port", "", &[]),
        ("free", "", &[]),
    ]
};

/// What the symbols of a scenario ask for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Needs, with repetitions.
    pub(crate) needs: Vec<Need>,
    /// The labels of `$free:label`, each once.
    pub(crate) free_ports: Vec<String>,
}

impl Found {
    pub(crate) fn look_in(&mut self, json: &Json) {
        match json {
            Json::String(text) => self.look_in_text(text),
            Json::Array(items) => items.iter().for_each(|item| self.look_in(item)),
            Json::Object(members) => members.values().for_each(|member| self.look_in(member)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn look_in_text(&mut self, text: &str) {
        for part in scan::parts(text) {
            let scan::Part::Symbol { name, label, .. } = part else {
                continue;
            };
            if let Some((_, _, needs)) = entry(name) {
                self.needs.extend_from_slice(needs);
            }
            if let ("free", Some(label)) = (name, label)
                && !self.free_ports.iter().any(|known| known == label)
            {
                self.free_ports.push(label.to_owned());
            }
        }
    }
}

fn entry(name: &str) -> Option<&'static (&'static str, &'static str, &'static [Need])> {
    ADDRESSES.iter().find(|(symbol, _, _)| *symbol == name)
}

/// A text with its symbols replaced: `"$port:a"` alone is a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    Number(u16),
    Text(String),
}

/// The symbols of one run.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    /// A socket's ports, oldest first.
    by_socket: Vec<(String, Vec<u16>)>,
    free: Vec<(String, u16)>,
    /// How a trace names a port.
    names: Vec<(u16, String)>,
}

impl Symbols {
    /// Notes that a socket was seen on a port.
    pub(crate) fn learn(&mut self, socket: &str, port: u16) {
        let position = self.by_socket.iter().position(|(name, _)| name == socket);
        let position = position.unwrap_or_else(|| {
            self.by_socket.push((socket.to_owned(), Vec::new()));
            self.by_socket.len() - 1
        });
        let Some((_, ports)) = self.by_socket.get_mut(position) else {
            return;
        };
        if port == 0 || ports.last() == Some(&port) {
            return;
        }
        ports.push(port);
        let name = match ports.len() {
            1 => format!("$port:{socket}"),
            count => format!("$port:{socket}:{count}"),
        };
        if !self.names.iter().any(|(known, _)| *known == port) {
            self.names.push((port, name));
        }
    }

    /// Gives a port that nobody uses to a label.
    pub(crate) fn reserve(&mut self, label: &str, port: u16) {
        self.free.push((label.to_owned(), port));
        self.names.push((port, format!("$free:{label}")));
    }

    /// Replaces symbols by values.
    pub(crate) fn expand(&self, text: &str) -> Result<Expanded, Mistake> {
        if let [scan::Part::Symbol { name, label, .. }] = scan::parts(text).as_slice()
            && let (true, Some(label)) = (["port", "free"].contains(name), label)
        {
            return Ok(Expanded::Number(self.port_of(name, label)?));
        }
        self.expand_to_text(text).map(Expanded::Text)
    }

    /// Replaces symbols by values, ports by their digits.
    pub(crate) fn expand_to_text(&self, text: &str) -> Result<String, Mistake> {
        let mut result = String::new();
        for part in scan::parts(text) {
            match part {
                scan::Part::Text(text) => result.push_str(text),
                scan::Part::Dollar => result.push('$'),
                scan::Part::Symbol { name, label, whole } => match (entry(name), label) {
                    (Some(("port" | "free", _, _)), Some(label)) => {
                        result.push_str(&self.port_of(name, label)?.to_string());
                    }
                    (Some(("port" | "free", _, _)), None) | (Some(_), Some(_)) | (None, _) => {
                        return Err(Mistake::new(format!("unknown symbol {whole}")));
                    }
                    (Some((_, value, _)), None) => result.push_str(value),
                },
            }
        }
        Ok(result)
    }

    fn port_of(&self, kind: &str, label: &str) -> Result<u16, Mistake> {
        let known = if kind == "free" {
            let of_label = self.free.iter().find(|(name, _)| name == label);
            of_label.map(|(_, port)| *port)
        } else {
            let of_socket = self.by_socket.iter().find(|(name, _)| name == label);
            of_socket.and_then(|(_, ports)| ports.last()).copied()
        };
        known.ok_or_else(|| Mistake::new(format!("${kind}:{label} has no port yet")))
    }

    /// The symbol of a port, if it has one.
    pub(crate) fn port(&self, port: f64) -> Option<&str> {
        let known = self
            .names
            .iter()
            .find(|(known, _)| f64::from(*known) == port);
        known.map(|(_, name)| name.as_str())
    }

    /// Replaces addresses, names of interfaces and ports in a text by symbols.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut result = text.replace('$', "$$");
        let mut values: Vec<_> = ADDRESSES
            .iter()
            .filter(|(_, value, _)| !value.is_empty())
            .collect();
        values.sort_by_key(|(_, value, _)| core::cmp::Reverse(value.len()));
        for (symbol, value, _) in values {
            result = scan::replace_value(&result, value, &format!("${symbol}"));
        }
        scan::replace_ports(&result, |digits| {
            let port: f64 = digits.parse().ok()?;
            self.port(port).map(String::from)
        })
    }
}

#[cfg(test)]
mod tests;

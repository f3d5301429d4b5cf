//! Interfaces as people name them: by name, index, or an address.

use core::net::IpAddr;

/// How an interface is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InterfaceName {
    /// By its index.
    Index(u32),
    /// By an address that it has.
    Address(IpAddr),
    /// By its name.
    Name(String),
}

impl InterfaceName {
    /// Reads digits as an index, an address as itself but for its zone, which is the interface, and all else as a name.
    pub(super) fn parse(text: &str) -> Self {
        let text = match text.split_once('%') {
            Some((_address, zone)) => zone,
            None => text,
        };
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(index) = text.parse().ok().filter(|_| is_number) {
            return Self::Index(index);
        }
        match text.parse() {
            Ok(address) => Self::Address(address),
            Err(_) => Self::Name(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::InterfaceName::{self, Address, Index, Name};

    #[test]
    fn interfaces_are_indexes_addresses_zones_or_names() {
        for (text, expected) in [
            ("0", Index(0)),
            ("12", Index(12)),
            ("4294967296", Name("4294967296".into())),
            ("+1", Name("+1".into())),
            ("127.0.0.1", Address("127.0.0.1".parse().unwrap())),
            ("fe80::1", Address("fe80::1".parse().unwrap())),
            ("fe80::1%eth0", Name("eth0".into())),
            ("::%3", Index(3)),
            ("eth0", Name("eth0".into())),
            ("", Name(String::new())),
        ] {
            assert_eq!(InterfaceName::parse(text), expected, "{text}");
        }
    }
}

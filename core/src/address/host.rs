//! Hosts as callers say them: defaulted, numeric or named.

use super::Address;
use crate::error::Misuse;

/// Where a call is aimed, as its caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a host is defaulted, numeric or named"
)]
pub enum Host<'a> {
    /// The default of the call: the wildcard address for `bind`, loopback for `connect` and `send`.
    Default,
    /// An IP address.
    Ip(Address),
    /// A name, or an address with an interface name as its zone: the backend looks it up.
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Reads a host: an empty text is the default, an address that [`Address::parse`] reads is itself,
    /// all else is a name to look up, whether or not such a name can exist.
    ///
    /// A zone that is an interface's name (`fe80::1%eth0`) makes a name, since only the backend knows
    /// the interfaces. So does a zone that nobody can resolve: an empty one, one with a second `%`, an
    /// index above `u32::MAX`, any zone of an IPv4 address.
    ///
    /// Node: the address of `socket.bind`, `connect` and `send`
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        if text.is_empty() {
            return Self::Default;
        }
        match Address::parse(text) {
            Some(address) => Self::Ip(address),
            None => Self::Name(text),
        }
    }

    /// Checks that a name can be handed to a resolver as it is.
    ///
    /// # Errors
    /// [`Misuse::BadHostName`] for a name of more than 253 bytes, and for one with a NUL byte, which C
    /// resolvers would cut there.
    ///
    /// RFC 1035 § 2.3.4 (255 octets on the wire are 253 in text)
    pub fn check(&self) -> Result<(), Misuse> {
        match self {
            Self::Default | Self::Ip(_) => Ok(()),
            Self::Name(name) if name.len() > LONGEST_NAME || name.bytes().any(|byte| byte == 0) => {
                Err(Misuse::BadHostName)
            }
            Self::Name(_) => Ok(()),
        }
    }
}

impl<'a> From<&'a str> for Host<'a> {
    fn from(text: &'a str) -> Self {
        Self::parse(text)
    }
}

impl<A: Into<Address>> From<A> for Host<'_> {
    fn from(address: A) -> Self {
        Self::Ip(address.into())
    }
}

/// Of a host name, in bytes.
pub(crate) const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use core::net::Ipv6Addr;

    use super::*;

    const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

    #[test]
    fn numeric_zones_are_scope_ids() {
        for (text, scope_id) in [
            ("fe80::1", 0),
            ("fe80::1%0", 0),
            ("fe80::1%2", 2),
            ("fe80::1%002", 2),
            ("FE80:0:0::1%4294967295", u32::MAX),
        ] {
            let address = Address::scoped(LINK_LOCAL, scope_id);
            assert_eq!(Host::parse(text), Host::Ip(address), "{text}");
        }
        // The scope of other addresses is the backend's business.
        let loopback = Address::scoped(Ipv6Addr::LOCALHOST, 1);
        assert_eq!(Host::parse("::1%1"), Host::Ip(loopback));
    }

    #[test]
    fn all_other_zones_make_a_name() {
        for text in [
            "fe80::1%eth0",
            "fe80::1%",
            "fe80::1%%",
            "fe80::1%2%3",
            "fe80::1%eth0%1",
            "fe80::1%25eth0",
            "fe80::1%4294967296",
            "fe80::1%99999999999999999999999",
            "fe80::1%+2",
            "fe80::1%-1",
            "fe80::1% 2",
            "fe80::1%2 ",
            "fe80::1%0x2",
            "fe80::1%é",
            "127.0.0.1%1",
            "127.0.0.1%lo",
            "%",
            "%1",
            "localhost%1",
        ] {
            assert_eq!(Host::parse(text), Host::Name(text));
        }
        assert_eq!(Host::parse(""), Host::Default);
    }

    #[test]
    fn names_that_a_resolver_would_cut_are_refused() {
        let long = "a".repeat(1024);
        assert_eq!(Host::Name(&long[..253]).check(), Ok(()));
        assert_eq!(Host::Name(&long[..254]).check(), Err(Misuse::BadHostName));
        assert_eq!(Host::Name("a\0.b").check(), Err(Misuse::BadHostName));
        assert_eq!(
            Host::parse(&alloc::format!("fe80::1%{long}")).check(),
            Err(Misuse::BadHostName)
        );
        assert_eq!(Host::parse("").check(), Ok(()));
        assert_eq!(Host::parse("::1").check(), Ok(()));
    }
}

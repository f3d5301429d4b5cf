//! Addresses at the seam to the operating system: [`Endpoint`] and socket2's [`SockAddr`].
//!
//! The core itself converts between [`Endpoint`] and [`SocketAddr`].

use core::net::SocketAddr;

use anydgram_core::{Endpoint, Family};
use socket2::{Domain, SockAddr};

/// The operating system's form of an endpoint.
pub(crate) fn sock_addr(endpoint: Endpoint) -> SockAddr {
    SockAddr::from(SocketAddr::from(endpoint))
}

/// The endpoint in an address that the operating system gave.
///
/// `None` when it gave none, one of another family, or one that is too short to hold what its family promises.
pub(crate) fn endpoint(address: &SockAddr) -> Option<Endpoint> {
    let socket_address = address.as_socket()?;
    let needed = match socket_address {
        SocketAddr::V4(_) => SOCKADDR_IN_LEN,
        SocketAddr::V6(_) => SOCKADDR_IN6_LEN,
    };
    // as_socket reads the whole structure whatever the length says.
    (usize::try_from(address.len()).ok()? >= needed).then(|| socket_address.into())
}

/// The operating system's name of a family.
pub(crate) fn domain(family: Family) -> Domain {
    match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    }
}

/// The length of `sockaddr_in`, the same everywhere.
const SOCKADDR_IN_LEN: usize = 16;
/// The length of `sockaddr_in6` up to its scope id (RFC 3493 § 3.3).
const SOCKADDR_IN6_LEN: usize = 28;

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use anydgram_core::Address;

    use super::*;

    #[test]
    fn endpoints_round_trip_with_their_scope() {
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        for end in [
            Endpoint::new(Address::from(Ipv4Addr::new(192, 0, 2, 7)), 9),
            Endpoint::new(Address::from(Ipv6Addr::LOCALHOST), 65_535),
            Endpoint::new(Address::scoped(link_local, 3), 1),
        ] {
            assert_eq!(endpoint(&sock_addr(end)), Some(end));
        }
    }

    #[cfg(unix)]
    #[test]
    fn another_family_has_no_endpoint() {
        let path = SockAddr::unix("/tmp/socket").unwrap();
        assert_eq!(endpoint(&path), None);
    }
}

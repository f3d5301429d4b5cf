//! Ports that nobody uses.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io::ErrorKind;

use socket2::{Domain, Socket, Type};

/// Below the ephemeral ports, so that nobody gets them by chance either.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port that is neither taken nor used, in both families.
pub(super) fn free(taken: &[u16]) -> Option<u16> {
    // Processes that look at the same time begin at different places.
    let number = std::process::id().wrapping_mul(37) % u32::from(COUNT);
    let start = u16::try_from(number).unwrap_or(0);
    let candidates = (0..1000).map(|step| FIRST + (start + step) % COUNT);
    candidates
        .filter(|port| !taken.contains(port))
        .find(|port| {
            is_free((Ipv4Addr::UNSPECIFIED, *port).into())
                && is_free((Ipv6Addr::UNSPECIFIED, *port).into())
        })
}

/// What the system lacks (IPv6, perhaps) is not in use.
fn is_free(address: SocketAddr) -> bool {
    let outcome = Socket::new(Domain::for_address(address), Type::DGRAM, None).and_then(|socket| {
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.bind(&address.into())
    });
    !outcome.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

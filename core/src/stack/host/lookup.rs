//! Looking hosts up: what the host knows itself, and what it asks its wire.

use core::net::IpAddr;

use super::{Context, Host};
use crate::address::{Address, Family, Host as Given, split_zone};
use crate::error::Errno;
use crate::features::NAMES;
use crate::sockets::SocketId;
use crate::stack::packet::Wire;
use crate::token::LookupToken;

/// A question for a resolver, to be answered by [`Socket::handle_lookup`](crate::Socket::handle_lookup) of the socket
/// `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Lookup<'a> {
    /// The socket.
    pub id: SocketId,
    /// Names the question.
    pub token: LookupToken,
    /// What to look up. A name has at most 253 bytes; anything else is only here if the socket has all hosts looked up.
    pub host: Given<'a>,
    /// The family that is wanted.
    pub family: Family,
}

impl Host<'_> {
    /// Answers a lookup, or has the wire answer it later.
    pub(super) fn look_up<W: Wire + ?Sized>(
        &self,
        context: &mut Context<'_, W>,
        asks_always: bool,
        question: Lookup<'_>,
    ) -> Option<Result<Address, Errno>> {
        let known = match question.host {
            _ if NAMES && asks_always => None,
            Given::Default => Some(Ok(question.family.loopback())),
            Given::Ip(address) => Some(Ok(address)),
            Given::Name(name) if NAMES => self.known(name, question.family),
            Given::Name(_) => Some(Err(Errno::ENOTFOUND)),
        };
        if !NAMES {
            return known;
        }
        known.or_else(|| context.wire.look_up(context.now, question))
    }

    /// `localhost` (RFC 6761 § 6.3), and addresses with the name of an interface as their zone (RFC 4007 § 11).
    fn known(&self, name: &str, family: Family) -> Option<Result<Address, Errno>> {
        if is_localhost(name) {
            return Some(Ok(family.loopback()));
        }
        let (address, zone) = split_zone(name);
        let zone = zone?;
        let Some(IpAddr::V6(ip)) = Address::parse(address).map(Address::ip) else {
            // Nobody else can know.
            return Some(Err(Errno::ENOTFOUND));
        };
        // As in Node, a zone that no interface has is none.
        let scope_id = self.interfaces.index_of(zone).unwrap_or(0);
        Some(Ok(Address::scoped(ip, scope_id)))
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let end = name.len().saturating_sub(LOCALHOST.len());
    name.get(end..).is_some_and(|tail| {
        tail.eq_ignore_ascii_case(LOCALHOST)
            && name
                .get(..end)
                .is_some_and(|head| head.is_empty() || head.ends_with('.'))
    })
}

const LOCALHOST: &str = "localhost";

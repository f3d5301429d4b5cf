//! Looking hosts up: what the host knows itself, and what it asks its wire.

use super::{Context, Host};
use crate::address::{Address, Family, Host as Given, split_zone};
use crate::error::Errno;
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
    /// The name: no address, not empty, at most 253 bytes.
    pub name: &'a str,
    /// The family that is wanted.
    pub family: Family,
}

/// What the host itself says to a question.
enum Answer {
    Known(Result<Address, Errno>),
    /// The wire is asked; the name is kept meanwhile.
    Ask,
}

impl Host<'_> {
    /// Answers a lookup, or has the wire answer it later.
    pub(super) fn look_up<W: Wire + ?Sized>(
        &self,
        context: &mut Context<'_, W>,
        question: (SocketId, LookupToken, Family),
        given: Given<'_>,
    ) -> Option<Result<Address, Errno>> {
        let (id, token, family) = question;
        match given {
            Given::Default => Some(Ok(family.loopback())),
            Given::Ip(address) => Some(Ok(address)),
            Given::Name(name) => match self.known(name, family) {
                Answer::Known(answer) => Some(answer),
                Answer::Ask => {
                    let lookup = Lookup {
                        id,
                        token,
                        name,
                        family,
                    };
                    context.wire.look_up(context.now, lookup).err().map(Err)
                }
            },
        }
    }

    /// `localhost` (RFC 6761 § 6.3), and addresses with the name of an interface as their zone (RFC 4007 § 11).
    fn known(&self, name: &str, family: Family) -> Answer {
        if is_localhost(name) {
            return Answer::Known(Ok(family.loopback()));
        }
        let (address, zone) = split_zone(name);
        let Some(zone) = zone else {
            return Answer::Ask;
        };
        let address = Address::parse(address).filter(|address| address.ip.is_ipv6());
        let (Some(address), Some(scope_id)) = (address, self.interfaces.index_of(zone)) else {
            // Nobody else can know.
            return Answer::Known(Err(Errno::ENOTFOUND));
        };
        Answer::Known(Ok(Address {
            scope_id,
            ..address
        }))
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

//! What a kernel does for its datagram sockets and a bare network stack does not: the tables of one host.
//!
//! A backend that moves datagrams (a userspace stack, a network chip, a simulation) has no ports, no groups that
//! belong to a socket, and nobody who brings a datagram to two sockets. All of that is here, once, so that backends
//! cannot drift apart; none of it knows where packets come from.
//!
//! ```text
//!  Socket ── Action, Transmit ──▶ ┌──────┐ ── Outgoing, joins ──▶ Wire
//!    ▲                            │ Host │
//!    └──── handle_*, messages ─── └──────┘ ◀────── Incoming ───── backend
//!            ports · groups · interfaces · local deliveries
//! ```
//!
//! | file | has |
//! |---|---|
//! | `packet.rs` | a datagram on its way in or out, and the [`Wire`] that takes it |
//! | `ports.rs`, `ports/` | which socket has which address; who gets a datagram; ports of the stack's choice |
//! | `random.rs` | numbers nobody can guess, from the caller's seed |
//! | `interfaces.rs`, `interfaces/` | interfaces, their addresses, routes, the choice of a source |
//! | `groups.rs` | memberships of sockets, and what they add up to for each interface |
//! | `loopback.rs` | datagrams that stay on this host |
//! | `tables.rs` | the memory of all of it |
//! | `host.rs`, `host/` | the host itself: what a socket asks for, what arrives, turns |

mod capabilities;
mod groups;
mod host;
mod interfaces;
mod loopback;
mod packet;
mod ports;
mod random;
mod tables;

pub use capabilities::capabilities;
pub use groups::{Filter, GroupSlot, Groups};
pub use host::{Arrival, Drops, Host, Lookup};
pub use interfaces::{AddressSlot, Cidr, InterfaceSlot, Interfaces, Route};
pub use loopback::{LocalSlot, Loopback};
pub(crate) use packet::{Aim, scoped};
pub use packet::{Incoming, Outgoing, Wire};
pub use ports::{Binding, PortSlot, Ports};
pub use random::{Random, Seed};
pub use tables::{TableStorage, Tables};

//! Names of operations in flight.

/// Names one accepted send until its completion, [`Event::Sent`](crate::Event::Sent).
///
/// Unique within its socket for the socket's whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SendToken(pub(crate) u64);

/// Names one lookup until [`Socket::handle_lookup`](crate::Socket::handle_lookup).
///
/// Unique within its socket for the socket's whole life; an answer under a stale token is counted and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LookupToken(pub(crate) u64);

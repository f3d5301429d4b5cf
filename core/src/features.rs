//! What the crate's features leave in of what userspace stacks need: constants for `if`s.
//!
//! Everything that a feature switches is compiled always, and thrown away by the compiler where the constant says so: there
//! is one source, which cannot stop compiling unnoticed. Types and functions are there in every set of features; what is
//! missing is refused, with the error that a kernel without it has.

/// IPv6 in [`stack`](crate::stack) and [`link`](crate::link). A [`Socket`](crate::Socket) by itself knows both families.
pub(crate) const IPV6: bool = cfg!(feature = "ipv6");
/// Memberships of groups in [`stack`](crate::stack). A socket sends to groups without it, too.
pub(crate) const MULTICAST: bool = cfg!(feature = "multicast");
/// Names of hosts in [`stack`](crate::stack): those that it knows, and those that a wire looks up.
pub(crate) const NAMES: bool = cfg!(feature = "names");
/// IPv4 datagrams longer than a frame in [`link`](crate::link), both ways.
pub(crate) const FRAGMENTS: bool = cfg!(feature = "fragments");

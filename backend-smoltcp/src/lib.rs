//! Node.js' `dgram` on the userspace network stack smoltcp.
//!
//! The behaviour is [`anydgram_core`]'s; datagrams go straight between its sockets and the device. smoltcp does the
//! rest of a host's work: it answers ARP, neighbour discovery, echo and group queries, and closed ports; it asks for
//! addresses (DHCP) and names (DNS).
//!
//! ```text
//!  Handler ◀─▶ Sockets ◀─▶ Host ◀── datagrams ──▶ Link ◀── frames ──▶ device
//!                                                   └── the rest ──▶ smoltcp
//! ```
//!
//! Why not smoltcp's own sockets: one of them hears a port, and looking for it takes time in proportion to their number;
//! a datagram for a neighbour that does not answer blocks all behind it; a hop limit belongs to a socket; errors never
//! come back. Here several sockets share a port, a thousand cost what one does, a dead neighbour delays nobody, and each
//! datagram is copied once.
//!
//! # Examples
//! Two hosts on an Ethernet in memory, in a time of their own: `examples/` has larger ones, and a TAP device.
//! ```
//! # #[cfg(feature = "std")] fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use anydgram_core::link::{NeighbourSlot, WaitingSlot};
//! use anydgram_core::stack::{Cidr, Seed, TableStorage};
//! use anydgram_core::{
//!     BindOptions, Datagram, Destination, Event, Handler, Instant, Options, SmallStorage, Socket, SocketId, SocketSlot,
//!     SocketType, Sockets,
//! };
//! use anydgram_smoltcp::{NicMemory, NicOptions, Segment, Stack};
//!
//! /// Answers, and counts what it hears.
//! struct Echo(usize);
//!
//! impl Handler for Echo {
//!     fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
//!         if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
//!             self.0 += 1;
//!             // A full queue loses the answer.
//!             let _ = socket.send(Datagram::new(message.data).reply_to(message.meta).unreported());
//!         }
//!     }
//! }
//!
//! let segment = Segment::new();
//! let now = Instant::from_micros(0);
//! let mut tables = [const { TableStorage::<1, 1, 1, 1, 1, 64>::new() }; 2];
//! let mut neighbours = [const { [const { NeighbourSlot::new() }; 4] }; 2];
//! let mut waiting = [const { [const { WaitingSlot::new() }; 2] }; 2];
//! let mut bytes = [[0; 1024]; 2];
//! let mut storages = [const { SmallStorage::new() }; 2];
//! let mut slots = [const { [SocketSlot::new()] }; 2];
//! let mut hosts = Vec::new();
//! let memory = tables.iter_mut().zip(&mut neighbours).zip(&mut waiting).zip(&mut bytes);
//! for (number, ((((tables, neighbours), waiting), waiting_bytes), (storage, slots))) in
//!     (1..).zip(memory.zip(storages.iter_mut().zip(&mut slots)))
//! {
//!     // A real seed comes from a source that nobody can predict.
//!     let mut stack: Stack<'_, _> = Stack::new(tables.tables(), Seed::new([number; 16]));
//!     let hardware_address = [2, 0, 0, 0, 0, number];
//!     let memory = NicMemory {
//!         neighbours,
//!         waiting,
//!         waiting_bytes,
//!         assemblies: &mut [],
//!         assembly_bytes: &mut [],
//!         sockets: &mut [],
//!     };
//!     let options = NicOptions::new("eth0", hardware_address, number.into());
//!     let nic = stack.add_nic(now, segment.port(hardware_address), &options, memory)?;
//!     stack.add_address(nic, Cidr::new([192, 0, 2, number].into(), 24))?;
//!
//!     let mut sockets = Sockets::new(slots);
//!     let mut socket = Socket::new(Options::new(SocketType::Udp4), storage);
//!     socket.bind(BindOptions::port(7))?;
//!     if number == 1 {
//!         socket.send(Datagram::new("hello").to(Destination::new("192.0.2.2", 7)))?;
//!     }
//!     assert!(sockets.add(socket).is_ok());
//!     hosts.push((stack, sockets, Echo(0)));
//! }
//! for _ in 0..20 {
//!     for (stack, sockets, echo) in &mut hosts {
//!         stack.poll(now, sockets, echo);
//!     }
//! }
//! assert!(hosts.iter().all(|(_, _, echo)| echo.0 > 0));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "std"))] fn main() {}
//! ```
//!
//! # Limits
//! * IPv4 datagrams that are longer than a frame, of more than 1,472 bytes on an Ethernet, leave and come in fragments, as
//!   far as [`NicMemory`] has room for them; without, they are `EMSGSIZE`, and fragments that come in are dropped and
//!   counted. Nobody is told by ICMP of a datagram whose fragments do not all come in time, or of one in fragments to a port
//!   that nobody has. Fragments of other protocols than UDP are dropped and counted.
//! * IPv6 datagrams are as long as a frame takes, 1,452 bytes on an Ethernet: longer ones are `EMSGSIZE`, and fragments that
//!   come in are dropped and counted.
//! * Beside "port unreachable", the other ICMP errors about a connected socket's peer are told to it, too: host, network and
//!   protocol unreachable and prohibited, which Linux keeps to itself.
//! * smoltcp reports groups by IGMP 2 and MLD 2. Beside what Linux sends for the same joins and leaves, destinations, hop
//!   limits and records are the same. But Linux speaks IGMP 3 until it meets an older router, repeats all but a leave of
//!   IGMP 2, and puts the Router Alert option on IGMP; and when a link comes up, it joins its groups again, which are left
//!   and joined here. Answers to queries are up to half a second late. `tests/membership_reports.rs` compares them.
//! * smoltcp has the record types of MLD for joining and leaving interchanged, and takes queries of MLD 1 for broken. Both
//!   are put right here, so that a bridge that listens to reports brings a group from the join to the leave. A router that
//!   knows MLD 1 only does not understand the answers. One that knows MLD 2 wants reports from a link-local address (RFC
//!   3810 § 5.2.13); a bridge takes them from a host that has none, too (RFC 4541 § 3).
//! * Sources are filtered here exactly; the network is asked for the whole group. A router refuses that for the groups that
//!   are for channels only, `232.0.0.0/8` and `ff3x::/32` (RFC 4604): such a channel is heard from the same network.
//! * As many addresses and groups as smoltcp was built for: `SMOLTCP_IFACE_MAX_ADDR_COUNT` (2 by default),
//!   `SMOLTCP_IFACE_MAX_MULTICAST_GROUP_COUNT` (4, of which each IPv6 address takes one); set them in the application's
//!   build. More is `ENOBUFS`.
//! * A neighbour that does not answer three questions, a second apart, is unreachable for three seconds: sends to it fail
//!   with `EHOSTUNREACH`, and what waited is an error of the connected socket, as ICMP would have it.
//!
//! # Features
//! * `std` (default): an Ethernet in memory, a TAP device (Linux), waiting for descriptors (Unix).
//! * `dns`: host names, through smoltcp's DNS socket.
//! * `dhcp`: addresses by DHCP, through smoltcp's socket for it.
//! * `defmt`: `defmt::Format` for everything public, and smoltcp's own messages through defmt.

#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(any(test, feature = "std"))]
extern crate alloc;

mod capabilities;
mod convert;
cfg_if::cfg_if! {
    if #[cfg(feature = "dhcp")] {
        mod dhcp;
        mod message;
    }
}
cfg_if::cfg_if! {
    if #[cfg(feature = "dns")] {
        mod dns;
        pub use dns::{DnsMemory, QUERIES};
    }
}
mod frames;
mod mld;
mod nic;
mod resolver;
mod stack;
cfg_if::cfg_if! {
    if #[cfg(feature = "std")] {
        #[cfg(unix)]
        mod run;
        #[cfg(any(test, target_os = "linux"))]
        mod sys;
        #[cfg(target_os = "linux")]
        mod tap;
        #[cfg(unix)]
        mod wait;
        mod wire;

        #[cfg(unix)]
        pub use run::Clock;
        #[cfg(target_os = "linux")]
        pub use tap::{Tap, TapFrame, TapRoom, TapStats};
        #[cfg(unix)]
        pub use wait::{Waker, wait};
        pub use wire::{Port, PortFrame, PortRoom, PortStats, Segment};
    }
}
#[cfg(test)]
#[cfg(all(target_os = "linux", feature = "std"))]
#[expect(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "../tests/common/namespace.rs"]
mod namespace;

pub use capabilities::capabilities;
pub use nic::{NicMemory, NicOptions};
pub use resolver::{Answer, Resolver};
pub use stack::Stack;

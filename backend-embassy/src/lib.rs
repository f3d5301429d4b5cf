//! Node.js' `dgram` on embassy-net: datagram sockets for microcontrollers, async and without a heap.
//!
//! The behaviour is [`anydgram_core`]'s. Its sockets sit in front of embassy-net, between it and the driver: datagrams go
//! straight between the sockets and the driver. embassy-net does the rest of a host's work: it answers ARP, neighbour
//! discovery, group queries and closed ports; it asks for addresses (DHCP) and names (DNS); and the application may use its
//! TCP beside.
//!
//! ```text
//!  Socket ◀─▶ Host ◀── datagrams ──▶ Shim ◀── frames ──▶ driver
//!              │                      └──── the rest ──▶ embassy-net
//!              └──────── addresses, groups, names ───────────┘
//! ```
//!
//! Three things run: embassy-net's runner, which polls the [`Shim`] and with it the sockets; [`Host::run`]; and the
//! application, either tasks with async [`Socket`]s, or one [`Handler`](anydgram_core::Handler), the same as on every other
//! backend.
//!
//! # Examples
//! All memory is the application's. Firmware has it in `static`s, and tasks in place of `join`:
//! ```
//! use anydgram_core::link::{NeighbourSlot, WaitingSlot};
//! use anydgram_core::stack::{Seed, TableStorage};
//! use anydgram_core::{Errno, Options, SmallStorage, SocketSlot, SocketType};
//! use anydgram_embassy::{DatagramSlot, Host, HostMemory, HostOptions, Inbox, JoinSlot, Place, WaitSlot};
//! use embassy_net::driver::Driver;
//! use embassy_net::{Config, StackResources};
//! # async fn join(_: impl Future, _: impl Future, _: impl Future) {}
//!
//! async fn echo<D: Driver>(driver: D, config: Config, seed: Seed) -> Result<(), Errno> {
//!     // One socket, four neighbours, groups for one more than embassy-net has for itself.
//!     let mut tables: TableStorage<1, 2, 1, 2, 1, 512> = TableStorage::new();
//!     let memory = HostMemory {
//!         tables: tables.tables(),
//!         sockets: &mut [SocketSlot::new()],
//!         neighbours: &mut [const { NeighbourSlot::new() }; 4],
//!         waiting: &mut [const { WaitingSlot::new() }; 2],
//!         waiting_bytes: &mut [0; 1024],
//!         assemblies: &mut [],
//!         assembly_bytes: &mut [],
//!         groups: &mut [const { JoinSlot::new() }; 2],
//!         lookups: &mut [],
//!     };
//!     let (mut places, mut waits) = ([Place::new()], [const { WaitSlot::new() }; 2]);
//!     let inbox = Inbox::new(&mut places, &mut waits);
//!     let host = Host::new(&driver, &HostOptions::new(seed), memory, inbox)?;
//!
//!     let (mut storage, mut datagrams) = (SmallStorage::new(), [const { DatagramSlot::new() }; 4]);
//!     let mut bytes = [0; 2048];
//!     host.lend(&mut storage, &mut datagrams, &mut bytes)?;
//!
//!     let mut frame = [0; 1514];
//!     let mut resources: StackResources<1> = StackResources::new();
//!     let shim = host.shim(driver, &mut frame);
//!     // A real seed comes from a source that nobody can predict.
//!     let (stack, mut runner) = embassy_net::new(shim, config, &mut resources, 7);
//!     let application = async {
//!         let socket = host.socket(Options::new(SocketType::Udp4))?;
//!         socket.bind(7).await?;
//!         let mut buffer = [0; 1472];
//!         loop {
//!             let (length, meta) = socket.recv_from(&mut buffer).await?;
//!             if let (Some(data), Some(sender)) = (buffer.get(..length), meta.sender) {
//!                 socket.send_to(data, sender).await?;
//!             }
//!         }
//!         # #[expect(unreachable_code, reason = "says what the errors are")]
//!         # Ok::<(), anydgram_core::Error<'static>>(())
//!     };
//!     join(runner.run(), host.run(stack), application).await;
//!     Ok(())
//! }
//! ```
//!
//! # Limits
//! * One interface, with the addresses that embassy-net's configuration names: one of each family. The link-local address of
//!   SLAAC is not in it. A configuration that the application sets counts within half a second.
//! * embassy-net's own UDP sockets hear nothing of a port that a socket here has, and no address is kept for them: ports of
//!   either are the application's to keep apart.
//! * embassy-net reports groups by IGMP 2 and MLD 2, and answers queries up to half a second late. A group that the
//!   application itself has joined is not left; but what both want, the application must not leave.
//! * As many groups as smoltcp was built for: `SMOLTCP_IFACE_MAX_MULTICAST_GROUP_COUNT` (4, of which each IPv6 address takes
//!   one); set it in the application's build, and give [`HostMemory::groups`] no more. What embassy-net refuses all the same
//!   is heard, but the network is not told.
//! * Sources are filtered here exactly; the network is asked for the whole group.
//! * smoltcp has the record types of MLD for joining and leaving interchanged, and takes queries of MLD 1 for broken. Both
//!   are put right here, see [`MldRepair`](anydgram_core::link::MldRepair).
//! * A neighbour that does not answer three questions, a second apart, is unreachable for three seconds: sends to it fail
//!   with `EHOSTUNREACH`, and what waited is an error of the connected socket, as ICMP would have it.
//! * A [`Handler`](anydgram_core::Handler) runs while embassy-net's stack is in use: it must not call that, nor
//!   [`Host::with`].
//! * With `log` or `defmt`, embassy-net says what it thinks of addresses and links; so does this crate where it cannot tell
//!   anybody else.
//!
//! # Features
//! * `ipv6`, on by default: IPv6 for the sockets. Without it, `udp6` sockets cannot be bound (`EAFNOSUPPORT`), and embassy-net
//!   gets its IPv6 frames unchecked, if the application has it built with IPv6.
//! * `multicast`, on by default: groups for the sockets. Without it, `add_membership` fails (`ENOPROTOOPT`).
//! * `names`, on by default: `localhost`, the name of the interface as a zone, an application's own resolver. Without it
//!   there are no names (`ENOTFOUND`), and nobody is asked. `dns` has it on.
//! * `fragments`, on by default: IPv4 datagrams longer than a frame. Without it, they are too long (`EMSGSIZE`), and
//!   fragments are dropped.
//! * `dns`: host names, through embassy-net's client.
//! * `dhcp`: addresses by DHCP, through embassy-net's client.
//! * `edge-nal`: the sockets behind the UDP traits of `edge-nal` 0.7.
//! * `embedded-nal-async`: and behind those of `embedded-nal-async` 0.9.
//! * `defmt`: `defmt::Format` for everything public, and messages of both through defmt.
//! * `log`: warnings through the crate `log`, unless `defmt` is on.

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate alloc;

#[cfg(any(feature = "edge-nal", feature = "embedded-nal-async"))]
mod adapter;
mod cables;
mod capabilities;
#[cfg(feature = "edge-nal")]
pub mod edge_nal;
#[cfg(feature = "embedded-nal-async")]
pub mod embedded_nal_async;
mod event;
mod groups;
mod host;
mod inbox;
mod memory;
mod message;
mod shim;
mod socket;

pub use capabilities::capabilities;
pub use event::Event;
pub use groups::JoinSlot;
pub use host::{Host, LookupSlot, Resolver};
pub use inbox::{DatagramSlot, Inbox, Place, WaitSlot};
pub use memory::{HostMemory, HostOptions};
pub use shim::{Frame, Room, Shim};
pub use socket::Socket;

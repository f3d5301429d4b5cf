//! Node.js' `dgram` sockets as a state machine without I/O, heap or clock.
//!
//! A [`Socket`] takes Node's calls in snake case, keeps Node's states and promises, and says what has to be
//! done. A backend does it: with operating-system sockets, a userspace stack, a network chip, or a simulation.
//! An application is written once, as a [`Handler`], and runs on all of them.
//!
//! ```text
//!  application ── commands ──▶ ┌────────┐ ── poll_action, poll_transmit ──▶ backend ── system calls, a stack, …
//!  application ◀─ poll_event ─ │ Socket │ ◀─────────── handle_* ─────────── backend ◀─ completions, datagrams
//!                              └────────┘
//! ```
//!
//! * **Commands** ([`bind`](Socket::bind), [`connect`](Socket::connect), [`send`](Socket::send),
//!   [`add_membership`](Socket::add_membership), [`close`](Socket::close), …) check, change the state, and record
//!   what the backend has to do. What is wrong is returned at once, and then nothing has changed.
//! * **Outputs** are polled, in any order and as often as one likes: an [`Action`], a datagram as [`Transmit`], an
//!   [`Event`]. A socket that has nothing to say is not [ready](Socket::is_ready).
//! * **Inputs** are what a backend reports, each by the method that the action names. A late or stale one is
//!   counted and changes nothing.
//!
//! # Example
//!
//! An echo server, and all that a backend has to do for it:
//!
//! ```
//! use anydgram_core::{
//!     Action, BindOptions, Datagram, Endpoint, Event, Handler, HostName, Options, RecvMeta, SmallStorage,
//!     Socket, SocketId, SocketSlot, SocketType, Sockets, Transmitted,
//! };
//!
//! struct Echo;
//!
//! impl Handler for Echo {
//!     fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
//!         let Some(socket) = sockets.get_mut(id) else { return };
//!         match event {
//!             // A full queue loses the answer; the client may ask again.
//!             Event::Message(message) => {
//!                 let _ = socket.send(Datagram::new(message.data).reply_to(message.meta).unreported());
//!             }
//!             Event::Error { error, .. } => panic!("{error}"),
//!             _ => {}
//!         }
//!     }
//! }
//!
//! /// A turn of a driver: what is to be done is done, what has happened is told.
//! fn turn(sockets: &mut Sockets<'_, '_>, echo: &mut Echo, sent: &mut Vec<Vec<u8>>) {
//!     while let Some(id) = sockets.poll_ready() {
//!         let Some(socket) = sockets.poll_mut(id) else { continue };
//!         while let Some(action) = socket.poll_action() {
//!             match action {
//!                 Action::Bind(request) => {
//!                     // A real one binds here. A failure reaches the application as an event.
//!                     let _ = socket.handle_bind(Ok(Endpoint::new(request.address, request.port)));
//!                 }
//!                 other => panic!("an echo asks for nothing else: {other:?}"),
//!             }
//!         }
//!         while let Some(transmit) = socket.poll_transmit() {
//!             let token = transmit.token;
//!             sent.push(transmit.payload.pieces().concat());
//!             socket.handle_transmit(token, Transmitted::Sent);
//!         }
//!         let mut name = HostName::new();
//!         while let Some(event) = sockets.poll_mut(id).and_then(|socket| socket.poll_event()?.detach(&mut name)) {
//!             echo.handle(sockets, id, event);
//!         }
//!     }
//! }
//!
//! let mut storage = SmallStorage::new();
//! let mut slots = [SocketSlot::new()];
//! let mut sockets = Sockets::new(&mut slots);
//! let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
//! socket.bind(BindOptions::port(7))?;
//! let id = sockets.add(socket).expect("there is a slot");
//!
//! let (mut echo, mut sent) = (Echo, Vec::new());
//! turn(&mut sockets, &mut echo, &mut sent);
//!
//! // A datagram arrives, and the socket says whether it is for the application.
//! let meta = RecvMeta::from_sender("192.0.2.1:4000".parse::<core::net::SocketAddr>().unwrap().into());
//! if let Some(message) = sockets.get_mut(id).and_then(|socket| socket.handle_datagram(&meta, b"hello")) {
//!     echo.handle(&mut sockets, id, Event::Message(message));
//! }
//! turn(&mut sockets, &mut echo, &mut sent);
//! assert_eq!(sent, [b"hello"]);
//! # Ok::<(), anydgram_core::Misuse>(())
//! ```
//!
//! # Memory
//!
//! A socket borrows a [`Storage`], whose sizes are the only const generics here: bytes and places for datagrams
//! that wait, memberships, events, block-list rules. A datagram that can leave at once is not copied, see
//! [`Socket::offer`]; one that has to wait is copied once. When the queue is full, the socket does what
//! [`FullQueue`] says, counts it in [`Stats`], and emits [`Event::Drained`] when there is room.
//!
//! # Guarantees
//!
//! * Each accepted send that asked for it completes exactly once, also when the socket is closed
//!   (`ECANCELED`) or its bind fails. Its place among the events is reserved when it is accepted.
//! * [`Event::Close`] comes once, and last.
//! * The same calls and inputs give the same outputs: there is no clock, no randomness, no global state.
//! * Memory in use depends on the configuration alone; nothing from the network can grow it.
//! * No function of this crate panics without feature `alloc`. That is proven by linking all of them without a
//!   panic handler, with overflow checks, for a 64-bit machine and a Cortex-M3. Not covered: derived `Debug`, and
//!   the overflow checks inside of heapless.
//! * No unsafe code here; heapless, the only dependency with code in it, has some.
//!
//! The core knows nothing of what only a stack can know: interfaces, routes, which ports are free. It never looks a
//! name up, and it leaves it to the backend whether an address can be bound.
//!
//! # Features
//!
//! Only `fragments`, `ipv6`, `multicast` and `names` are on by default. None changes the behaviour of what is there without it.
//!
//! * `ipv6`: IPv6 in [`stack`] and [`link`], for backends that have no kernel. Without it they refuse IPv6, as a kernel
//!   without it does (`bind EAFNOSUPPORT ::`), and firmware is shorter. A [`Socket`] by itself, and its texts, know
//!   both families always.
//! * `multicast`: memberships of groups in [`stack`]. Without it they are refused (`addMembership ENOPROTOOPT`); a socket can
//!   still send to a group.
//! * `names`: names of hosts in [`stack`]: `localhost`, zones that are names of interfaces, and what a wire looks up. Without
//!   it nothing is found but addresses (`getaddrinfo ENOTFOUND`), which the wire is not asked for either.
//! * `fragments`: IPv4 datagrams longer than a frame in [`link`]. Without it they are too long (`EMSGSIZE`), and fragments
//!   are dropped and counted.
//! * `alloc`: memory that grows on demand ([`Socket`]'s `with_heap`), and the module `dynamic`, which reads Node's
//!   calls with JavaScript's values.
//! * `std`: implies `alloc`; errors as `std::io::Error` and back.
//! * `defmt`: `defmt::Format` for everything public.
//! * `embedded-io`: errors as `embedded_io::Error`, with its kinds.
//!
//! # Map
//!
//! In reading order:
//!
//! | file | has |
//! |---|---|
//! | `address.rs` | families, addresses with scope ids, hosts; reading and printing them |
//! | `error.rs` | [`Misuse`] and [`SystemError`] with Node's codes and texts |
//! | `options.rs`, `datagram.rs`, `payload.rs`, `send_meta.rs`, `membership.rs`, `block_list.rs` | what calls are given |
//! | `output.rs`, `receive.rs`, `event.rs`, `token.rs`, `time.rs` | what goes to and comes from a backend |
//! | `capabilities.rs`, `stats.rs` | what a backend can do; what a socket has counted |
//! | `features.rs` | what the crate's features leave in of [`stack`] and [`link`] |
//! | `storage.rs` | a socket's memory, with its sizes erased at the door |
//! | `queue.rs` | calls that wait, their names and payloads |
//! | `socket.rs` | the socket; one concern in each file of `socket/`: `bind`, `connect`, `lookup`, `send`, `offer`, `run`, `transmit`, `completion`, `receive`, `membership`, `options`, `policy`, `close` |
//! | `sockets.rs` | many sockets, and the applications that live on them |
//! | `unix.rs` | sockets with paths in place of hosts and ports, on the same queue |
//! | `dynamic.rs` | Node's calls with JavaScript's values, with feature `alloc` |
#![no_std]
#![forbid(unsafe_code)]

cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        extern crate alloc;

        pub mod dynamic;
        pub use storage::Limits;
    }
}
cfg_if::cfg_if! {
    if #[cfg(feature = "std")] {
        extern crate std;
    }
}

mod address;
mod block_list;
mod capabilities;
mod datagram;
mod error;
mod event;
mod features;
mod handler;
pub mod link;
mod membership;
mod options;
mod output;
mod payload;
mod queue;
mod receive;
mod send_meta;
mod socket;
mod sockets;
pub mod stack;
mod stats;
mod storage;
mod time;
mod token;
mod unix;

pub use address::{Address, Endpoint, Family, Host, SocketType, split_zone};
pub use block_list::{Rule, is_blocked};
pub use capabilities::{Capabilities, Feature, Support};
pub use datagram::{Datagram, Destination};
pub use error::{Bound, Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
pub use event::{Event, HostName, Operation};
pub use handler::Handler;
pub use membership::{Interface, Membership};
pub use options::{BindOptions, FullQueue, Options};
pub use output::{
    Action, BindRequest, Full, MembershipChange, MulticastInterface, SocketOption, Transmit,
    Transmitted,
};
pub use payload::Payload;
pub use queue::Waiting;
pub use receive::{Message, Metadata, RecvMeta};
pub use send_meta::SendMeta;
pub use socket::{BindState, ConnectState, InFlight, Offer, Ready, SendRun, Socket};
pub use sockets::{SocketId, SocketSlot, Sockets};
pub use stats::Stats;
pub use storage::{SmallStorage, Storage, TinyStorage};
pub use time::Instant;
pub use token::{LookupToken, SendToken};
pub use unix::{
    UnixAction, UnixAddress, UnixAddressBuf, UnixBind, UnixBindRequest, UnixDatagram, UnixMessage,
    UnixName, UnixSocket, UnixTransmit,
};

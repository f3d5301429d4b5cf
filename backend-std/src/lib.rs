//! Node.js' `dgram` on the sockets of the operating system.
//!
//! The behaviour is [`anydgram_core`]'s state machine; this crate gives it system calls, host names, listeners and time.
//! Three front ends share one way of carrying out what the core asks for:
//!
//! | front end | for | sockets are |
//! |---|---|---|
//! | [`EventLoop`] | programs that like Node's shape: listeners and callbacks on one thread | [`Socket`] handles |
//! | [`Driver`] | applications that run on every backend: one [`Handler`](anydgram_core::Handler), no callbacks | in [`Sockets`](anydgram_core::Sockets) |
//! | `tokio::Socket` (feature `tokio`, Unix) | async programs: any number of tasks, any number of threads | handles with async methods |
//!
//! # Examples
//! ```
//! use anydgram_std::{Datagram, Destination, EventLoop, SocketType};
//!
//! let event_loop = EventLoop::new()?;
//! let socket = event_loop.create_socket(SocketType::Udp4)?;
//! socket.on_message(|socket, message| {
//!     println!("{} bytes from {}", message.data.len(), message.remote_info());
//!     socket.close().expect("it is open");
//! });
//! socket.bind_with(0, |socket| {
//!     let port = socket.address().expect("it is bound").port;
//!     let hello = Datagram::new("hello").to(Destination::local(port));
//!     socket.send(hello).expect("it is open");
//! })?;
//! event_loop.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Processes share sockets as in Node's cluster, on Unix: see [`cluster`].
//!
//! # Errors
//! A call that cannot be carried out returns an [`Error`] with Node's code and text, and has changed nothing. What
//! fails later is an `error` event, or the result of the callback that was given. An `error` event without a listener
//! ends [`EventLoop::run`] with that error, as it ends a Node process.
//!
//! # Speed
//! On Linux the event loop and the driver receive up to 32 messages with one system call, each of which may be many
//! datagrams of one sender, and tell them one by one without a copy. What waits in a socket's queue leaves in batches:
//! all that a handler sends, and what [`Socket::send_many`] is given. The async sockets have `send_many` and `recv_many`
//! for that, and receive several at once when they are asked for one and more wait. `tests/speed` in the repository measures it.
//!
//! # What a datagram knows and asks for
//! With [`Options::metadata`], a datagram tells the address and the interface that it came to, its hop limit, its traffic
//! class (ECN and DSCP) and its time. A datagram that is sent asks with [`SendMeta`] for its source, its interface, its hop
//! limit and its traffic class; [`Datagram::reply_to`] asks for the source that a question was sent to. Datagrams
//! that ask for different things leave in system calls of their own.
//!
//! ```
//! use anydgram_std::{Datagram, Destination, EventLoop, Metadata, Options, SendMeta, SocketType};
//!
//! let event_loop = EventLoop::new()?;
//! let options = Options::new(SocketType::Udp4).metadata(Metadata::NONE.with_local().with_traffic_class());
//! let server = event_loop.create_socket(options)?;
//! server.on_message(|server, message| {
//!     // From the address that the question was sent to, whatever addresses this host has, and marked as it was.
//!     let asked = SendMeta::reply_to(message.meta).with_ecn(message.meta.ecn().unwrap_or(0));
//!     server.send(Datagram::new("pong").reply_to(message.meta).with(asked)).expect("it is open");
//! #    server.close().expect("it is open");
//! });
//! server.bind_sync(0)?;
//! # let client = event_loop.create_socket(SocketType::Udp4)?;
//! # client.on_message(|client, message| {
//! #     assert_eq!(message.data, b"pong");
//! #     client.close().expect("it is open");
//! # });
//! # client.send(Datagram::new("ping").to(Destination::local(server.address()?.port)))?;
//! # assert!(event_loop.run_for(std::time::Duration::from_secs(30))?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Backpressure
//! A datagram that the system has no room for waits in its socket's queue, until the system says that it has room
//! (`EAGAIN`), or for 10 ms where it does not say so (`ENOBUFS`). A queue that is full refuses (or drops, as
//! [`FullQueue`] says) with `ERR_SOCKET_DGRAM_QUEUE_FULL`, and `drain` follows once it is empty.
//!
//! # Platforms
//! Linux is complete and tested. macOS, FreeBSD and Windows build in CI and go through socket2 and mio; what they lack is
//! `ENOTSUP` (load balancing by `reuse_port` but on Linux and FreeBSD, adopting descriptors on Windows) or `ENOSYS`
//! (source-specific groups where the system has none). Only Linux tells the full length of truncated datagrams, and
//! what [`Options::metadata`] asks for, does what [`SendMeta`] asks for, and has [`Options::dont_fragment`]; Windows tells no ICMP errors of a connected peer. Nothing is ignored silently;
//! [`capabilities()`] tells beforehand.
//!
//! Unix datagram sockets ([`UnixSocket`], and async ones with the feature `tokio`) are for Unix; elsewhere creating one is
//! `ENOTSUP`. Abstract names are Linux's.
//!
//! # Logging
//! Through the `log` crate: what has no other way out, such as too many listeners or a readiness queue that fails.
//! Payloads are never logged.
//!
//! # Features
//! * `tokio`: async sockets, on Unix.
//! * `edge-nal`: the same sockets behind the UDP traits of `edge-nal` 0.7; implies `tokio`.
//! * `embedded-nal-async`: and behind those of `embedded-nal-async` 0.9; implies `tokio`.

extern crate alloc;

mod abort;
#[cfg(all(unix, any(feature = "edge-nal", feature = "embedded-nal-async")))]
mod adapter;
mod alarm;
mod backlog;
mod block_list;
mod capabilities;
pub mod cluster;
mod convert;
mod driver;
#[cfg(all(unix, feature = "edge-nal"))]
pub mod edge_nal;
#[cfg(all(unix, feature = "embedded-nal-async"))]
pub mod embedded_nal_async;
mod emitter;
mod errno;
mod error;
mod event;
mod event_loop;
mod interfaces;
mod lookup;
mod marks;
mod options;
mod plain;
mod send_calls;
mod socket;
mod step;
mod sys;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod test_namespace;
#[cfg(all(unix, feature = "tokio"))]
pub mod tokio;
mod unix;

pub use abort::{AbortController, AbortSignal};
pub use anydgram_core::{
    Address, BindOptions, BindState, Capabilities, ConnectState, Datagram, Destination, Endpoint,
    Errno, Family, Feature, FullQueue, Host, Interface, Limits, Metadata, Misuse, Options, Payload,
    RecvMeta, Rule, SendMeta, SocketType, Stats, Support, Syscall, UnixAddress, UnixAddressBuf,
    UnixBind, UnixDatagram, UnixMessage, UnixName,
};
pub use block_list::BlockList;
pub use capabilities::capabilities;
pub use driver::Driver;
pub use emitter::{EventName, MaxListenersWarning};
pub use error::Error;
pub use event::{Event, Listener, Message, Registered, RemoteInfo};
pub use event_loop::EventLoop;
pub use interfaces::{Zoned, interface_index};
pub use options::SocketOptions;
pub use socket::{LookupReply, Socket};
pub use unix::{UnixAncillary, UnixCredentials, UnixEvent, UnixListener, UnixSocket};

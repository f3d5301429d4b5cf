//! Sockets that several processes share: a primary opens them, and its workers receive from the same ones.
//!
//! ```text
//!  Primary ── socket, descriptor ──▶ Worker 1: EventLoop ──▶ Socket ─┐
//!     │ ◀── bind, listening, close ──                                ├─▶ one socket of the operating system
//!     └── socket, descriptor ──────▶ Worker 2: EventLoop ──▶ Socket ─┘
//! ```
//!
//! A worker is a process that the primary [spawns](Primary::spawn). Once its event loop has [joined](Worker::join), a
//! `bind` asks the primary, and whoever binds to the same address gets the same socket: the system decides who gets a
//! datagram. That is so for port 0, too: the first sockets of all workers share a port, and the second ones another.
//!
//! * A socket that is bound exclusively ([`BindOptions::exclusive`](crate::BindOptions::exclusive),
//!   [`Options::reuse_port`](crate::Options::reuse_port), `bind_sync`, and the bind that a send or a connect implies) is
//!   the worker's own, and the primary is not asked.
//! * What the primary cannot open is the worker's `error` event, as if it had tried itself.
//! * A descriptor ([`BindOptions::fd`](crate::BindOptions::fd)) is one of the primary, and must be a UDP socket there;
//!   the primary keeps it. Such a bind ends later, as all shared ones do, and with an event.
//! * The socket is closed when the last worker has closed it, left, or ended.
//! * Memberships belong to the socket: the same group in a second worker is `EADDRINUSE`.
//! * Who binds the port again that somebody has got for port 0 gets `EADDRINUSE`, as in Node.
//!
//! Without a cluster, a socket can be sent to another process (`send_socket`), which adopts it (`EventLoop::adopt`).
//!
//! Only event loops share, and only on Unix: elsewhere [`Primary::new`] fails with `ENOTSUP`, and no process is a worker.
//!
//! The channel between the two is a pair of sockets without a name, which only this child inherits. Neither side
//! trusts the other's messages. A primary that crashes takes no worker with it, nor the sockets they have.
//!
//! # Examples
//! A program that is its own worker:
//! ```no_run
//! use std::collections::HashMap;
//! use std::process::Command;
//!
//! use anydgram_std::cluster::{Primary, Worker, WorkerEvent};
//! use anydgram_std::{EventLoop, SocketType};
//!
//! let event_loop = EventLoop::new()?;
//! if let Some(worker) = Worker::join(&event_loop)? {
//!     let socket = event_loop.create_socket(SocketType::Udp4)?;
//!     socket.on_message(move |_, message| {
//!         println!("worker {}: {} bytes", worker.id(), message.data.len());
//!     });
//!     socket.bind(41_234)?;
//!     event_loop.run()?;
//!     return Ok(());
//! }
//! let mut primary = Primary::new()?;
//! let mut children = HashMap::new();
//! for _ in 0..2 {
//!     let (worker, child) = primary.spawn(Command::new(std::env::current_exe()?))?;
//!     children.insert(worker, child);
//! }
//! while !children.is_empty() {
//!     match primary.turn(None)? {
//!         Some(WorkerEvent::Listening { worker, address, .. }) => {
//!             println!("worker {worker} listens on port {}", address.port);
//!         }
//!         Some(WorkerEvent::Disconnected { worker, .. }) => {
//!             if let Some(mut child) = children.remove(&worker) {
//!                 child.wait()?;
//!             }
//!         }
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Node: the module `cluster`

mod event;

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod channel;
        mod connection;
        mod frame;
        mod primary;
        mod table;
        mod transfer;
        mod worker;

        pub use primary::Primary;
        pub use transfer::{receive_socket, send_socket};
        pub use worker::Worker;

        pub(crate) use connection::{Asked, Connection, Granted, Said};

        /// The environment variable with the number of the descriptor that a worker inherits.
        const CHANNEL_VARIABLE: &str = "ANYDGRAM_CLUSTER_FD";
    } else {
        mod elsewhere;

        pub use elsewhere::{Primary, Worker};
    }
}

pub use event::{Parting, WorkerEvent, WorkerId};

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

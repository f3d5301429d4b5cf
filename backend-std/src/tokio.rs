//! Async sockets on tokio, behind the feature `tokio`.
//!
//! ```text
//!  Socket::send_to, … ──▶ core ── Action, Transmit ──▶ step ──▶ OsSocket
//!        ▲                 │ ▲                                     │
//!      waits ◀── Signal    │ └───────── handle_* ◀── Watched ◀─────┘
//! ```
//!
//! [`Socket`] is the same socket as the event loop's, with async methods in place of callbacks: what a call has to
//! wait for, its future waits for, and what became of it, the future returns. There is no background task; a call
//! goes straight to the core and the system, under a lock that is never held across an `.await`. A socket may be
//! used from any number of tasks: clones are the same socket.
//!
//! # Cancel safety
//! Every future may be dropped at any time, for example as the loser of a `select!`. Until it is ready it has changed
//! nothing: no datagram was sent or taken, the socket is not bound and not connected by it, no event is lost; only a
//! socket that a [`send_to`](Socket::send_to) had to bind before it waited for room stays bound. From there follows
//! what may be waited for: a lookup, room to send, a datagram, an event, and never the middle of a call.
//!
//! # Speed
//! [`send_to`](Socket::send_to) and [`recv_from`](Socket::recv_from) cost one system call a datagram.
//! [`send_many`](Socket::send_many) and [`recv_many`](Socket::recv_many) cost, on Linux, one for many. What is
//! received is lent, and only what single receives have left is copied; of what is sent, datagrams of up to 4,096 bytes are copied once.
//!
//! On Linux `recv_from`, too, takes many with one call while they come faster than they are asked for. Once eight in a row were
//! there without a wait, the socket has the system hand over datagrams of one sender and one length together
//! (`UDP_GRO`), for good. What was taken with the datagram that was asked for waits in the socket, for whoever receives
//! next, in whatever way: the rest of a message of up to 128 datagrams, or of up to eight messages, where they come alone. All
//! are copied once more.
//!
//! # Memory
//! Such a socket has room for eight messages from a receive that finds one until one finds nothing: half a MiB of address
//! space, of which only what datagrams have touched is in memory. A socket that waits has none; up to 16 of these rooms are
//! kept, for all sockets of the program, for when they are needed again.
//!
//! # Differences from the event loop
//! * Nobody waits in a queue: a [`send_to`](Socket::send_to) that finds no room waits itself. Only
//!   [`queue`](Socket::queue), which is Node's `send` without a callback, uses the socket's send queue.
//! * A socket is unbound, and not connected, until its name is looked up and the bind or the connect is done within one
//!   moment: nobody sees it `binding` or `connecting`.
//! * Errors are results of the calls. [`next_event`](Socket::next_event) tells those that belong to none.
//!
//! # Unix datagrams
//! [`UnixSocket`] is the same for paths.
//!
//! # Platforms
//! Unix. Elsewhere the module does not exist.
//!
//! # Examples
//! ```
//! use anydgram_std::tokio::Socket;
//! use anydgram_std::{Destination, SocketType};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Socket::bound(SocketType::Udp4, 0).await?;
//! let port = server.address()?.port;
//! let client = Socket::new(SocketType::Udp4)?;
//! client.send_to("hello", Destination::new("localhost", port)).await?;
//!
//! let mut buffer = [0; 2048];
//! let (length, meta) = server.recv_from(&mut buffer).await?;
//! assert_eq!(&buffer[..length], b"hello");
//! server.send_to("bye", meta.sender.expect("UDP names it")).await?;
//! # let (length, _) = client.recv_from(&mut buffer).await?;
//! # assert_eq!(&buffer[..length], b"bye");
//! # Ok(())
//! # }
//! ```

#[cfg(any(feature = "edge-nal", feature = "embedded-nal-async"))]
mod adapter;
mod batch;
mod bind;
mod event;
mod lookup;
mod membership;
mod options;
mod receive;
mod send;
mod send_many;
mod signal;
mod state;
#[cfg(test)]
mod tests;
mod unix;
mod unread;

use core::fmt;
use core::task::Poll;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloc::sync::{Arc, Weak};

use anydgram_core::{BindState, ConnectState, Socket as CoreSocket, SocketType, Stats};

pub use batch::{Batch, Datagrams};
pub use event::Event;
#[cfg(any(feature = "edge-nal", feature = "embedded-nal-async"))]
pub(crate) use lookup::resolve;
pub use unix::{UnixRecvMeta, UnixSocket};

use crate::error::Error;
use crate::options::SocketOptions;
use signal::Signal;
use state::State;

/// A datagram socket with async methods. Clones are the same socket; it is closed with the last one, at the latest.
///
/// See the [module](self) for cancel safety and for what differs from the event loop's socket.
#[derive(Clone)]
pub struct Socket {
    shared: Arc<Shared>,
}

/// What the clones of a socket share.
struct Shared {
    state: Mutex<State>,
    /// There may be a datagram.
    readable: Arc<Signal>,
    /// There may be room to send.
    room: Arc<Signal>,
    /// There may be an event.
    news: Signal,
}

impl Socket {
    /// Creates a socket of a [`SocketType`], or with [`Options`](crate::Options) or [`SocketOptions`]. It is unbound.
    ///
    /// # Errors
    /// `getaddrinfo ENOTSUP` for options with a [`lookup`](SocketOptions::lookup), which belongs to the thread of an
    /// event loop.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    pub fn new(options: impl Into<SocketOptions>) -> Result<Self, Error> {
        let options = options.into();
        let signal = options.signal.clone();
        let readable = Arc::new(Signal::default());
        let room = Arc::new(Signal::default());
        let state = State::new(options, Arc::clone(&room))?;
        let shared = Arc::new_cyclic(|myself: &Weak<Shared>| Shared {
            state: Mutex::new(state.of(Weak::clone(myself))),
            readable,
            room,
            news: Signal::default(),
        });
        let socket = Self { shared };
        if let Some(signal) = signal {
            socket.obey(&signal);
        }
        Ok(socket)
    }

    /// Closes the socket, and returns when its port is free. Memberships are released, what
    /// [`queue`](Self::queue) has not sent is canceled, and calls that wait, in any task, fail with
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING`; [`Event::Close`] is the last event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// # Cancel safety
    /// There is nothing to wait for today: a future that was polled is ready.
    ///
    /// Node: `socket.close`
    #[expect(
        clippy::unused_async,
        reason = "a platform may have to wait for its system"
    )]
    pub async fn close(&self) -> Result<(), Error> {
        self.call(CoreSocket::close)
    }

    /// The next event; `None` when [`Event::Close`] was the last. Each event goes to one caller. The last 64 are kept
    /// for whoever asks; a program need not.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{SocketType, tokio::{Event, Socket}};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::bound(SocketType::Udp4, 0).await?;
    /// socket.close().await?;
    /// while let Some(event) = socket.next_event().await {
    ///     println!("{event:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// An event that was not returned is still there.
    pub async fn next_event(&self) -> Option<Event> {
        loop {
            let news = self.shared.news.notified();
            if let Poll::Ready(event) = self.shared.with(State::poll_event) {
                return event;
            }
            news.await;
        }
    }

    /// `udp4` or `udp6`.
    ///
    /// Node: `socket.type`
    #[doc(alias = "type")]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.shared.with(|state| state.core.options().socket_type)
    }

    /// Whether the socket is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.core.is_closed())
    }

    /// Whether the socket is bound. A closed socket is as far as it was.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.shared.with(|state| state.core.bind_state())
    }

    /// Whether the socket is connected.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.shared.with(|state| state.core.connect_state())
    }

    /// What has been counted since the socket was created: datagrams, drops by reason, failures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.with(|state| state.core.stats())
    }

    /// One command, and everything that it asks for.
    fn call<E: Into<Error>>(
        &self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<(), E>,
    ) -> Result<(), Error> {
        self.shared.with(|state| state.call(command))
    }

    fn obey(&self, signal: &crate::AbortSignal) {
        let shared = Arc::downgrade(&self.shared);
        let close = move || {
            if let Some(shared) = shared.upgrade() {
                shared.with(State::close_if_open);
            }
        };
        match signal.register(Arc::new(close)) {
            Some(registration) => self.shared.with(|state| state.keep(registration)),
            None => self.shared.with(State::close_if_open),
        }
    }
}

impl Shared {
    /// Works on the state, and then wakes whom that concerns.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let value = work(&mut state);
        self.release(state);
        value
    }

    /// Nothing of the application's runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whom concerns what was done with the state.
    fn release(&self, mut state: MutexGuard<'_, State>) {
        let wakes = state.take_wakes();
        drop(state);
        if wakes.news {
            self.news.wake_all();
        }
        if wakes.room {
            self.room.wake_all();
        }
        if wakes.readable {
            self.readable.wake_all();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The task that empties the send queue, if there is one, ends.
        self.room.wake_all();
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.with(|state| {
            f.debug_struct("Socket")
                .field("core", &state.core)
                .finish_non_exhaustive()
        })
    }
}

//! The async socket: one file of `socket/` for each concern.

mod bind;
mod membership;
mod options;
mod receive;
mod send;

use core::fmt;
use core::future::poll_fn;
use core::task::Poll;

use anydgram_core::{
    BindState, ConnectState, Error, Misuse, Socket as CoreSocket, SocketId, SocketType, Stats,
};

use super::event::Event;
use super::inbox::{Interest, Place};
use super::waiting::{Seat, Waiting};
use super::{Host, Inner};

/// A datagram socket with async methods, which any number of tasks of its host may use at the same time. Dropping it closes it.
///
/// See the [module](super) for cancel safety and for what differs from the sockets of the backends.
pub struct Socket<'m> {
    host: Host<'m>,
    id: SocketId,
}

impl<'m> Socket<'m> {
    pub(super) const fn new(host: Host<'m>, id: SocketId) -> Self {
        Self { host, id }
    }

    /// Closes the socket, and returns when its port is free. Memberships are released, what has not left is canceled, and calls
    /// that wait, in any task, fail with `ERR_SOCKET_DGRAM_NOT_RUNNING`; [`Event::Close`] is the last event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// # Cancel safety
    /// A future that was polled has closed the socket.
    ///
    /// Node: `socket.close`
    pub async fn close(&self) -> Result<(), Error<'static>> {
        self.command(CoreSocket::close)?;
        self.host.with(|inner| {
            if let Some(place) = inner.inbox.get(self.id) {
                place.clear();
            }
        });
        self.wait(Interest::State, |core, _| {
            if core.is_finished() {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// The next event; `None` when [`Event::Close`] was the last. Each goes to one caller. The last 64 are kept for whoever
    /// asks; a program need not.
    ///
    /// # Cancel safety
    /// An event that was not returned is still there.
    pub async fn next_event(&self) -> Option<Event> {
        let next = self.wait(Interest::Event, |core, place| {
            let event = place.events.pop_front();
            if event.is_some() || core.is_finished() {
                return Poll::Ready(Ok(event));
            }
            Poll::Pending
        });
        next.await.ok().flatten()
    }

    /// `udp4` or `udp6`.
    ///
    /// Node: `socket.type`
    #[doc(alias = "type")]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.look(|core| core.options().socket_type)
            .unwrap_or(SocketType::Udp4)
    }

    /// Whether the socket is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.look(CoreSocket::is_closed).unwrap_or(true)
    }

    /// Whether the socket is bound. A closed socket is as far as it was.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.look(CoreSocket::bind_state)
            .unwrap_or(BindState::Unbound)
    }

    /// Whether the socket is connected.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.look(CoreSocket::connect_state)
            .unwrap_or(ConnectState::Disconnected)
    }

    /// What has been counted since the socket was created: datagrams, drops by reason, failures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.look(|core| core.stats()).unwrap_or_default()
    }

    /// Datagrams that were lost because nobody had received those before them.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.host
            .with(|inner| inner.inbox.get(self.id).map_or(0, |place| place.lost))
    }

    /// Looks at the core's socket.
    fn look<R>(&self, look: impl FnOnce(&CoreSocket<'static>) -> R) -> Option<R> {
        self.host.with(|inner| inner.core(self.id).map(look))
    }

    /// One command.
    fn command<T, E: Into<Error<'static>>>(
        &self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<T, E>,
    ) -> Result<T, Error<'static>> {
        self.host.with(|inner| {
            let sockets = inner.sockets.as_mut();
            let core = sockets.and_then(|sockets| sockets.get_mut(self.id));
            let core = core.ok_or(Error::Misuse(Misuse::NotRunning))?;
            command(core).map_err(Into::into)
        })
    }

    /// One command, carried out at once: what the stack says to it is its result.
    fn call<T, E: Into<Error<'static>>>(
        &self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<T, E>,
    ) -> Result<T, Error<'static>> {
        let result = self.command(command)?;
        self.host.with(|inner| inner.carry_out(self.id))?;
        Ok(result)
    }

    /// Waits until `poll` is ready, which is asked again when there is news of the kind.
    async fn wait<T>(
        &self,
        interest: Interest,
        mut poll: impl FnMut(&CoreSocket<'static>, &mut Place) -> Poll<Result<T, Error<'static>>>,
    ) -> Result<T, Error<'static>> {
        let mut waiting = Waiting::new(self);
        poll_fn(|context| waiting.poll(interest, context, &mut poll)).await
    }
}

impl Seat for Socket<'_> {
    type Core = CoreSocket<'static>;

    fn at<R>(&self, look: impl FnOnce(Option<&mut Self::Core>, Option<&mut Place>) -> R) -> R {
        self.host.with(|inner| {
            let Inner { sockets, inbox, .. } = inner;
            let core = sockets
                .as_mut()
                .and_then(|sockets| sockets.get_mut(self.id));
            look(core, inbox.get(self.id))
        })
    }
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        // It may have been closed before.
        self.command(CoreSocket::close).ok();
        self.host.with(|inner| inner.inbox.abandon(self.id));
    }
}

impl fmt::Debug for Socket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

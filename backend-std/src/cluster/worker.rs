//! The worker: finds the channel that it has inherited, and gives it to its event loop.

use core::fmt;
use std::env;
use std::io;
use std::os::fd::OwnedFd;

use alloc::rc::{Rc, Weak};

use mio::net::UnixStream;

use super::CHANNEL_VARIABLE;
use super::channel::Channel;
use super::connection::Connection;
use super::event::WorkerId;
use super::frame::{Reply, VERSION};
use crate::event_loop::{EventLoop, Shared};
use crate::sys::cluster::take_inherited;

/// This process as a worker of a primary.
///
/// It is a handle: dropping it changes nothing. The channel is its event loop's, and does not keep that running; when the
/// loop is dropped, the primary is told that the worker has gone.
///
/// Node: `cluster.worker`
#[derive(Clone)]
pub struct Worker {
    id: WorkerId,
    shared: Weak<Shared>,
}

impl Worker {
    /// Joins the cluster if this process is a worker, else is `None`: sockets that `event_loop` binds from now on are
    /// shared, unless they are bound exclusively.
    ///
    /// A process joins once; later calls are `None`, too, and so are those in a child that the worker starts.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if the primary speaks another version of the protocol; what the system has
    /// against watching the channel.
    ///
    /// Node: `cluster.isWorker`
    pub fn join(event_loop: &EventLoop) -> io::Result<Option<Self>> {
        let channel = inherited();
        channel
            .map(|channel| Self::on(event_loop, channel))
            .transpose()
    }

    /// Joins the cluster at the other end of a channel.
    pub(super) fn on(event_loop: &EventLoop, channel: OwnedFd) -> io::Result<Self> {
        let stream = std::os::unix::net::UnixStream::from(channel);
        stream.set_nonblocking(true)?;
        let mut channel = Channel::new(UnixStream::from_std(stream));
        let first = channel.receive()?.map(|first| Reply::decode(&first.frame));
        let Some(Some(Reply::Welcome {
            version: VERSION,
            worker,
        })) = first
        else {
            return Err(unknown());
        };
        let shared = event_loop.shared();
        shared.join_cluster(Connection::new(channel)?)?;
        Ok(Self {
            id: WorkerId(worker),
            shared: Rc::downgrade(shared),
        })
    }

    /// The name that the primary has for this worker.
    ///
    /// Node: `cluster.worker.id`
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// Whether the primary can be asked for sockets. Without it, binds that would be shared fail with `ENOTCONN`;
    /// the sockets there are stay as they are.
    ///
    /// Node: `worker.isConnected`
    #[doc(alias = "isConnected")]
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let shared = self.shared.upgrade();
        shared.is_some_and(|shared| shared.is_in_cluster())
    }

    /// Closes all shared sockets, whose `close` events follow, and leaves the cluster. Sockets that are not shared stay
    /// open. What waits for the primary's answer fails with `ENOTCONN`.
    ///
    /// Node: `worker.disconnect` in the worker
    pub fn disconnect(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.leave_cluster();
        }
    }

    /// Has `callback` called when the channel has ended, by a `disconnect` on either side or with the primary, after the
    /// events of all that ends with it. It replaces an earlier one.
    ///
    /// Node: the event `disconnect` of `cluster.worker`; a Node process ends with its primary, this one decides.
    pub fn on_disconnect(&self, callback: impl FnOnce() + 'static) {
        if let Some(shared) = self.shared.upgrade() {
            shared.call_after_cluster(callback);
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("id", &self.id)
            .field("is_connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}

/// The channel that the primary has left for this process.
fn inherited() -> Option<OwnedFd> {
    let number = env::var(CHANNEL_VARIABLE).ok()?.parse().ok()?;
    take_inherited(number)
}

fn unknown() -> io::Error {
    let message = "the primary speaks another version of the cluster protocol";
    io::Error::new(io::ErrorKind::InvalidData, message)
}

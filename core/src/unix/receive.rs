//! Receiving, and failures that belong to no call.

use super::{Progress, UnixMessage, UnixSocket};
use crate::error::Error;
use crate::event::Operation;
use crate::stats::count;

impl UnixSocket<'_> {
    /// Shows a received datagram to the socket: the same if it is a message for the application; `None` if it is dropped,
    /// because the socket is not bound or closed, which is counted.
    ///
    /// Who may send to a connected socket, the system decides. The driver has handed on all events before it shows a datagram.
    ///
    /// Node: `'message'`
    #[must_use]
    pub fn handle_datagram<'d>(&mut self, message: UnixMessage<'d>) -> Option<UnixMessage<'d>> {
        count(&mut self.stats.received);
        if self.is_closed || self.bind != Progress::Done {
            count(&mut self.stats.dropped_not_running);
            return None;
        }
        count(&mut self.stats.delivered);
        Some(message)
    }

    /// The backend, or a driver, reports a failure that belongs to no call: an `Error` event follows.
    ///
    /// An event for which there is no room is counted in [`Stats::errors_lost`](crate::Stats::errors_lost).
    pub fn handle_failure(&mut self, operation: Operation, error: impl Into<Error<'static>>) {
        if self.is_closed {
            count(&mut self.stats.stale);
        } else {
            self.try_push_error(operation, error.into());
        }
    }
}

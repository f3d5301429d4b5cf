//! Systems whose processes cannot share sockets: a program that would like to is told so.

use core::convert::Infallible;
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::process::{Child, Command};

use anydgram_core::Errno;

use super::event::{WorkerEvent, WorkerId};
use crate::errno;
use crate::event_loop::EventLoop;

/// There is none on this system.
#[derive(Debug)]
pub struct Primary(Infallible);

/// There is none on this system.
#[derive(Clone, Debug)]
pub struct Worker(Infallible);

impl Primary {
    /// # Errors
    /// `ENOTSUP`, always.
    pub fn new() -> io::Result<Self> {
        Err(errno::to_io(Errno::ENOTSUP))
    }

    /// Never called.
    pub fn set_max_sockets(&mut self, _limit: usize) {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn spawn(&mut self, _command: Command) -> io::Result<(WorkerId, Child)> {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None.
    pub fn turn(&mut self, _limit: Option<Duration>) -> io::Result<Option<WorkerEvent>> {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn waker(&self) -> Waker {
        match self.0 {}
    }

    /// Never called.
    pub fn disconnect(&mut self, _worker: WorkerId) {
        match self.0 {}
    }

    /// Never called.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> + '_ {
        core::iter::empty()
    }

    /// Never called.
    #[must_use]
    pub fn socket_count(&self) -> usize {
        match self.0 {}
    }
}

impl Worker {
    /// `None`: no process is a worker.
    ///
    /// # Errors
    /// None.
    pub fn join(_event_loop: &EventLoop) -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Never called.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        match self.0 {}
    }

    /// Never called.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match self.0 {}
    }

    /// Never called.
    pub fn disconnect(&self) {
        match self.0 {}
    }

    /// Never called.
    pub fn on_disconnect(&self, _callback: impl FnOnce() + 'static) {
        match self.0 {}
    }
}

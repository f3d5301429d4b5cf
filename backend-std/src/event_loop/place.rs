//! Where the loop keeps a socket's system socket, and who opens it.

use anydgram_core::{BindRequest, SystemError};

use super::Shared;
use crate::socket::{Rare, Socket};
use crate::step::Home;
use crate::sys::OsSocket;

/// The home of a socket of the loop. Binds that are shared come by way of a primary.
pub(super) struct Place<'a> {
    pub(super) os: &'a mut Option<OsSocket>,
    pub(super) rare: &'a mut Option<Box<Rare>>,
    pub(super) shared: &'a Shared,
    pub(super) socket: &'a Socket,
}

impl Home for Place<'_> {
    fn os(&self) -> Option<&OsSocket> {
        self.os.as_ref()
    }

    fn move_in(&mut self, os: OsSocket, request: &BindRequest) -> Result<(), SystemError<'static>> {
        self.os.move_in(os, request)
    }

    fn move_out(&mut self) -> Option<OsSocket> {
        self.os.take()
    }

    fn hands_over(&mut self, request: &BindRequest) -> bool {
        !request.exclusive && self.shared.ask_primary(self.socket, self.rare, request)
    }
}

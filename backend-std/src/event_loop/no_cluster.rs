//! The loop where processes cannot share sockets: every bind is its own.

use anydgram_core::BindRequest;

use super::Shared;
use crate::socket::{Rare, Socket};

/// There is none.
#[derive(Default)]
pub(super) struct Cluster(());

impl Cluster {
    pub(super) const fn is_waiting(&self) -> bool {
        false
    }

    pub(super) const fn end(&self) {}
}

impl Shared {
    pub(crate) const fn is_worker(&self) -> bool {
        false
    }

    pub(super) const fn hear_primary(&self) {}

    pub(super) const fn tell_parting(&self) -> bool {
        false
    }

    pub(super) const fn tell_listening(&self, _: &Socket) {}

    pub(super) const fn tell_closed(&self, _: &Socket) {}

    pub(super) const fn ask_primary(
        &self,
        _: &Socket,
        _: &mut Option<Box<Rare>>,
        _: &BindRequest,
    ) -> bool {
        false
    }
}

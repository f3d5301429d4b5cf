//! What is known of each socket of a host.

use anydgram_core::{Endpoint, Socket, SocketId};

use super::life::{Life, Seen};
use super::ports::Homes;
use super::receipts::Receipts;
use super::refusals::Peers;
use super::sends::Sends;

/// What is known of a socket.
#[derive(Debug)]
pub(super) struct Known {
    id: SocketId,
    pub(super) life: Life,
    pub(super) sends: Sends,
    pub(super) receipts: Receipts,
    pub(super) peers: Peers,
    /// Where it was last seen.
    home: Option<Endpoint>,
}

/// What is known of sockets, by their indexes.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Option<Known>>);

impl Table {
    /// What is known of a socket; nothing, if it is new in its place.
    pub(super) fn of(&mut self, id: SocketId) -> &mut Known {
        let at = id.index();
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        let place = &mut self.0[at];
        match place {
            Some(known) if known.id == id => {}
            Some(_) | None => *place = Some(Known::new(id)),
        }
        place.as_mut().expect("it is there")
    }
}

impl Known {
    /// Notes where the socket is, and whom it is connected to.
    pub(super) fn settle(&mut self, socket: &Socket<'_>, seen: Seen, homes: &mut Homes) {
        if seen.local.is_some() && seen.local != self.home {
            self.home = seen.local;
            homes.add(seen.local);
        }
        self.peers.see(socket);
    }

    fn new(id: SocketId) -> Self {
        Self {
            id,
            life: Life::default(),
            sends: Sends::default(),
            receipts: Receipts::default(),
            peers: Peers::default(),
            home: None,
        }
    }
}

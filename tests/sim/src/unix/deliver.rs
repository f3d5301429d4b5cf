//! Datagrams from socket to socket: who may send to whom, and when there is room.

use anydgram_core::{Errno, Full, Transmitted};

use super::calls::Given;
use super::{UnixHost, UnixId, Waiting};

impl UnixHost {
    /// Puts a datagram where it is aimed: at the socket that was found, or, for none, at the peer.
    pub(super) fn deliver(
        &mut self,
        id: UnixId,
        destination: Option<Result<UnixId, Errno>>,
        given: Given<'_>,
        data: Box<[u8]>,
    ) -> Transmitted {
        let to_peer = destination.is_none();
        let found = match destination {
            Some(found) => found,
            None => self.living_peer(id),
        };
        let to = match found.and_then(|to| self.may_send(id, to)) {
            Ok(to) => to,
            Err(errno) => return Transmitted::Failed(errno),
        };
        if !self.has_room(id, to) {
            return if to_peer {
                Transmitted::Blocked(Full::Buffer)
            } else {
                Transmitted::Failed(Errno::EAGAIN)
            };
        }
        let sender = self.seats[&id].name.clone();
        let number = self.next_datagram;
        self.next_datagram += 1;
        let waiting = Waiting {
            number,
            sender,
            data,
        };
        self.watch_send(id, to, given, &waiting);
        let seat = self.seats.get_mut(&to).expect("it was found");
        seat.inbox.push_back(waiting);
        Transmitted::Sent
    }

    /// Whether `from` may send to `to`: to one that is connected to somebody else, nobody may.
    pub(super) fn may_send(&self, from: UnixId, to: UnixId) -> Result<UnixId, Errno> {
        match self.seats.get(&to) {
            None => Err(Errno::ECONNREFUSED),
            Some(seat) if seat.peer.is_some_and(|peer| peer != from) => Err(Errno::EPERM),
            Some(_) => Ok(to),
        }
    }

    /// Connects a socket to a peer, or to nobody: what it has from others before it is gone.
    pub(super) fn let_peer_go(&mut self, id: UnixId, peer: Option<UnixId>) {
        let seat = self.seats.get_mut(&id).expect("it has asked for it");
        let (old, process) = (seat.peer, seat.process);
        seat.peer = peer;
        if old.is_some() && old != peer {
            let unread = core::mem::take(&mut seat.inbox);
            self.watch_loss(id, process, &unread);
        }
    }

    /// The peer. One that is gone is refused once, and is nobody's peer then.
    fn living_peer(&mut self, id: UnixId) -> Result<UnixId, Errno> {
        let peer = self.seats[&id].peer.ok_or(Errno::ENOTCONN)?;
        let is_open = |seat: &super::Seat| !seat.core.is_closed();
        if self.seats.get(&peer).is_some_and(is_open) {
            return Ok(peer);
        }
        self.let_peer_go(id, None);
        Err(Errno::ECONNREFUSED)
    }

    /// Nobody waits for a peer that is connected to it, or for itself.
    pub(super) fn has_room(&self, from: UnixId, to: UnixId) -> bool {
        let seat = &self.seats[&to];
        let has_room = seat.inbox.len() <= self.backlog && seat.full_until <= self.now;
        from == to || seat.peer == Some(from) || has_room
    }
}

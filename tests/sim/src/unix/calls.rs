//! What sockets ask their host for: to bind, to connect, to send, to close.

use anydgram_core::{
    Errno, SendToken, Transmitted, UnixAction, UnixAddress, UnixBindRequest, UnixName,
};

use super::names::{Inode, folder};
use super::{UnixHost, UnixId};
use crate::fault::Kind;
use crate::network::micros;

/// A call that something may go wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// To a file.
    Bind,
    Send,
}

/// What goes wrong with calls.
pub(crate) trait Faults {
    /// What goes wrong with a call of a process.
    fn of(&mut self, process: u32, call: Call) -> Vec<Kind>;
}

/// Nothing goes wrong.
pub(super) struct NoFaults;

impl Faults for NoFaults {
    fn of(&mut self, _: u32, _: Call) -> Vec<Kind> {
        Vec::new()
    }
}

impl UnixHost {
    /// Does what a socket asks for; whether there was anything that came to an end.
    pub(crate) fn act(&mut self, id: UnixId, faults: &mut dyn Faults) -> bool {
        let mut has_acted = false;
        loop {
            let Some(seat) = self.seats.get_mut(&id) else {
                return has_acted;
            };
            match seat.core.poll_action() {
                Some(UnixAction::Bind(request)) => {
                    if let Some(path) = path(&request) {
                        let kinds = faults.of(seat.process, Call::Bind);
                        obstruct(&mut self.names, self.now, path, &kinds);
                    }
                    let outcome = bind(&mut self.names, id, &request);
                    self.bound(id, outcome);
                }
                Some(UnixAction::Connect(peer)) => {
                    let outcome = self.names.find(peer);
                    let outcome = outcome.and_then(|peer| self.may_send(id, peer));
                    self.connected(id, outcome);
                }
                Some(UnixAction::Disconnect) => {
                    self.let_peer_go(id, None);
                    let core = self.get_mut(id).expect("it has asked for it");
                    core.handle_disconnect(Ok(())).expect("it is answered well");
                }
                Some(UnixAction::Close) => self.close(id),
                None => {
                    if !self.transmit(id, faults) {
                        return has_acted;
                    }
                }
            }
            has_acted = true;
        }
    }

    fn bound(&mut self, id: UnixId, outcome: Result<(Box<[u8]>, Option<Inode>), Errno>) {
        let seat = self.seats.get_mut(&id).expect("it has asked for it");
        match outcome {
            Ok((name, inode)) => {
                seat.core.handle_bind(Ok(UnixAddress::new(&name)));
                (seat.name, seat.inode) = (Some(name), inode);
            }
            Err(errno) => seat.core.handle_bind(Err(errno)),
        }
    }

    fn connected(&mut self, id: UnixId, outcome: Result<UnixId, Errno>) {
        if let Ok(peer) = outcome {
            self.let_peer_go(id, Some(peer));
        }
        let core = self.get_mut(id).expect("it has asked for it");
        core.handle_connect(outcome.map(drop));
    }

    fn close(&mut self, id: UnixId) {
        let seat = self.seats.get_mut(&id).expect("it has asked for it");
        let unread = core::mem::take(&mut seat.inbox);
        seat.peer = None;
        let (name, inode, process) = (seat.name.take(), seat.inode, seat.process);
        self.names.remove_own(name.as_deref(), inode);
        self.names.leave(name.as_deref(), id);
        self.watch_loss(id, process, &unread);
    }

    /// Sends the next datagram of a socket; whether it came to an end.
    fn transmit(&mut self, id: UnixId, faults: &mut dyn Faults) -> bool {
        let seat = self.seats.get_mut(&id).expect("it has been asked");
        let Some(transmit) = seat.core.poll_transmit() else {
            return false;
        };
        let token = transmit.token;
        let destination = transmit.destination.map(|to| self.names.find(to));
        let data = transmit.payload.pieces().concat().into_boxed_slice();
        let to: Option<Box<[u8]>> = transmit.destination.map(|to| to.as_bytes().into());
        let is_new = seat.decided.replace(token) != Some(token);
        let process = seat.process;
        let kinds = if is_new {
            faults.of(process, Call::Send)
        } else {
            Vec::new()
        };
        let outcome = if kinds.contains(&Kind::NoBuffers) {
            Transmitted::Failed(Errno::ENOBUFS)
        } else {
            self.fill(id, destination, &kinds);
            self.deliver(id, destination, (token, to.as_deref()), data)
        };
        let core = self.get_mut(id).expect("it has been asked");
        core.handle_transmit(token, outcome);
        !outcome.is_blocked()
    }

    /// The receiver of a datagram has no room for a while, if that is what goes wrong.
    fn fill(&mut self, id: UnixId, destination: Option<Result<UnixId, Errno>>, kinds: &[Kind]) {
        let to = match destination {
            Some(found) => found.ok(),
            None => self.seats[&id].peer,
        };
        let Some(seat) = to.and_then(|to| self.seats.get_mut(&to)) else {
            return;
        };
        for kind in kinds {
            if let Kind::Block(time) = kind {
                let until = self.now.saturating_add(micros(*time));
                seat.full_until = until.max(seat.full_until);
            }
        }
    }
}

/// Where a bind makes a file, if it makes one.
fn path<'r>(request: &UnixBindRequest<'r>) -> Option<&'r [u8]> {
    match request.address?.name() {
        UnixName::Path(path) => Some(path),
        UnixName::Abstract(_) => None,
    }
}

/// Has something be in the way of a bind.
fn obstruct(names: &mut super::Names, now: u64, path: &[u8], kinds: &[Kind]) {
    for kind in kinds {
        if let Kind::ForeignFile(time) = kind {
            if !names.has_file(path) {
                names.put_file(path, now.saturating_add(micros(*time)));
            }
        } else if let Kind::ReadOnly(time) = kind {
            names.protect(folder(path), now.saturating_add(micros(*time)));
        }
    }
}

/// What a bind gives: the name, and the file if it has one.
fn bind(
    names: &mut super::Names,
    id: UnixId,
    request: &UnixBindRequest<'_>,
) -> Result<(Box<[u8]>, Option<Inode>), Errno> {
    let is_file = path(request).is_some();
    if request.mode.is_some_and(|mode| !is_file || mode > 0o777) {
        return Err(Errno::EINVAL);
    }
    names.bind(id, request.address, request.replace_stale)
}

/// A datagram on its way: its token, and the address it was given.
pub(super) type Given<'a> = (SendToken, Option<&'a [u8]>);

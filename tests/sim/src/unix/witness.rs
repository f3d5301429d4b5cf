//! What happens among the Unix sockets of a host of a world: watched, and kept for its trace.

use alloc::string::ToString as _;

use anydgram_core::{Event, UnixAddress, UnixMessage, UnixSocket};

use super::calls::Given;
use super::{UnixHost, UnixId, Waiting};
use crate::host::{Rest, Taken, UnixWatch};
use crate::trace::{Happened, OfProcess, OfUnix, Told, digest};

/// Sees all that happens among the Unix sockets of a host.
#[derive(Debug)]
pub(crate) struct Witness {
    host: u32,
    watch: UnixWatch,
    /// What the trace has not been told.
    records: Vec<Happened>,
}

impl Witness {
    pub(crate) fn new(host: u32) -> Self {
        Self {
            host,
            watch: UnixWatch::default(),
            records: Vec::new(),
        }
    }

    fn record(&mut self, socket: UnixId, process: u32, what: OfUnix) {
        self.records.push(Happened::Process {
            host: self.host,
            process,
            what: OfProcess::Unix(socket.0, what),
        });
    }

    /// A socket is told something.
    pub(super) fn tell(
        &mut self,
        id: UnixId,
        process: u32,
        core: &mut UnixSocket<'static>,
        event: &Event<'_>,
    ) {
        self.watch.tell(id, core, event);
        self.record(id, process, OfUnix::Told(Told::of(event)));
    }

    /// A socket was shown a datagram.
    pub(super) fn show(
        &mut self,
        id: UnixId,
        process: u32,
        core: &UnixSocket<'static>,
        (datagram, message): (u64, Option<UnixMessage<'_>>),
    ) {
        self.watch.show(id, core, message.as_ref());
        let what = match message {
            Some(_) => OfUnix::Arrived { datagram },
            None => OfUnix::Dropped { datagram },
        };
        self.record(id, process, what);
    }
}

impl UnixHost {
    /// The Unix sockets of a host of a world.
    pub(crate) fn witnessed(host: u32, backlog: usize) -> Self {
        Self {
            witness: Some(Witness::new(host)),
            ..Self::new(backlog)
        }
    }

    /// A datagram is put into a socket.
    pub(super) fn watch_send(
        &mut self,
        id: UnixId,
        to: UnixId,
        (token, given): Given<'_>,
        waiting: &Waiting,
    ) {
        let Some(witness) = &mut self.witness else {
            return;
        };
        let Waiting {
            number,
            sender,
            data,
        } = waiting;
        let sender = sender.as_deref();
        let (seat, home) = (&self.seats[&id], self.seats[&to].name.as_deref());
        let peer = seat.core.remote_address().ok();
        let given = given.or_else(|| peer.map(|peer| peer.as_bytes()));
        witness.watch.take(&Taken {
            from: id,
            to,
            token,
            sender,
            data,
            given,
            home,
            is_closed: seat.core.is_closed(),
        });
        let text = |name: &[u8]| UnixAddress::new(name).to_string().into_boxed_str();
        let sent = OfUnix::Sent {
            datagram: *number,
            to: to.0,
            source: sender.map(text),
            destination: home.map(text).unwrap_or_default(),
            len: data.len(),
            digest: digest(data),
        };
        witness.record(id, seat.process, sent);
    }

    /// The first datagrams of a socket will not be read.
    pub(super) fn watch_loss<'w>(
        &mut self,
        id: UnixId,
        process: u32,
        unread: impl IntoIterator<Item = &'w Waiting>,
    ) {
        if let Some(witness) = &mut self.witness {
            for waiting in unread {
                witness.watch.drop_next(id);
                let datagram = waiting.number;
                witness.record(id, process, OfUnix::Dropped { datagram });
            }
        }
    }

    /// A socket has crashed.
    pub(super) fn lose(&mut self, id: UnixId, process: u32) {
        if let Some(witness) = &mut self.witness {
            witness.watch.forget(id);
            witness.record(id, process, OfUnix::Gone);
        }
    }

    /// It is another time. What lasted until now is over.
    pub(crate) fn set_now(&mut self, now: u64) {
        self.now = now;
        self.names.expire(now);
    }

    /// A process has its turn: what it opens is its own.
    pub(crate) const fn enter(&mut self, process: u32) {
        self.process = process;
    }

    /// The process of a socket.
    pub(crate) fn process_of(&self, id: UnixId) -> Option<u32> {
        self.seats.get(&id).map(|seat| seat.process)
    }

    /// Whether there is no socket.
    pub(crate) fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether a socket has a datagram that can be read.
    pub(crate) fn has_mail(&self, id: UnixId) -> bool {
        self.seats.get(&id).is_some_and(|seat| {
            !seat.inbox.is_empty() && seat.core.bind_state() == anydgram_core::BindState::Bound
        })
    }

    /// A process has crashed.
    pub(crate) fn crash_process(&mut self, process: u32) {
        for id in self.ids() {
            if self.process_of(id) == Some(process) {
                self.crash(id);
            }
        }
    }

    /// Closes all sockets.
    pub(crate) fn close_all(&mut self) {
        for seat in self.seats.values_mut() {
            // It may have been closed before.
            seat.core.close().ok();
        }
        for id in self.ids() {
            self.glance_at(id);
        }
    }

    /// A process may have done anything with its sockets.
    pub(crate) fn glance(&mut self, process: u32) {
        for id in self.ids() {
            if self.process_of(id) == Some(process) {
                self.glance_at(id);
            }
        }
    }

    /// An application may have done anything with a socket.
    pub(crate) fn glance_at(&mut self, id: UnixId) {
        if let (Some(witness), Some(seat)) = (&mut self.witness, self.seats.get_mut(&id)) {
            witness.watch.glance(id, &mut seat.core);
        }
    }

    /// Looks at a socket of a process that has nothing left to do; one that `is_reader` takes datagrams as they come.
    pub(crate) fn look(&mut self, id: UnixId, is_reader: bool) {
        let Some(seat) = self.seats.get(&id) else {
            return;
        };
        let to = seat.peer.filter(|peer| self.seats.contains_key(peer));
        let rest = Rest {
            unread: seat.inbox.len(),
            is_reader,
            has_room: to.is_none_or(|to| self.has_room(id, to)),
        };
        if let (Some(witness), Some(seat)) = (&mut self.witness, self.seats.get_mut(&id)) {
            witness.watch.look(id, &mut seat.core, rest);
        }
    }

    /// Looks at all names: only sockets that there are have any.
    pub(crate) fn look_at_names(&mut self) {
        let mut owners = self.names.owners();
        let lost = owners.find(|(name, owner)| {
            let seat = self.seats.get(owner);
            seat.is_none_or(|seat| seat.name.as_deref() != Some(name))
        });
        let lost = lost.map(|(name, _)| UnixAddress::new(name).to_string());
        drop(owners);
        if let (Some(name), Some(witness)) = (lost, &mut self.witness) {
            witness.watch.find(&format!(
                "{name} is the name of a socket that is not there, or has another"
            ));
        }
    }

    /// All sockets have been closed, and there was nothing left to do.
    pub(crate) fn look_at_the_end(&mut self) {
        let ids = self.ids();
        if let Some(witness) = &mut self.witness {
            witness.watch.look_at_the_end(ids.into_iter());
        }
    }

    /// Something is wrong.
    pub(crate) fn find(&mut self, fault: &str) {
        if let Some(witness) = &mut self.witness {
            witness.watch.find(fault);
        }
    }

    /// What is wrong, once.
    pub(crate) fn take_fault(&mut self) -> Option<String> {
        self.witness.as_mut()?.watch.take_fault()
    }

    /// What has happened since it was last asked.
    pub(crate) fn take_records(&mut self) -> Vec<Happened> {
        let records = self.witness.as_mut().map(|witness| &mut witness.records);
        records.map(core::mem::take).unwrap_or_default()
    }
}

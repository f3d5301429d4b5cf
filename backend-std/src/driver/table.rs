//! The system's sockets, each in the place of its core socket, and which of them are ready.
//!
//! A place belongs to the socket whose id it has; what comes for another one with the same index finds nothing.

use std::io;

use alloc::collections::VecDeque;

use anydgram_core::{Full, Instant, SocketId, Sockets};
use mio::event::{Event, Source as _};
use mio::{Interest, Registry, Token};

use super::ALARM;
use crate::backlog::{Backlog, RETRY};
use crate::sys::OsSocket;

pub(super) struct Table {
    registry: Registry,
    places: Vec<Place>,
    /// How many of them have a system socket.
    open: usize,
    /// Sockets that may have datagrams, in the order in which that was told.
    readable: VecDeque<SocketId>,
    /// Blocked sockets for which the system has room again.
    roomy: Vec<SocketId>,
    /// Sockets that were blocked when last seen.
    blocked: Vec<SocketId>,
    /// When those are to be tried again without a sign of the system.
    retry_at: Option<Instant>,
}

/// The place of one socket.
#[derive(Default)]
struct Place {
    id: Option<SocketId>,
    os: Option<OsSocket>,
    /// Counted as open.
    is_open: bool,
    /// In `readable`.
    is_readable: bool,
    /// In `blocked` if it is listed.
    backlog: Backlog,
}

impl Table {
    pub(super) const fn new(registry: Registry) -> Self {
        Self {
            registry,
            places: Vec::new(),
            open: 0,
            readable: VecDeque::new(),
            roomy: Vec::new(),
            blocked: Vec::new(),
            retry_at: None,
        }
    }

    /// How many system sockets there are.
    pub(super) const fn open(&self) -> usize {
        self.open
    }

    pub(super) const fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    pub(super) fn readable_len(&self) -> usize {
        self.readable.len()
    }

    /// The system socket of this id, if it has one.
    pub(super) fn os(&self, id: SocketId) -> Option<&OsSocket> {
        let place = self.places.get(id.index())?;
        if place.id == Some(id) {
            place.os.as_ref()
        } else {
            None
        }
    }

    /// The system socket of this id, to be opened or closed by it. An earlier socket with its index is gone for good.
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is made if there is none"
    )]
    pub(super) fn os_mut(&mut self, id: SocketId) -> &mut Option<OsSocket> {
        let index = id.index();
        if self.places.len() <= index {
            self.places
                .resize_with(index.saturating_add(1), Place::default);
        }
        let is_another = self
            .places
            .get(index)
            .is_none_or(|place| place.id != Some(id));
        if is_another {
            self.vacate(index);
        }
        let place = &mut self.places[index];
        place.id = Some(id);
        &mut place.os
    }

    /// Makes the system tell of a socket that was opened.
    pub(super) fn opened(&mut self, id: SocketId) -> io::Result<()> {
        let Some(place) = place_of(&mut self.places, id) else {
            return Ok(());
        };
        if !place.is_open {
            place.is_open = true;
            self.open = self.open.saturating_add(1);
        }
        place.backlog.forget();
        match place.os.as_mut() {
            Some(os) => os.register(&self.registry, Token(id.index()), Interest::READABLE),
            None => Ok(()),
        }
    }

    /// Closes the system socket of this id, which may have been taken out as `os` already.
    pub(super) fn close(&mut self, id: SocketId, os: Option<OsSocket>) {
        let Some(place) = place_of(&mut self.places, id) else {
            return;
        };
        place.backlog.forget();
        if core::mem::take(&mut place.is_open) {
            self.open = self.open.saturating_sub(1);
        }
        // An adopted descriptor may have a twin elsewhere, for which the system would go on to tell.
        if let Some(mut os) = os.or_else(|| place.os.take())
            && let Err(error) = os.deregister(&self.registry)
        {
            log::debug!("a socket was not watched: {error}");
        }
    }

    /// Notes what the system has told.
    pub(super) fn note(&mut self, event: &Event) {
        if event.token() == ALARM {
            return;
        }
        let Some(place) = self.places.get_mut(event.token().0) else {
            return;
        };
        let Some(id) = place.id.filter(|_| place.os.is_some()) else {
            return;
        };
        if event.is_writable() && place.backlog.awaits_sign() {
            place.backlog.has_room();
            self.roomy.push(id);
        }
        if event.is_readable() || event.is_error() || event.is_read_closed() {
            self.read_later(id);
        }
    }

    /// Notes that a socket may have datagrams.
    pub(super) fn read_later(&mut self, id: SocketId) {
        if let Some(place) = place_of(&mut self.places, id)
            && !core::mem::replace(&mut place.is_readable, true)
        {
            self.readable.push_back(id);
        }
    }

    /// The next socket that may have datagrams.
    pub(super) fn take_readable(&mut self) -> Option<SocketId> {
        let id = self.readable.pop_front()?;
        if let Some(place) = place_of(&mut self.places, id) {
            place.is_readable = false;
        }
        Some(id)
    }

    /// Whether the system may be offered what the socket of this id has in its queue.
    pub(super) fn may_ask(&self, id: SocketId) -> bool {
        let place = self.places.get(id.index());
        place.is_none_or(|place| place.id != Some(id) || place.backlog.may_ask())
    }

    /// Notes what was full when the system was asked, and has it tell when it has room again.
    pub(super) fn asked(&mut self, now: Instant, id: SocketId, full: Option<Full>) {
        let Some(place) = place_of(&mut self.places, id) else {
            return;
        };
        let is_changed = place.backlog.asked(full);
        if full.is_some() && !place.backlog.list(true) {
            self.blocked.push(id);
            self.retry_at
                .get_or_insert_with(|| now.saturating_add(RETRY));
        }
        if !is_changed {
            return;
        }
        let interest = if place.backlog.awaits_sign() {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        if let Some(os) = place.os.as_mut()
            && let Err(error) = os.reregister(&self.registry, Token(id.index()), interest)
        {
            log::warn!("watching a socket failed: {error}");
        }
    }

    /// Asks for a turn of the blocked sockets for which the system has room again, or whose time has come.
    pub(super) fn retry(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>) {
        for id in self.roomy.drain(..) {
            ask_for_turn(sockets, id);
        }
        if self.retry_at.is_none_or(|at| at > now) {
            return;
        }
        let places = &mut self.places;
        self.blocked.retain(|&id| {
            let Some(place) = place_of(places, id) else {
                return false;
            };
            let is_blocked = place.backlog.is_blocked();
            if is_blocked {
                place.backlog.is_due();
                ask_for_turn(sockets, id);
            }
            place.backlog.list(is_blocked);
            is_blocked
        });
        self.retry_at = (!self.blocked.is_empty()).then(|| now.saturating_add(RETRY));
    }

    /// Lets go of whatever is in a place.
    fn vacate(&mut self, index: usize) {
        if let Some(id) = self.places.get(index).and_then(|place| place.id) {
            self.close(id, None);
        }
        if let Some(place) = self.places.get_mut(index) {
            *place = Place::default();
        }
    }
}

fn place_of(places: &mut [Place], id: SocketId) -> Option<&mut Place> {
    places
        .get_mut(id.index())
        .filter(|place| place.id == Some(id))
}

fn ask_for_turn(sockets: &mut Sockets<'_, '_>, id: SocketId) {
    if sockets.get_mut(id).is_none() {
        log::debug!("{id:?} was removed while it was open");
    }
}

//! What stands between the sockets and whoever is told: tokens become numbers, lookups become questions.

use core::cell::RefCell;
use core::fmt;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Event, Handler, LookupToken, SendToken, SocketId, Sockets};
use heapless::Vec;

use crate::{Happened, SocketNumber};

/// Whoever is told what happens.
pub trait Told {
    /// Something has happened to a socket.
    fn told(&mut self, socket: SocketNumber, happened: Happened<'_>);
}

/// Whom a host's sockets tell and ask; shared by their [`Handler`], which a reference to it is, their resolver, and
/// [`execute()`](crate::execute()).
pub struct Agent<T> {
    notes: RefCell<Notes>,
    told: RefCell<T>,
}

struct Notes {
    sends: Vec<(SocketId, SendToken, u32), SENDS>,
    questions: Vec<(SocketId, LookupToken, u32), QUESTIONS>,
    /// The sockets that ask the scenario.
    askers: Vec<SocketId, ASKERS>,
    next_question: u32,
}

impl<T> Agent<T> {
    /// An agent that tells `told`.
    #[must_use]
    pub const fn new(told: T) -> Self {
        let notes = Notes {
            sends: Vec::new(),
            questions: Vec::new(),
            askers: Vec::new(),
            next_question: 0,
        };
        Self {
            notes: RefCell::new(notes),
            told: RefCell::new(told),
        }
    }

    /// Works on who is told.
    ///
    /// # Panics
    /// Within itself.
    pub fn with_told<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.told.borrow_mut())
    }

    /// A socket was created; whether there is room for it.
    pub(crate) fn created(&self, id: SocketId, asks: bool) -> bool {
        !asks || self.notes.borrow_mut().askers.push(id).is_ok()
    }

    /// Whether another send can be noted.
    pub(crate) fn has_room(&self) -> bool {
        !self.notes.borrow().sends.is_full()
    }

    /// A send will be told by this number.
    pub(crate) fn sent(&self, id: SocketId, token: SendToken, number: u32) {
        let noted = self.notes.borrow_mut().sends.push((id, token, number));
        debug_assert!(noted.is_ok(), "there was room");
    }

    /// The token of a question, which is answered now.
    pub(crate) fn take_question(&self, id: SocketId, number: u32) -> Option<LookupToken> {
        let questions = &mut self.notes.borrow_mut().questions;
        let mut all = questions.iter();
        let at = all.position(|(of, _, other)| (*of, *other) == (id, number))?;
        Some(questions.swap_remove(at).1)
    }

    fn take_send(&self, id: SocketId, token: SendToken) -> Option<u32> {
        let sends = &mut self.notes.borrow_mut().sends;
        let mut all = sends.iter();
        let at = all.position(|(of, other, _)| (*of, *other) == (id, token))?;
        Some(sends.swap_remove(at).2)
    }
}

impl<T: Told> Agent<T> {
    /// Tells an event.
    pub(crate) fn tell(&self, id: SocketId, event: Event<'_>) {
        if let Some(happened) = Happened::of(event, |token| self.take_send(id, token)) {
            self.told.borrow_mut().told(number(id), happened);
        }
    }

    /// Answers a lookup, or has the scenario asked: `None`. A socket that has no lookup of the scenario's knows no names.
    pub fn look_up(&self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        let notes = &mut *self.notes.borrow_mut();
        if !notes.askers.contains(&lookup.id) {
            return Some(Err(Errno::ENOTFOUND));
        }
        let question = notes.next_question;
        let note = (lookup.id, lookup.token, question);
        if notes.questions.push(note).is_err() {
            return Some(Err(Errno::EAIAGAIN));
        }
        notes.next_question = question.wrapping_add(1);
        let asked = Happened::Asked {
            number: question,
            host: lookup.host,
            family: lookup.family,
        };
        self.told.borrow_mut().told(number(lookup.id), asked);
        None
    }
}

impl<T: Told> Handler for &Agent<T> {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.tell(id, event);
    }
}

impl<T> fmt::Debug for Agent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").finish_non_exhaustive()
    }
}

/// What a socket is known by.
pub(crate) fn number(id: SocketId) -> SocketNumber {
    SocketNumber::try_from(id.index()).unwrap_or(SocketNumber::MAX)
}

/// Sends under way with a completion, on one host.
const SENDS: usize = 2_048;
/// Questions without an answer.
const QUESTIONS: usize = 64;
/// Sockets with a lookup of the scenario's.
const ASKERS: usize = 64;

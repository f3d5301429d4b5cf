//! What a socket's backend knows: what it has taken and not answered, its last answer, and the port it holds.

use core::hash::{Hash as _, Hasher};

use crate::model::Model;
use crate::seen::{Act, Seen, Taken};
use crate::step::Which;

/// The backend of one socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backend {
    taken: Vec<Taken>,
    last: Option<Taken>,
    pub(crate) port: Option<u16>,
}

impl Backend {
    /// Takes what was polled; the same datagram, or action, only once.
    pub(crate) fn see(&mut self, seen: &Seen, is_answered: bool) {
        let taken = match seen {
            Seen::Action(Act::Bind { at, .. }) => Taken::Bind(*at),
            Seen::Action(Act::Connect(_)) => Taken::Connect,
            Seen::Action(Act::Disconnect) => Taken::Disconnect,
            Seen::Action(Act::Set(setting)) => Taken::Set(*setting),
            Seen::Action(Act::Membership(change, membership)) => {
                Taken::Membership(*change, *membership)
            }
            Seen::Action(Act::LookUp(lookup, _)) => Taken::LookUp(*lookup),
            Seen::Action(Act::Close) => {
                self.port = None;
                return;
            }
            Seen::Datagram(send, _) => Taken::Datagram(*send),
            Seen::Done
            | Seen::Refused(_)
            | Seen::Nothing
            | Seen::Sending(..)
            | Seen::Event(_)
            | Seen::Message(_)
            | Seen::Turn(_)
            | Seen::Contradiction(_) => return,
        };
        if is_answered {
            self.last = Some(taken);
        } else if !self.taken.contains(&taken) {
            self.taken.push(taken);
        }
    }

    /// What is answered now.
    pub(crate) fn take(&mut self, which: Which) -> Option<Taken> {
        if self.taken.is_empty() {
            return None;
        }
        let taken = match which {
            Which::Oldest => self.taken.remove(0),
            Which::Newest => self.taken.remove(self.taken.len() - 1),
        };
        self.last = Some(taken);
        Some(taken)
    }

    /// What was answered last.
    pub(crate) const fn last(&self) -> Option<Taken> {
        self.last
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.taken.is_empty()
    }

    /// Hashes what has to be answered, and what was last, by its place.
    pub(crate) fn hash_places<H: Hasher>(&self, model: &Model, state: &mut H) {
        for taken in self.taken.iter().chain(&self.last) {
            match taken {
                Taken::Datagram(_) | Taken::LookUp(_) => model.place_of(taken).hash(state),
                other => other.hash(state),
            }
        }
        (self.taken.len(), self.port).hash(state);
    }
}

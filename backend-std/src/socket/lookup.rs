//! The application's own lookup, and hosts that need none.

use core::fmt;

use anydgram_core::{Address, Destination, Errno, Host, LookupToken};

use super::Socket;
use crate::lookup::immediate;
use crate::options::Lookup;

/// Takes the answer of an application's own lookup, at once or later, on the loop's thread.
///
/// Dropping it leaves the lookup unanswered: the call that asked never ends, until the socket is closed.
///
/// Node: the callback of the option `lookup`
#[must_use = "the lookup has not been answered"]
pub struct LookupReply {
    socket: Socket,
    token: LookupToken,
}

impl LookupReply {
    /// Answers with an address, or with why there is none, for example [`Errno::ENOTFOUND`].
    pub fn answer(self, outcome: Result<impl Into<Address>, Errno>) {
        let Self { socket, token } = self;
        let outcome = outcome.map(Into::into);
        socket.0.shared.answer_now(&socket, token, outcome);
    }
}

impl fmt::Debug for LookupReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupReply")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl Socket {
    pub(crate) fn own_lookup(&self) -> Option<Lookup> {
        let state = self.0.state.borrow();
        state.rare.as_ref()?.lookup.clone()
    }

    pub(super) fn has_own_lookup(&self) -> bool {
        let state = self.0.state.borrow();
        let rare = state.rare.as_ref();
        rare.is_some_and(|rare| rare.lookup.is_some())
    }

    pub(crate) fn reply(&self, token: LookupToken) -> LookupReply {
        LookupReply {
            socket: self.clone(),
            token,
        }
    }

    pub(crate) fn answer_lookup(&self, token: LookupToken, outcome: Result<Address, Errno>) {
        self.0.state.borrow_mut().core.handle_lookup(token, outcome);
    }
}

/// A host with a zone is an address that the interfaces give; all others stay.
pub(crate) fn numeric(host: Host<'_>) -> Host<'_> {
    match host {
        Host::Name(name) if name.contains('%') => immediate(name).map_or(host, Host::Ip),
        Host::Default | Host::Ip(_) | Host::Name(_) => host,
    }
}

/// The same, but a zone that no interface has stays as well: an error will name it as it was given.
pub(crate) fn numeric_if_known(host: Host<'_>) -> Host<'_> {
    let numeric = numeric(host);
    let is_unknown = matches!(numeric, Host::Ip(address) if address.scope_id() == 0);
    if is_unknown { host } else { numeric }
}

pub(crate) fn numeric_destination(mut destination: Destination<'_>) -> Destination<'_> {
    destination.host = numeric_if_known(destination.host);
    destination
}

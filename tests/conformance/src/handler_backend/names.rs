//! Host names: none but those of the host itself, unless a socket has a lookup of its own.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use core::cell::RefCell;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Family, Host, Instant, LookupToken, SocketId};
use anydgram_smoltcp::Resolver;

/// What a socket asks of a scenario's lookup.
pub(super) struct Question {
    pub(super) host: usize,
    pub(super) id: SocketId,
    pub(super) token: LookupToken,
    pub(super) lookup: u64,
    pub(super) text: String,
    pub(super) family: Family,
}

#[derive(Default)]
pub(crate) struct Names {
    /// The lookups of sockets.
    pub(super) lookups: BTreeMap<(usize, SocketId), u64>,
    pub(super) asked: VecDeque<Question>,
    pub(super) answers: VecDeque<(usize, SocketId, LookupToken, Result<Address, Errno>)>,
}

/// The resolver of one host.
pub(super) struct OfHost {
    pub(super) host: usize,
    pub(super) names: Rc<RefCell<Names>>,
}

impl Resolver for OfHost {
    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        let mut names = self.names.borrow_mut();
        let Some(&function) = names.lookups.get(&(self.host, lookup.id)) else {
            return Some(Err(Errno::ENOTFOUND));
        };
        let text = match lookup.host {
            Host::Name(name) => name.to_owned(),
            Host::Ip(address) => address.to_string(),
            Host::Default => lookup.family.loopback().to_string(),
        };
        names.asked.push_back(Question {
            host: self.host,
            id: lookup.id,
            token: lookup.token,
            lookup: function,
            text,
            family: lookup.family,
        });
        None
    }
}

//! Who looks host names up: the application, if it wants to, or embassy-net.

use core::fmt;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno};

use super::names::{LookupSlot, Names};

/// An application's own lookup of host names, for [`Host::set_resolver`](crate::Host::set_resolver). Functions are some.
pub trait Resolver {
    /// Answers, or returns `None` and answers later, by [`handle_lookup`](anydgram_core::Socket::handle_lookup). Must not
    /// call the host.
    fn look_up(&self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>>;
}

impl<F: Fn(&Lookup<'_>) -> Option<Result<Address, Errno>>> Resolver for F {
    fn look_up(&self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        self(lookup)
    }
}

/// The lookups of a host.
pub(crate) struct Lookups<'m> {
    pub(super) own: Option<&'m dyn Resolver>,
    pub(super) names: Names<'m>,
}

impl<'m> Lookups<'m> {
    pub(crate) const fn new(slots: &'m mut [LookupSlot]) -> Self {
        Self {
            own: None,
            names: Names::new(slots),
        }
    }

    /// Answers, or begins to look: `None`.
    pub(crate) fn look_up(&mut self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        match self.own {
            Some(own) => own.look_up(lookup),
            None => self.names.look_up(lookup),
        }
    }

    /// Whether a name has come for the host's task since the last call.
    pub(crate) const fn take_news(&mut self) -> bool {
        self.names.take_news()
    }
}

impl fmt::Debug for Lookups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups")
            .field("is_own", &self.own.is_some())
            .field("names", &self.names)
            .finish()
    }
}

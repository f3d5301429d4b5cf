//! What host names mean: to all hosts of a world, or to one by itself.

use alloc::collections::BTreeMap;
use core::cell::RefCell;
use core::net::IpAddr;

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Family, Host, Instant};

/// What comes of a lookup; `None`: an answer that comes later.
pub(crate) type Answer = Option<Result<Address, Errno>>;
/// Whom one host asks in place of the world.
pub(crate) type Resolver<'m> = Box<dyn FnMut(&Lookup<'_>) -> Answer + 'm>;

/// What names mean to all hosts.
#[derive(Debug, Default)]
pub(crate) struct Names(RefCell<BTreeMap<String, Vec<IpAddr>>>);

impl Names {
    /// Has a name mean these addresses.
    pub(crate) fn insert(&self, name: &str, addresses: &[IpAddr]) {
        let mut known = self.0.borrow_mut();
        known.insert(name.to_owned(), addresses.to_vec());
    }

    fn look_up(&self, lookup: &Lookup<'_>) -> Result<Address, Errno> {
        let name = match lookup.host {
            Host::Name(name) => name,
            Host::Ip(address) => return Ok(address),
            Host::Default => return Ok(lookup.family.loopback()),
        };
        let known = self.0.borrow();
        let mut known = known.get(name).into_iter().flatten();
        let first = known.find(|ip| Family::of(**ip) == lookup.family);
        first.map(|ip| Address::new(*ip)).ok_or(Errno::ENOTFOUND)
    }
}

/// Whoever answers for names.
pub(super) trait Directory {
    fn look_up(&self, lookup: &Lookup<'_>) -> Answer;
}

/// What names mean to one host.
pub(super) struct OwnNames<'m> {
    world: &'m Names,
    own: RefCell<Option<Resolver<'m>>>,
}

impl<'m> OwnNames<'m> {
    pub(super) const fn new(world: &'m Names) -> Self {
        Self {
            world,
            own: RefCell::new(None),
        }
    }

    /// Whether the host asks somebody else than the world.
    pub(super) fn has_own(&self) -> bool {
        self.own.borrow().is_some()
    }

    /// Has the host ask somebody else from now on; `None`: the world.
    pub(super) fn set(&self, resolver: Option<Resolver<'m>>) {
        *self.own.borrow_mut() = resolver;
    }
}

impl Directory for OwnNames<'_> {
    fn look_up(&self, lookup: &Lookup<'_>) -> Answer {
        match &mut *self.own.borrow_mut() {
            Some(own) => own(lookup),
            None => Some(self.world.look_up(lookup)),
        }
    }
}

/// A stack's way to the names of its host.
pub(super) struct ByName<'m>(pub(super) &'m OwnNames<'m>);

impl anydgram_smoltcp::Resolver for ByName<'_> {
    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Answer {
        self.0.look_up(&lookup)
    }
}

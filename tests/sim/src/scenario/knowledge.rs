//! What hosts know of each other, until each knows all others: what several scenarios end with.

use alloc::rc::Rc;
use core::cell::Cell;
use core::time::Duration;

use anydgram_core::Handler;

use crate::application::Start;
use crate::host::HostOptions;
use crate::world::{SegmentId, Violation, World};

/// What each of so many hosts knows: a bit for each host that it knows, itself among them.
#[derive(Clone, Debug)]
pub(super) struct Knowledge(Rc<[Cell<u64>]>);

impl Knowledge {
    /// Hosts that know nothing. No host can know one that is not there.
    pub(super) fn new(world: &mut World<'_>, hosts: u8) -> Self {
        let known: Rc<[Cell<u64>]> = (0..hosts).map(|_| Cell::new(0)).collect();
        let knowledge = Self(Rc::clone(&known));
        let all = knowledge.all();
        world.add_invariant(
            "nobody knows a host that is not there",
            move |_| match known.iter().find(|known| known.get() & !all != 0) {
                Some(known) => Err(format!("{:b}", known.get())),
                None => Ok(()),
            },
        );
        knowledge
    }

    fn all(&self) -> u64 {
        (1_u64 << self.0.len()) - 1
    }

    /// A host has started, and knows itself.
    pub(super) fn begin(&self, number: u8) {
        self.0[usize::from(number)].set(1 << number);
    }

    /// What a host knows.
    pub(super) fn of(&self, number: u8) -> u64 {
        self.0[usize::from(number)].get()
    }

    /// A host learns of others.
    pub(super) fn learn(&self, number: u8, others: u64) {
        let known = &self.0[usize::from(number)];
        known.set(known.get() | others);
    }

    /// Adds the hosts to a segment, each with its address and its application.
    pub(super) fn add_hosts<'m, H: Handler + 'm>(
        &self,
        world: &mut World<'m>,
        segment: SegmentId,
        address: impl Fn(u8) -> String,
        boot: fn(&mut Start<'_, 'm>, u8, Self) -> H,
    ) {
        for number in (0..).take(self.0.len()) {
            let known = self.clone();
            let name = format!("host{number}");
            let host = world.add_host(&name, HostOptions::new(), move |start| {
                known.begin(number);
                Box::new(boot(start, number, known.clone()))
            });
            world.plug_in(host, segment, &[&address(number)]);
        }
    }

    /// Lets the world go until each host knows all others.
    pub(super) fn until_all_know(
        &self,
        world: &mut World<'_>,
        limit: Duration,
    ) -> Result<(), Violation> {
        let all = self.all();
        let is_done = |_: &World<'_>| self.0.iter().all(|known| known.get() == all);
        if world.run_until(limit, is_done)? {
            return Ok(());
        }
        let known = self.0.iter().map(|known| format!("{:010b}", known.get()));
        let known: Vec<_> = known.collect();
        Err(world.violation(format!(
            "after {limit:?}, the hosts know: {}",
            known.join(" ")
        )))
    }
}

//! Groups: what the sockets want the network to be told, and what it has been told.
//!
//! embassy-net's stack is in use whenever our code runs within its driver, so that nothing can be joined there and then.
//! A [`Groups`] keeps what is wanted, and the host's task brings it to the stack, which reports it.

use core::net::IpAddr;

use anydgram_core::Errno;

/// A place for a group in the memory of a host.
#[derive(Debug, Default)]
pub struct JoinSlot(Option<Join>);

impl JoinSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for JoinSlot {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "JoinSlot {{ is_taken: {=bool} }}", self.0.is_some());
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<JoinSlot>() <= 28);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Join {
    group: IpAddr,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Wanted, and the stack does not know yet.
    Wanted,
    /// The stack is in it; by us, or by the application itself, whose group it stays.
    Joined { is_ours: bool },
    /// To be left and joined, so that it is reported again.
    Again,
    /// Left for that, in the poll of this number or before; the leave goes out with the next one.
    Left(u32),
    /// The stack had no room for it.
    Refused,
    /// Not wanted any more, and the stack does not know yet.
    Unwanted,
}

/// What the stack has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Join(IpAddr),
    Leave(IpAddr),
}

/// The groups of the interface.
#[derive(Debug)]
pub(crate) struct Groups<'m> {
    slots: &'m mut [JoinSlot],
    is_new: bool,
}

impl<'m> Groups<'m> {
    pub(crate) const fn new(slots: &'m mut [JoinSlot]) -> Self {
        Self {
            slots,
            is_new: false,
        }
    }

    /// Whether something was wanted since the last call.
    pub(crate) const fn take_news(&mut self) -> bool {
        core::mem::replace(&mut self.is_new, false)
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        !MULTICAST || self.slots.iter().all(|slot| slot.0.is_none())
    }

    /// Wants a group.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no room for another one; `ENOPROTOOPT` without the feature `multicast`.
    pub(crate) fn join(&mut self, group: IpAddr) -> Result<(), Errno> {
        if !MULTICAST {
            return Err(Errno::ENOPROTOOPT);
        }
        self.is_new = true;
        if let Some(join) = self.find(group) {
            // The only state in which it can be wanted anew. The network has not heard of the leave.
            join.state = State::Joined { is_ours: true };
            return Ok(());
        }
        let free = self.slots.iter_mut().find(|slot| slot.0.is_none());
        free.ok_or(Errno::ENOBUFS)?.0 = Some(Join {
            group,
            state: State::Wanted,
        });
        Ok(())
    }

    /// Does not want a group any more.
    pub(crate) fn leave(&mut self, group: IpAddr) {
        self.is_new = true;
        for slot in self.places() {
            let Some(join) = slot.0.as_mut().filter(|join| join.group == group) else {
                continue;
            };
            match join.state {
                State::Joined { is_ours: true } | State::Again => join.state = State::Unwanted,
                State::Wanted
                | State::Joined { is_ours: false }
                | State::Left(_)
                | State::Refused
                | State::Unwanted => slot.0 = None,
            }
        }
    }

    /// Wants a group to be reported again.
    pub(crate) fn rejoin(&mut self, group: IpAddr) {
        self.is_new = true;
        if let Some(join) = self.find(group)
            && join.state == (State::Joined { is_ours: true })
        {
            join.state = State::Again;
        }
    }

    /// The next thing to tell the stack, which has been polled `polls` times. It is told, as far as this table goes.
    pub(crate) fn poll(&mut self, polls: u32) -> Option<Change> {
        for slot in self.places() {
            let Some(Join { group, state }) = &mut slot.0 else {
                continue;
            };
            let group = *group;
            match *state {
                State::Wanted => *state = State::Joined { is_ours: true },
                State::Left(at) if at != polls => *state = State::Joined { is_ours: true },
                State::Again => {
                    *state = State::Left(polls);
                    return Some(Change::Leave(group));
                }
                State::Unwanted => {
                    slot.0 = None;
                    return Some(Change::Leave(group));
                }
                State::Joined { .. } | State::Left(_) | State::Refused => continue,
            }
            return Some(Change::Join(group));
        }
        None
    }

    /// The stack has no room for a group.
    pub(crate) fn refused(&mut self, group: IpAddr) {
        if let Some(join) = self.find(group) {
            join.state = State::Refused;
        }
    }

    /// What the stack had no room for, it is asked again.
    pub(crate) fn retry(&mut self) {
        for join in self.joins() {
            if join.state == State::Refused {
                join.state = State::Wanted;
            }
        }
    }

    /// The application has the stack in a group already.
    pub(crate) fn shared(&mut self, group: IpAddr) {
        if let Some(join) = self.find(group) {
            join.state = State::Joined { is_ours: false };
        }
    }

    /// Whether something waits for the stack to be polled.
    pub(crate) fn awaits_poll(&self) -> bool {
        let mut joins = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        MULTICAST && joins.any(|join| matches!(join.state, State::Left(_)))
    }

    fn joins(&mut self) -> impl Iterator<Item = &mut Join> {
        self.places().iter_mut().filter_map(|slot| slot.0.as_mut())
    }

    fn places(&mut self) -> &mut [JoinSlot] {
        if MULTICAST { &mut *self.slots } else { &mut [] }
    }

    fn find(&mut self, group: IpAddr) -> Option<&mut Join> {
        let mut joins = self.joins();
        joins.find(|join| join.group == group)
    }
}

/// There are groups.
const MULTICAST: bool = cfg!(feature = "multicast");

#[cfg(test)]
mod tests;

//! The sockets that a primary shares among its workers: who has which, and when the last one has closed it.
//!
//! A socket is shared under the key that Node gives it: address, port, type, descriptor; where the port is 0 also which
//! of the worker's sockets on that address it is, so that the first one of every worker has the same port, and the
//! second one another. A worker that asks again for what it has gets a socket of its own, which is not shared: as a
//! rule that fails with `EADDRINUSE`, unless the address may be reused.

use std::os::fd::OwnedFd;

use alloc::collections::BTreeSet;

use anydgram_core::{Address, Errno, Family};

use super::event::WorkerId;
use super::frame::Wanted;

/// The shared sockets of a primary.
#[derive(Debug, Default)]
pub(super) struct Table {
    shares: Vec<Share>,
    next: u64,
}

/// A socket, and the workers that have it.
#[derive(Debug)]
pub(super) struct Share {
    /// Its name in messages; never used again.
    pub(super) number: u64,
    pub(super) wanted: Wanted,
    pub(super) descriptor: OwnedFd,
    /// Only its one worker has it.
    is_private: bool,
    users: BTreeSet<WorkerId>,
}

/// What two workers have to agree in to share a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Address {
        family: Family,
        address: Address,
        port: u16,
        index: u32,
    },
    Descriptor {
        family: Family,
        fd: i32,
    },
}

impl Table {
    /// The socket for a worker that wants one; `open` makes it, if there is none to share.
    ///
    /// # Errors
    /// Those of `open`; `EMFILE` for a worker that has `limit` sockets.
    pub(super) fn take(
        &mut self,
        worker: WorkerId,
        wanted: &Wanted,
        limit: usize,
        open: impl FnOnce(&Wanted) -> Result<OwnedFd, Errno>,
    ) -> Result<&Share, Errno> {
        let has = self.shares.iter().filter(|share| share.has(worker)).count();
        if has >= limit {
            return Err(Errno::EMFILE);
        }
        let key = Key::of(wanted);
        let known = self
            .shares
            .iter()
            .position(|share| !share.is_private && Key::of(&share.wanted) == key);
        let place = match known {
            Some(place) if !self.has(place, worker) => place,
            _ => {
                let descriptor = open(wanted)?;
                self.shares.push(Share {
                    number: self.next,
                    wanted: *wanted,
                    descriptor,
                    is_private: known.is_some(),
                    users: BTreeSet::new(),
                });
                self.next = self.next.wrapping_add(1);
                self.shares.len().saturating_sub(1)
            }
        };
        let share = self.shares.get_mut(place).ok_or(Errno::EINVAL)?;
        share.users.insert(worker);
        Ok(share)
    }

    /// The socket of this number, if the worker has it.
    pub(super) fn get(&self, worker: WorkerId, number: u64) -> Option<&Share> {
        let mut shares = self.shares.iter();
        shares.find(|share| share.number == number && share.has(worker))
    }

    /// A worker has closed a socket; what it does not have is ignored. The last one that closes it ends it.
    pub(super) fn release(&mut self, worker: WorkerId, number: u64) {
        self.retain(|share| share.number != number || share.leave(worker));
    }

    /// A worker has gone.
    pub(super) fn release_all(&mut self, worker: WorkerId) {
        self.retain(|share| share.leave(worker));
    }

    /// How many sockets there are.
    pub(super) fn len(&self) -> usize {
        self.shares.len()
    }

    fn has(&self, place: usize, worker: WorkerId) -> bool {
        let share = self.shares.get(place);
        share.is_some_and(|share| share.has(worker))
    }

    fn retain(&mut self, keep: impl FnMut(&mut Share) -> bool) {
        self.shares.retain_mut(keep);
    }
}

impl Share {
    fn has(&self, worker: WorkerId) -> bool {
        self.users.contains(&worker)
    }

    /// Whether anybody is left.
    fn leave(&mut self, worker: WorkerId) -> bool {
        self.users.remove(&worker);
        !self.users.is_empty()
    }
}

impl Key {
    fn of(wanted: &Wanted) -> Self {
        let family = wanted.family;
        match wanted.fd {
            Some(fd) => Self::Descriptor { family, fd },
            None => Self::Address {
                family,
                address: wanted.address,
                port: wanted.port,
                index: if wanted.port == 0 { wanted.index } else { 0 },
            },
        }
    }
}

#[cfg(test)]
mod tests;

//! Many sockets under generational ids, and the applications that live on them.

use core::fmt;

use crate::socket::Socket;

/// Names one socket of a [`Sockets`], for good: the id of a removed socket never names another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SocketId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl SocketId {
    /// The place of the socket in its [`Sockets`], for a backend's own tables; taken again after a removal.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

/// A place for one socket in the memory of a [`Sockets`].
#[derive(Default)]
pub struct SocketSlot<'s> {
    generation: u32,
    socket: Option<Socket<'s>>,
    /// In the list of the sockets that may have something to poll.
    is_listed: bool,
    next: Option<u32>,
}

impl SocketSlot<'_> {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            generation: 0,
            socket: None,
            is_listed: false,
            next: None,
        }
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for SocketSlot<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "SocketSlot {{ is_taken: {=bool} }}",
            self.socket.is_some()
        );
    }
}

impl fmt::Debug for SocketSlot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketSlot")
            .field("generation", &self.generation)
            .field("is_taken", &self.socket.is_some())
            .finish_non_exhaustive()
    }
}

/// Many sockets in memory that the user gives.
///
/// Keeps a list of those that may have something to poll, in the order in which they were touched, so
/// that a driver's turn costs nothing for sockets at rest.
///
/// ```
/// use anydgram_core::{Options, Socket, SocketSlot, SocketType, Sockets, Storage};
/// let mut storage: Storage<256, 2, 1, 4, 0> = Storage::new();
/// let mut slots = [SocketSlot::new(), SocketSlot::new()];
/// let mut sockets = Sockets::new(&mut slots);
/// let id = sockets.add(Socket::new(Options::new(SocketType::Udp4), &mut storage)).expect("there is room");
/// assert!(sockets.get(id).is_some());
/// ```
pub struct Sockets<'m, 's> {
    slots: &'m mut [SocketSlot<'s>],
    first: Option<u32>,
    last: Option<u32>,
}

impl<'m, 's> Sockets<'m, 's> {
    /// A set of as many sockets as there are `slots`. Those that are in there already keep their ids.
    pub fn new(slots: &'m mut [SocketSlot<'s>]) -> Self {
        let mut sockets = Self {
            slots,
            first: None,
            last: None,
        };
        for slot in &mut *sockets.slots {
            slot.is_listed = false;
            slot.next = None;
        }
        for index in 0..u32::try_from(sockets.slots.len()).unwrap_or(u32::MAX) {
            let slot = sockets.slots.get(index as usize);
            if slot.is_some_and(|slot| slot.socket.is_some()) {
                sockets.list(index);
            }
        }
        sockets
    }

    /// Adds a socket.
    ///
    /// # Errors
    /// The socket itself when all places are taken.
    #[expect(clippy::result_large_err, reason = "the caller gets back what it gave")]
    pub fn add(&mut self, socket: Socket<'s>) -> Result<SocketId, Socket<'s>> {
        let free = self
            .slots
            .iter_mut()
            .zip(0..u32::MAX)
            .find(|(slot, _)| slot.socket.is_none());
        let Some((slot, index)) = free else {
            return Err(socket);
        };
        slot.socket = Some(socket);
        let id = SocketId {
            index,
            generation: slot.generation,
        };
        self.list(index);
        Ok(id)
    }

    /// Takes a socket out; its id names nothing from now on.
    pub fn remove(&mut self, id: SocketId) -> Option<Socket<'s>> {
        let slot = self
            .slots
            .get_mut(id.index())
            .filter(|slot| slot.generation == id.generation)?;
        let socket = slot.socket.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        Some(socket)
    }

    /// The socket of this id, for looking at.
    #[must_use]
    pub fn get(&self, id: SocketId) -> Option<&Socket<'s>> {
        self.slots
            .get(id.index())
            .filter(|slot| slot.generation == id.generation)?
            .socket
            .as_ref()
    }

    /// The socket of this id, for commands and inputs; the driver polls it after this.
    #[must_use]
    pub fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket<'s>> {
        let slot = self
            .slots
            .get(id.index())
            .filter(|slot| slot.generation == id.generation)?;
        slot.socket.as_ref()?;
        self.list(id.index);
        self.slots.get_mut(id.index())?.socket.as_mut()
    }

    /// The socket of this id, for a driver that polls it; does not ask for another turn.
    #[must_use]
    #[inline]
    pub fn poll_mut(&mut self, id: SocketId) -> Option<&mut Socket<'s>> {
        let slot = self
            .slots
            .get_mut(id.index())
            .filter(|slot| slot.generation == id.generation)?;
        slot.socket.as_mut()
    }

    /// The next socket that may have something to poll; each once for all calls of [`get_mut`](Self::get_mut)
    /// since it was last returned.
    #[must_use]
    pub fn poll_ready(&mut self) -> Option<SocketId> {
        while let Some(index) = self.first {
            let slot = self.slots.get_mut(usize::try_from(index).ok()?)?;
            self.first = slot.next.take();
            slot.is_listed = false;
            if self.first.is_none() {
                self.last = None;
            }
            if slot.socket.is_some() {
                return Some(SocketId {
                    index,
                    generation: slot.generation,
                });
            }
        }
        None
    }

    /// Whether [`poll_ready`](Self::poll_ready) may have a socket.
    #[must_use]
    pub const fn has_ready(&self) -> bool {
        self.first.is_some()
    }

    /// All ids, in the order of their places.
    pub fn ids(&self) -> impl Iterator<Item = SocketId> {
        self.slots
            .iter()
            .zip(0..u32::MAX)
            .filter(|(slot, _)| slot.socket.is_some())
            .map(|(slot, index)| SocketId {
                index,
                generation: slot.generation,
            })
    }

    /// Asks for another turn of all sockets that `wants` it.
    pub(crate) fn list_all(&mut self, mut wants: impl FnMut(&mut Socket<'s>) -> bool) {
        for index in 0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX) {
            let slot = self.slots.get_mut(index as usize);
            if slot
                .and_then(|slot| slot.socket.as_mut())
                .is_some_and(&mut wants)
            {
                self.list(index);
            }
        }
    }

    fn list(&mut self, index: u32) {
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return;
        };
        if slot.is_listed {
            return;
        }
        slot.is_listed = true;
        match self.last.and_then(|last| self.slots.get_mut(last as usize)) {
            Some(last) => last.next = Some(index),
            None => self.first = Some(index),
        }
        self.last = Some(index);
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Sockets<'_, '_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Sockets {{ slots: {=usize} }}", self.slots.len());
    }
}

impl fmt::Debug for Sockets<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests;

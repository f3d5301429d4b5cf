//! What happens to the Unix sockets, kept for the tasks that ask. Datagrams stay with the host until a task takes them.

use alloc::collections::BTreeMap;

use anydgram_core::Event as CoreEvent;

use crate::tasks::inbox::Place;
use crate::unix::UnixId;

/// What is kept for all Unix sockets of an application.
#[derive(Debug, Default)]
pub(in crate::tasks) struct UnixInbox {
    places: BTreeMap<UnixId, Place>,
}

impl UnixInbox {
    pub(super) fn open(&mut self, id: UnixId, longest: usize) {
        self.places.insert(id, Place::of_socket(longest));
    }

    pub(super) fn get(&mut self, id: UnixId) -> Option<&mut Place> {
        self.places.get_mut(&id)
    }

    /// The socket has nobody any more.
    pub(super) fn remove(&mut self, id: UnixId) {
        self.places.remove(&id);
    }

    /// Keeps what a socket is told, as [`Place::keep`].
    pub(in crate::tasks) fn keep(&mut self, id: UnixId, event: CoreEvent<'_>) -> Result<(), usize> {
        let place = self.places.get_mut(&id);
        place.map_or(Ok(()), |place| place.keep(event))
    }

    /// Wakes the tasks that wait for a datagram of a socket, once; whether there are any.
    pub(in crate::tasks) fn wake_readers(&mut self, id: UnixId) -> bool {
        self.places.get_mut(&id).is_some_and(Place::wake_readers)
    }
}

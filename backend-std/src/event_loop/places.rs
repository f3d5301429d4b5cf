//! The sockets that a loop has to know, each with a number that stays: a pointer for each.

use crate::socket::Socket;

/// Sockets by their places.
#[derive(Default)]
pub(super) struct Places {
    sockets: Vec<Option<Socket>>,
    /// Places that nobody has any more.
    free: Vec<u32>,
}

impl Places {
    /// Gives a socket a place.
    pub(super) fn insert(&mut self, socket: Socket) -> usize {
        let free = self
            .free
            .pop()
            .and_then(|place| usize::try_from(place).ok());
        let place = free.unwrap_or(self.sockets.len());
        match self.sockets.get_mut(place) {
            Some(empty) => *empty = Some(socket),
            None => self.sockets.push(Some(socket)),
        }
        place
    }

    /// The socket at a place.
    pub(super) fn get(&self, place: usize) -> Option<&Socket> {
        self.sockets.get(place)?.as_ref()
    }

    /// Takes a socket away, which is to be dropped where nothing is borrowed.
    pub(super) fn remove(&mut self, place: usize) -> Option<Socket> {
        let socket = self.sockets.get_mut(place)?.take()?;
        self.free.extend(u32::try_from(place));
        Some(socket)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.iter().flatten()
    }

    /// All of them, to be dropped where nothing is borrowed.
    pub(super) fn take(&mut self) -> Vec<Option<Socket>> {
        self.free.clear();
        core::mem::take(&mut self.sockets)
    }

    pub(super) fn len(&self) -> usize {
        self.sockets.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use anydgram_core::SocketType;

    use super::*;
    use crate::EventLoop;

    #[test]
    fn places_stay_and_are_given_away_again() {
        let event_loop = EventLoop::new().unwrap();
        let socket = || event_loop.create_socket(SocketType::Udp4).unwrap();
        let mut places = Places::default();
        assert_eq!([(); 3].map(|()| places.insert(socket())), [0, 1, 2]);
        assert!(places.remove(1).is_some());
        assert!(places.remove(1).is_none() && places.get(1).is_none());
        assert_eq!((places.len(), places.iter().count()), (2, 2));
        assert_eq!([(); 2].map(|()| places.insert(socket())), [1, 3]);
        assert!(places.get(1).is_some() && places.get(4).is_none());
        assert!(places.remove(9).is_none());
        assert_eq!(places.take().into_iter().flatten().count(), 4);
        assert_eq!((places.len(), places.insert(socket())), (0, 0));
    }
}

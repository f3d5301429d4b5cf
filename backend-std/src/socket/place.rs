//! Where a loop keeps a socket, in four bytes.

use core::cell::Cell;

/// A socket's place in its loop, if it has one.
#[derive(Debug)]
pub(crate) struct Place(Cell<u32>);

impl Place {
    /// No loop has that many sockets.
    const NONE: u32 = u32::MAX;

    pub(crate) fn get(&self) -> Option<usize> {
        let place = Some(self.0.get()).filter(|place| *place != Self::NONE)?;
        usize::try_from(place).ok()
    }

    pub(crate) fn set(&self, place: Option<usize>) {
        let place = place.and_then(|place| u32::try_from(place).ok());
        self.0.set(place.unwrap_or(Self::NONE));
    }

    pub(crate) fn take(&self) -> Option<usize> {
        let place = self.get();
        self.set(None);
        place
    }
}

impl Default for Place {
    fn default() -> Self {
        Self(Cell::new(Self::NONE))
    }
}

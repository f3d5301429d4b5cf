//! Erased containers: one type for fixed and growable memory.

use heapless::VecView;
use heapless::deque::DequeView;

/// A first-in, first-out queue with a bound.
pub(crate) enum Fifo<'p, T> {
    /// In fixed memory.
    Fixed(&'p mut DequeView<T>),
    /// On the heap, with the most items it may hold.
    #[cfg(feature = "alloc")]
    Growable(&'p mut alloc::collections::VecDeque<T>, usize),
}

impl<T> Fifo<'_, T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Fixed(items) => items.storage_len(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.len(),
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        match self {
            Self::Fixed(items) => items.storage_capacity(),
            #[cfg(feature = "alloc")]
            Self::Growable(_, limit) => *limit,
        }
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push_back(&mut self, item: T) -> bool {
        match self {
            Self::Fixed(items) => items.push_back(item).is_ok(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, limit) => {
                let fits = items.len() < *limit;
                if fits {
                    items.push_back(item);
                }
                fits
            }
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        match self {
            Self::Fixed(items) => items.pop_front(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.pop_front(),
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fixed(items) => items.clear(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.clear(),
        }
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.iter().next()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let (front, back) = match self {
            Self::Fixed(items) => items.as_slices(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.as_slices(),
        };
        front.iter().chain(back)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let (front, back) = match self {
            Self::Fixed(items) => items.as_mut_slices(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.as_mut_slices(),
        };
        front.iter_mut().chain(back)
    }
}

/// A list with a bound whose order does not matter.
pub(crate) enum List<'p, T> {
    /// In fixed memory.
    Fixed(&'p mut VecView<T>),
    /// On the heap, with the most items it may hold.
    #[cfg(feature = "alloc")]
    Growable(&'p mut alloc::vec::Vec<T>, usize),
}

impl<'p, T> List<'p, T> {
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Fixed(items) => items.as_mut_slice(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.as_mut_slice(),
        }
    }

    /// Gives the list up for a slice that lives as long as the memory.
    pub(crate) fn into_slice(self) -> &'p mut [T] {
        match self {
            Self::Fixed(items) => items.as_mut_slice(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.as_mut_slice(),
        }
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push(&mut self, item: T) -> bool {
        match self {
            Self::Fixed(items) => items.push(item).is_ok(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, limit) => {
                let fits = items.len() < *limit;
                if fits {
                    items.push(item);
                }
                fits
            }
        }
    }

    /// Removes the item at `index`, moving the last one there.
    pub(crate) fn swap_remove(&mut self, index: usize) {
        let last = match self {
            Self::Fixed(items) => items.pop(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.pop(),
        };
        if let (Some(last), Some(place)) = (last, self.as_mut_slice().get_mut(index)) {
            *place = last;
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fixed(items) => items.clear(),
            #[cfg(feature = "alloc")]
            Self::Growable(items, _) => items.clear(),
        }
    }
}

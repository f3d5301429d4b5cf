//! Containers with feature `alloc`: memory is fixed, or grows on the heap.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use heapless::VecView;
use heapless::deque::DequeView;

/// A first-in, first-out queue with a bound.
pub(crate) enum Fifo<'p, T> {
    /// In fixed memory.
    Fixed(&'p mut DequeView<T>),
    /// On the heap, with the most items it may hold.
    Growable(&'p mut VecDeque<T>, usize),
}

impl<'p, T> Fifo<'p, T> {
    pub(crate) const fn fixed(items: &'p mut DequeView<T>) -> Self {
        Self::Fixed(items)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Fixed(items) => items.storage_len(),
            Self::Growable(items, _) => items.len(),
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Fixed(items) => items.is_full(),
            Self::Growable(items, limit) => items.len() >= *limit,
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        match self {
            Self::Fixed(items) => items.storage_capacity(),
            Self::Growable(_, limit) => *limit,
        }
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push_back(&mut self, item: T) -> bool {
        match self {
            Self::Fixed(items) => items.push_back(item).is_ok(),
            Self::Growable(items, limit) => {
                let fits = items.len() < *limit;
                if fits {
                    items.push_back(item);
                }
                fits
            }
        }
    }

    pub(crate) fn front(&self) -> Option<&T> {
        match self {
            Self::Fixed(items) => items.front(),
            Self::Growable(items, _) => items.front(),
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        match self {
            Self::Fixed(items) => items.pop_front(),
            Self::Growable(items, _) => items.pop_front(),
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fixed(items) => items.clear(),
            Self::Growable(items, _) => items.clear(),
        }
    }

    /// Removes the first items, `count` at most.
    pub(crate) fn discard_front(&mut self, count: usize) {
        match self {
            Self::Fixed(items) => {
                for _ in 0..count {
                    items.pop_front();
                }
            }
            Self::Growable(items, _) => {
                items.drain(..count.min(items.len()));
            }
        }
    }

    pub(crate) fn slices(&self) -> (&[T], &[T]) {
        match self {
            Self::Fixed(items) => items.as_slices(),
            Self::Growable(items, _) => items.as_slices(),
        }
    }

    pub(super) fn slices_mut(&mut self) -> (&mut [T], &mut [T]) {
        match self {
            Self::Fixed(items) => items.as_mut_slices(),
            Self::Growable(items, _) => items.as_mut_slices(),
        }
    }
}

/// A list with a bound whose order does not matter.
pub(crate) enum List<'p, T> {
    /// In fixed memory.
    Fixed(&'p mut VecView<T>),
    /// On the heap, with the most items it may hold.
    Growable(&'p mut Vec<T>, usize),
}

impl<'p, T> List<'p, T> {
    pub(crate) const fn fixed(items: &'p mut VecView<T>) -> Self {
        Self::Fixed(items)
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Fixed(items) => items.as_mut_slice(),
            Self::Growable(items, _) => items.as_mut_slice(),
        }
    }

    /// Gives the list up for a slice that lives as long as the memory.
    pub(crate) fn into_slice(self) -> &'p mut [T] {
        match self {
            Self::Fixed(items) => items.as_mut_slice(),
            Self::Growable(items, _) => items.as_mut_slice(),
        }
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push(&mut self, item: T) -> bool {
        match self {
            Self::Fixed(items) => items.push(item).is_ok(),
            Self::Growable(items, limit) => {
                let fits = items.len() < *limit;
                if fits {
                    items.push(item);
                }
                fits
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        match self {
            Self::Fixed(items) => items.pop(),
            Self::Growable(items, _) => items.pop(),
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fixed(items) => items.clear(),
            Self::Growable(items, _) => items.clear(),
        }
    }
}

/// Bytes with a bound.
pub(crate) enum Room<'p> {
    /// Of fixed size.
    Fixed(&'p mut [u8]),
    /// On the heap, with the most bytes it may have.
    Growable(&'p mut Vec<u8>, usize),
}

impl<'p> Room<'p> {
    pub(crate) const fn fixed(bytes: &'p mut [u8]) -> Self {
        Self::Fixed(bytes)
    }

    pub(crate) fn all(&self) -> &[u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Growable(bytes, _) => bytes,
        }
    }

    pub(crate) fn all_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Growable(bytes, _) => bytes,
        }
    }

    /// Gives the room up for a slice that lives as long as the memory.
    pub(crate) fn into_slice(self) -> &'p [u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Growable(bytes, _) => bytes,
        }
    }

    /// How many bytes there are, or could be.
    pub(crate) const fn limit(&self) -> usize {
        match self {
            Self::Fixed(bytes) => bytes.len(),
            Self::Growable(_, limit) => *limit,
        }
    }

    /// Grows to at least `needed` bytes where that is possible; in doubles, so that it is rare.
    pub(crate) fn grow(&mut self, needed: usize) {
        if let Self::Growable(bytes, limit) = self {
            if needed > bytes.len() {
                let doubled = bytes.len().saturating_mul(2).max(256);
                bytes.resize(needed.max(doubled).min(*limit), 0);
            }
        }
    }
}

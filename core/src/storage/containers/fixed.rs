//! Containers without feature `alloc`: all memory is fixed.

use heapless::VecView;
use heapless::deque::DequeView;

/// A first-in, first-out queue with a bound.
pub(crate) struct Fifo<'p, T>(&'p mut DequeView<T>);

impl<'p, T> Fifo<'p, T> {
    pub(crate) const fn fixed(items: &'p mut DequeView<T>) -> Self {
        Self(items)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.storage_len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.is_full()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.0.storage_capacity()
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push_back(&mut self, item: T) -> bool {
        self.0.push_back(item).is_ok()
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.0.front()
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Removes the first items, `count` at most.
    pub(crate) fn discard_front(&mut self, count: usize) {
        for _ in 0..count {
            self.0.pop_front();
        }
    }

    #[inline(never)]
    pub(crate) fn slices(&self) -> (&[T], &[T]) {
        self.0.as_slices()
    }

    #[inline(never)]
    pub(super) fn slices_mut(&mut self) -> (&mut [T], &mut [T]) {
        self.0.as_mut_slices()
    }
}

/// A list with a bound whose order does not matter.
pub(crate) struct List<'p, T>(&'p mut VecView<T>);

impl<'p, T> List<'p, T> {
    pub(crate) const fn fixed(items: &'p mut VecView<T>) -> Self {
        Self(items)
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        self.0.as_mut_slice()
    }

    /// Gives the list up for a slice that lives as long as the memory.
    pub(crate) fn into_slice(self) -> &'p mut [T] {
        self.0.as_mut_slice()
    }

    /// Appends `item`; `false` when there is no room.
    #[must_use]
    pub(crate) fn push(&mut self, item: T) -> bool {
        self.0.push(item).is_ok()
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Bytes with a bound.
pub(crate) struct Room<'p>(&'p mut [u8]);

impl<'p> Room<'p> {
    pub(crate) const fn fixed(bytes: &'p mut [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn all(&self) -> &[u8] {
        self.0
    }

    pub(crate) const fn all_mut(&mut self) -> &mut [u8] {
        self.0
    }

    /// Gives the room up for a slice that lives as long as the memory.
    pub(crate) const fn into_slice(self) -> &'p [u8] {
        self.0
    }

    /// How many bytes there are, or could be.
    pub(crate) const fn limit(&self) -> usize {
        self.0.len()
    }

    /// Grows to at least `needed` bytes where that is possible, and it never is.
    #[expect(
        clippy::needless_pass_by_ref_mut,
        clippy::unused_self,
        reason = "fixed memory does not grow"
    )]
    pub(crate) const fn grow(&mut self, _needed: usize) {}
}

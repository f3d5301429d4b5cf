//! Erased containers, with one API whether memory can grow or not.

cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod either;
        pub(crate) use either::{Fifo, List, Room};
    } else {
        mod fixed;
        pub(crate) use fixed::{Fifo, List, Room};
    }
}

impl<T> Fifo<'_, T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let (front, back) = self.slices();
        front.iter().chain(back)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let (front, back) = self.slices_mut();
        front.iter_mut().chain(back)
    }
}

impl<T> List<'_, T> {
    /// Removes the item at `index`, moving the last one there.
    pub(crate) fn swap_remove(&mut self, index: usize) {
        let last = self.pop();
        if let (Some(last), Some(place)) = (last, self.as_mut_slice().get_mut(index)) {
            *place = last;
        }
    }
}

//! What is so or not, of things that there are many of: a byte for all that is said of one.

use core::cell::Cell;

/// Marks that something has, and that come and go while it is shared.
#[derive(Debug, Default)]
pub(crate) struct Marks(Cell<u8>);

/// One of up to eight marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(u8);

impl Mark {
    /// The mark of a number below eight.
    pub(crate) const fn new(number: u8) -> Self {
        Self(1 << number)
    }
}

impl Marks {
    /// No mark.
    pub(crate) const fn new() -> Self {
        Self(Cell::new(0))
    }

    /// Whether it has a mark.
    pub(crate) const fn has(&self, mark: Mark) -> bool {
        self.0.get() & mark.0 != 0
    }

    /// Puts a mark on, or takes it off.
    pub(crate) fn set(&self, mark: Mark, on: bool) {
        let others = self.0.get() & !mark.0;
        self.0.set(if on { others | mark.0 } else { others });
    }

    /// The same; whether it had the mark.
    pub(crate) fn replace(&self, mark: Mark, on: bool) -> bool {
        let had = self.has(mark);
        self.set(mark, on);
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_and_go_one_by_one() {
        let marks = Marks::new();
        let all: Vec<_> = (0..8).map(Mark::new).collect();
        for mark in &all {
            assert!(!marks.replace(*mark, true));
            assert!(marks.replace(*mark, true));
        }
        marks.set(all[3], false);
        let left = all.iter().filter(|mark| marks.has(**mark)).count();
        assert_eq!((left, marks.has(all[3])), (7, false));
        assert!(!marks.replace(all[3], false));
    }
}

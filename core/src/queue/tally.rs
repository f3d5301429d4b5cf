//! Counts of entries, kept beside the queue.

/// How many entries are at what stage, so that nobody has to count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Entries that later ones have to wait for.
    pub(crate) in_line: Number,
    /// Entries that are not done.
    pub(crate) open: Number,
}

/// A number of entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(pub(super) u32);

impl Tally {
    /// A datagram has come that stands in line.
    #[inline]
    pub(crate) const fn come(&mut self) {
        // There are fewer than the queue has places for.
        self.in_line.0 = self.in_line.0.wrapping_add(1);
        self.open.0 = self.open.0.wrapping_add(1);
    }

    /// So many entries that stood in line have left.
    pub(crate) const fn leave(&mut self, count: u32) {
        self.in_line.0 = self.in_line.0.saturating_sub(count);
        self.open.0 = self.open.0.saturating_sub(count);
    }
}

impl Number {
    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// An entry that counted if `before` counts if `after`.
    pub(super) const fn correct(&mut self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.0 = self.0.saturating_add(1),
            (true, false) => self.0 = self.0.saturating_sub(1),
            (false, false) | (true, true) => {}
        }
    }
}

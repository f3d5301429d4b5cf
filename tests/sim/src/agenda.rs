//! What happens when: in the order of time, and of what happens at the same time in the order in which it was decided.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A copy of a datagram or a frame comes in by a cable. It may have been corrupted, by the decision of this number.
    Arrival {
        cable: u32,
        parcel: u32,
        corrupt: Option<u64>,
    },
    /// A datagram came to nobody, as its sender learns.
    Refusal {
        cable: u32,
        parcel: u32,
        is_port: bool,
    },
    /// A host has something to do: its application has set its clock, or there is room again.
    Wake(u32),
    /// A host goes on, or starts anew.
    Rise { host: u32, is_boot: bool },
    /// A cable is plugged in again.
    LinkUp(u32),
    /// An address that a host has lost comes back.
    Address(u32),
    /// Something goes wrong, as a script says.
    Fault(u32),
    /// Things may go wrong with hosts, processes and segments.
    Tick,
    /// A process starts anew.
    Process(u32),
}

/// All that is to happen.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(u64, u64, Due)>>,
    count: u64,
}

impl Agenda {
    /// Has something happen at a time, in microseconds.
    pub(crate) fn push(&mut self, at: u64, due: Due) {
        self.heap.push(Reverse((at, self.count, due)));
        self.count = self.count.wrapping_add(1);
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<(u64, Due)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_the_same_time_keeps_its_order() {
        let mut agenda = Agenda::default();
        for (at, host) in [(5, 0), (3, 9), (5, 2), (3, 1), (5, 1)] {
            agenda.push(at, Due::Wake(host));
        }
        assert_eq!(agenda.next_at(), Some(3));
        let order: Vec<_> = core::iter::from_fn(|| agenda.pop()).collect();
        let expected = [(3, 9), (3, 1), (5, 0), (5, 2), (5, 1)];
        assert_eq!(order, expected.map(|(at, host)| (at, Due::Wake(host))));
    }
}

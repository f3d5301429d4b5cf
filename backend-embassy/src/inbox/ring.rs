//! Datagrams that wait to be received, in memory of the application's.
//!
//! Invariant: the datagrams are `count` slots from `first` on, and their bytes lie one behind the other from `start` on;
//! both go round.

use anydgram_core::RecvMeta;

use super::known::Known;

/// A place for a datagram that waits to be received.
#[derive(Debug, Default)]
pub struct DatagramSlot(Known);

impl DatagramSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(Known::NONE)
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<DatagramSlot>() <= 72);

#[cfg(feature = "defmt")]
impl defmt::Format for DatagramSlot {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "DatagramSlot {{ len: {=usize} }}", self.0.len());
    }
}

/// The datagrams of one socket.
#[derive(Debug, Default)]
pub(crate) struct Ring<'m> {
    slots: &'m mut [DatagramSlot],
    first: usize,
    count: usize,
    bytes: &'m mut [u8],
    start: usize,
    /// Bytes of all datagrams.
    len: usize,
}

impl<'m> Ring<'m> {
    pub(crate) const fn new(slots: &'m mut [DatagramSlot], bytes: &'m mut [u8]) -> Self {
        Self {
            slots,
            first: 0,
            count: 0,
            bytes,
            start: 0,
            len: 0,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) const fn clear(&mut self) {
        self.first = 0;
        self.count = 0;
        self.start = 0;
        self.len = 0;
    }

    /// Keeps a datagram; `false` if there is no room for it.
    pub(crate) fn push(&mut self, meta: &RecvMeta, data: &[u8]) -> bool {
        if self.count == self.slots.len() || data.len() > self.bytes.len() - self.len {
            return false;
        }
        let at = wrapped(self.first + self.count, self.slots.len());
        let Some(slot) = self.slots.get_mut(at) else {
            return false;
        };
        if !slot.0.set(meta, data.len()) {
            return false;
        }
        let end = wrapped(self.start + self.len, self.bytes.len());
        self.count += 1;
        self.len += data.len();
        let behind = self.bytes.get_mut(end..).unwrap_or_default();
        match behind.get_mut(..data.len()) {
            Some(place) => copy(place, data),
            None => write_around(self.bytes, end, data),
        }
        true
    }

    /// Takes the oldest datagram into `buffer`, as far as it fits; its full length, and what is known of it, where it was.
    pub(crate) fn pop(&mut self, buffer: &mut [u8]) -> Option<(usize, &Known)> {
        if self.count == 0 {
            return None;
        }
        let datagram = &self.slots.get(self.first)?.0;
        let len = datagram.len();
        let start = self.start;
        self.first = wrapped(self.first + 1, self.slots.len());
        self.count -= 1;
        self.start = wrapped(start + len, self.bytes.len());
        self.len -= len;
        let (buffer, _) = buffer.split_at_mut(len.min(buffer.len()));
        let behind = self.bytes.get(start..).unwrap_or_default();
        match behind.get(..buffer.len()) {
            Some(data) => copy(buffer, data),
            None => read_around(self.bytes, start, buffer),
        }
        Some((len, datagram))
    }
}

/// Writes bytes from a place on that go round.
#[cold]
#[inline(never)]
fn write_around(bytes: &mut [u8], at: usize, data: &[u8]) {
    if let Some((front, back)) = bytes.split_at_mut_checked(at)
        && let Some((head, tail)) = data.split_at_checked(back.len())
    {
        copy(back, head);
        copy(front, tail);
    }
}

/// Reads bytes from a place on that go round.
#[cold]
#[inline(never)]
fn read_around(bytes: &[u8], at: usize, buffer: &mut [u8]) {
    if let Some((front, back)) = bytes.split_at_checked(at)
        && let Some((head, tail)) = buffer.split_at_mut_checked(back.len())
    {
        copy(head, back);
        copy(tail, front);
    }
}

/// Copies as many bytes as both have.
fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// A place that may have gone past the end once.
const fn wrapped(at: usize, len: usize) -> usize {
    if at >= len { at - len } else { at }
}

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque;
    use alloc::vec;
    use alloc::vec::Vec;
    use core::net::{IpAddr, Ipv4Addr};

    use anydgram_core::{Address, Endpoint, Instant};

    use super::*;

    const SENDER: Address = Address::new(IpAddr::V4(Ipv4Addr::LOCALHOST));

    #[test]
    fn gives_back_what_it_was_given_and_refuses_the_rest() {
        for (places, bytes) in [(0, 10), (1, 0), (3, 10), (4, 7)] {
            let mut slots: Vec<_> = (0..places).map(|_| DatagramSlot::new()).collect();
            let mut memory = vec![0; bytes];
            let mut ring = Ring::new(&mut slots, &mut memory);
            let mut model: VecDeque<Vec<u8>> = VecDeque::new();
            for step in 0..2000_usize {
                if step * 7 % 5 < 3 {
                    let len = step * 11 % 9;
                    let data: Vec<u8> = (0..len)
                        .map(|at| (at * 3 + step).to_le_bytes()[0])
                        .collect();
                    let mut meta = RecvMeta::from_sender(Endpoint::new(SENDER, 7));
                    meta.local = Some(SENDER);
                    meta.interface = Some(2);
                    meta.wire_len = Some(data.len());
                    meta.hop_limit = data.first().copied();
                    meta.timestamp = (len > 3).then_some(Instant::from_micros(9));
                    let used: usize = model.iter().map(Vec::len).sum();
                    let fits = model.len() < places && used + len <= bytes;
                    assert_eq!(ring.push(&meta, &data), fits);
                    if fits {
                        model.push_back(data);
                    }
                } else {
                    let mut buffer = [0xee; 12];
                    let room = step * 13 % 12;
                    let popped = ring.pop(&mut buffer[..room]);
                    let expected = model.pop_front();
                    assert_eq!(popped.map(|(len, _)| len), expected.as_ref().map(Vec::len));
                    if let (Some((len, meta)), Some(data)) = (popped, expected) {
                        let taken = len.min(room);
                        assert_eq!(buffer[..taken], data[..taken]);
                        assert!(buffer[taken..].iter().all(|byte| *byte == 0xee));
                        assert_eq!(meta.meta().hop_limit, data.first().copied());
                    }
                }
                assert_eq!(ring.is_empty(), model.is_empty());
            }
        }
    }
}

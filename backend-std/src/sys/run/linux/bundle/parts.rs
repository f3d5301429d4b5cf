//! What a bundle is made of: messages, which are pieces of memory.

use core::ptr;

use anydgram_core::{Address, Endpoint};

/// Where a datagram goes: an address and a port; `None`: to the peer.
pub(crate) type To<'t> = Option<(&'t Address, u16)>;

/// What datagrams of one message are bounded by, beside the length of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sys::run::linux) struct Bounds {
    /// Datagrams of this length or longer are not put together.
    pub(in crate::sys::run::linux) below: usize,
    /// How many there are at most.
    pub(in crate::sys::run::linux) segments: usize,
}

/// Memory for bundles.
#[derive(Debug, Default)]
pub(in crate::sys::run::linux) struct Kit {
    pub(in crate::sys::run::linux) messages: Vec<Message>,
    pub(super) pieces: Vec<Piece>,
    /// Copies of short datagrams.
    pub(super) copies: Vec<u8>,
    /// Room for what the kernel is told of pieces.
    pub(in crate::sys::run::linux) vectors: Vec<libc::iovec>,
}

/// One message: a datagram, or several that are sent as one.
#[derive(Clone, Copy, Debug)]
pub(in crate::sys::run::linux) struct Message {
    pub(in crate::sys::run::linux) to: Option<Endpoint>,
    pub(in crate::sys::run::linux) first_piece: usize,
    pub(in crate::sys::run::linux) pieces: usize,
    pub(in crate::sys::run::linux) datagrams: usize,
    /// The length of each datagram but the last.
    pub(in crate::sys::run::linux) stride: usize,
    /// The last one's.
    pub(super) last: usize,
    pub(super) total: usize,
}

/// Memory of datagrams of one message that lie one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Where they are, if they are lent.
    pub(super) lent: *const u8,
    /// Where they are among the copies, if they are not.
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Kit {
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.pieces.clear();
        self.copies.clear();
    }
}

impl Message {
    pub(super) fn new(to: Option<Endpoint>, first_piece: usize, length: usize) -> Self {
        Self {
            to,
            first_piece,
            pieces: 1,
            datagrams: 1,
            stride: length,
            last: length,
            total: length,
        }
    }

    /// Whether a datagram of this length can be sent as one with those of this message.
    pub(super) fn takes(&self, to: To<'_>, length: usize, bounds: &Bounds) -> bool {
        self.datagrams < bounds.segments
            && length > 0
            && length <= self.stride
            && self.last == self.stride
            && self.stride < bounds.below
            && self.total + length <= LONGEST
            && is_to(&self.to, to)
    }
}

impl Piece {
    pub(super) fn new(lent: Option<&[u8]>, offset: usize, length: usize) -> Self {
        Self {
            lent: lent.map_or(ptr::null(), <[u8]>::as_ptr),
            offset,
            length,
        }
    }

    /// Where lent memory ends.
    pub(super) fn end(&self) -> *const u8 {
        self.lent.wrapping_add(self.length)
    }
}

/// Whether a destination is the same as one before.
#[inline]
pub(super) fn is_to(before: &Option<Endpoint>, to: To<'_>) -> bool {
    match (before, to) {
        (None, None) => true,
        (Some(before), Some((address, port))) => before.port == port && before.address == *address,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

pub(super) fn endpoint(to: To<'_>) -> Option<Endpoint> {
    to.map(|(address, port)| Endpoint::new(*address, port))
}

/// The longest payload that the system takes in one message, in both families.
pub(super) const LONGEST: usize = 65_507;

//! Datagrams for one system call, put together as they come.

mod apart;
mod parts;

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem;
use core::ptr;
use core::slice;

use anydgram_core::{Endpoint, Payload, SendMeta};

pub(super) use parts::Bounds;
pub(crate) use parts::To;
use parts::{Kit, LONGEST, Message, Piece, endpoint, is_to};

/// Datagrams for one system call, all of which ask for the same.
///
/// Short ones are copied into one piece of memory, which the kernel takes in faster than as many pieces; longer ones
/// are lent. The memory for it is the thread's: only the first bundle of a thread allocates.
#[derive(Debug)]
pub(crate) struct Bundle<'a> {
    pub(super) kit: Kit,
    source: Source,
    meta: SendMeta,
    bounds: Bounds,
    /// How many datagrams there are.
    datagrams: usize,
    /// How many bytes they have.
    bytes: usize,
    /// How many datagrams may follow the last one that are like it, and lie behind it or are to be copied there.
    more: usize,
    /// Their length.
    stride: usize,
    /// Where they go.
    to: Option<Endpoint>,
    /// Where the next one lies, if it is lent.
    end: *const u8,
    /// What was lent.
    lent: PhantomData<&'a [u8]>,
}

/// Where datagrams lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Anywhere.
    Callers,
    /// One behind the other, nearly always, in one piece of memory.
    Queue,
}

thread_local! {
    /// Memory that no bundle of this thread uses.
    static KIT: Cell<Option<Kit>> = const { Cell::new(None) };
}

impl<'a> Bundle<'a> {
    /// For datagrams from `source`.
    pub(super) fn new(source: Source, bounds: Bounds) -> Self {
        let kit = KIT.try_with(Cell::take).ok().flatten();
        Self {
            kit: kit.unwrap_or_default(),
            source,
            meta: SendMeta::new(),
            bounds,
            datagrams: 0,
            bytes: 0,
            more: 0,
            stride: 0,
            to: None,
            end: ptr::null(),
            lent: PhantomData,
        }
    }

    /// What each of them asks for.
    pub(crate) const fn meta(&self) -> SendMeta {
        self.meta
    }

    /// How many datagrams there are.
    pub(crate) fn len(&mut self) -> usize {
        self.settle();
        self.datagrams
    }

    /// Takes a datagram; `false` if there is no room, if it asks for something else than those before it, or if it is
    /// too long for any family.
    #[inline]
    pub(crate) fn add(&mut self, to: To<'_>, meta: &SendMeta, payload: &Payload<'a>) -> bool {
        if let Payload::Slice(bytes) = payload {
            let is_next = self.more > 0
                && bytes.len() == self.stride
                && is_to(&self.to, to)
                && has_same(meta, &self.meta);
            if is_next && self.source == Source::Callers {
                self.more -= 1;
                self.kit.copies.extend_from_slice(bytes);
                return true;
            }
            if is_next && self.end == bytes.as_ptr() {
                self.more -= 1;
                self.end = self.end.wrapping_add(bytes.len());
                return true;
            }
        }
        self.add_another(to, meta, payload)
    }

    /// Takes datagrams of a queue that are like the last one, and lie behind it; whether there was room for all.
    pub(super) fn add_alike(
        &mut self,
        to: To<'_>,
        meta: &SendMeta,
        length: usize,
        alike: &'a [u8],
    ) -> bool {
        let mut rest = alike;
        while !rest.is_empty() {
            if self.more == 0 || self.stride != length || self.end != rest.as_ptr() {
                let (next, more) = rest.split_at(length.min(rest.len()));
                rest = more;
                if !self.add(to, meta, &Payload::Slice(next)) {
                    return false;
                }
                continue;
            }
            let bytes = rest.len().min(self.more.saturating_mul(self.stride));
            self.more -= bytes / self.stride;
            self.end = self.end.wrapping_add(bytes);
            rest = rest.get(bytes..).unwrap_or_default();
        }
        true
    }

    /// Takes a datagram that may be unlike the one before it.
    #[inline(never)]
    fn add_another(&mut self, to: To<'_>, meta: &SendMeta, payload: &Payload<'a>) -> bool {
        self.settle();
        if self.datagrams == 0 {
            self.meta = *meta;
        } else if !has_same(meta, &self.meta) {
            return false;
        }
        let length = payload.len();
        let lent = match payload {
            Payload::Slice(bytes) if self.source == Source::Queue || length > SHORT => Some(*bytes),
            Payload::Slice(_) | Payload::List(_) => None,
        };
        if length > LONGEST
            || lent.is_none() && !self.may_copy(length)
            || !self.put(to, length, lent)
        {
            return false;
        }
        if lent.is_none() {
            for piece in payload.pieces() {
                self.kit.copies.extend_from_slice(piece);
            }
        }
        self.expect(lent);
        true
    }

    /// Whether there is room for the copy of a datagram.
    fn may_copy(&mut self, length: usize) -> bool {
        if self.kit.copies.capacity() < COPIES {
            self.kit.copies.reserve_exact(COPIES);
        }
        length <= COPIES - self.kit.copies.len()
    }

    /// Makes a datagram, lent or to be copied, part of the last message, or a new one.
    fn put(&mut self, to: To<'_>, length: usize, lent: Option<&'a [u8]>) -> bool {
        let Kit {
            messages,
            pieces,
            copies,
            ..
        } = &mut self.kit;
        let message = messages
            .last_mut()
            .filter(|last| last.takes(to, length, &self.bounds));
        if let (Some(message), Some(piece)) = (message, pieces.last_mut()) {
            let continues = match lent {
                // No copy lies between those of one message.
                None => piece.lent.is_null(),
                Some(bytes) => self.source == Source::Queue && piece.end() == bytes.as_ptr(),
            };
            if continues {
                piece.length += length;
            } else if pieces.len() < PIECES {
                pieces.push(Piece::new(lent, copies.len(), length));
                message.pieces += 1;
            } else {
                return false;
            }
            message.datagrams += 1;
            message.last = length;
            message.total += length;
        } else if messages.len() < MESSAGES
            && pieces.len() < PIECES
            && self.bytes < BYTES
            && (lent.is_some()
                || copies.is_empty()
                || copies.len() + self.bounds.segments * length <= COPIES)
        {
            // There is room for all that may follow: a message that is cut short costs as much as a full one.
            messages.push(Message::new(endpoint(to), pieces.len(), length));
            pieces.push(Piece::new(lent, copies.len(), length));
        } else {
            return false;
        }
        self.datagrams += 1;
        self.bytes += length;
        true
    }

    /// Expects more datagrams like the last one, behind it.
    fn expect(&mut self, lent: Option<&[u8]>) {
        let (Some(message), Some(piece)) = (self.kit.messages.last(), self.kit.pieces.last())
        else {
            return;
        };
        self.end = piece.end();
        let is_behind = match self.source {
            Source::Callers => lent.is_none(),
            Source::Queue => lent.is_some(),
        };
        let stride = message.stride;
        if !is_behind || stride == 0 || message.last != stride || stride >= self.bounds.below {
            return;
        }
        let mut bytes = LONGEST - message.total;
        if lent.is_none() {
            bytes = bytes.min(COPIES - self.kit.copies.len());
        }
        self.more = (self.bounds.segments - message.datagrams).min(bytes / stride);
        self.stride = stride;
        self.to = message.to;
    }

    /// Counts those that were expected and have come.
    fn settle(&mut self) {
        self.more = 0;
        let Kit {
            messages,
            pieces,
            copies,
            ..
        } = &mut self.kit;
        let (Some(message), Some(piece)) = (messages.last_mut(), pieces.last_mut()) else {
            return;
        };
        let end = if piece.lent.is_null() {
            copies.len() - piece.offset
        } else if self.source == Source::Queue {
            self.end.addr() - piece.lent.addr()
        } else {
            return;
        };
        let more = end - piece.length;
        if more > 0 {
            let count = more / message.stride;
            piece.length = end;
            message.datagrams += count;
            message.total += more;
            self.datagrams += count;
            self.bytes += more;
        }
    }

    /// How many datagrams the first messages have.
    pub(super) fn datagrams_in(&self, messages: usize) -> usize {
        let first = self.kit.messages.iter().take(messages);
        first.map(|message| message.datagrams).sum()
    }

    /// Where the messages go.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = Option<Endpoint>> {
        self.kit.messages.iter().map(|message| message.to)
    }

    /// Each datagram of callers, in order: where it goes, and its bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Option<Endpoint>, &[u8])> {
        debug_assert_eq!(self.source, Source::Callers, "a queue has its datagrams");
        self.kit.messages.iter().flat_map(move |message| {
            let pieces = self.kit.pieces.iter().skip(message.first_piece);
            let bytes = pieces.take(message.pieces).map(|piece| self.slice(piece));
            bytes.flat_map(move |bytes| {
                let stride = message.stride.max(1);
                let all = bytes.chunks(stride);
                let empty = bytes.is_empty().then_some(bytes);
                all.chain(empty).map(move |bytes| (message.to, bytes))
            })
        })
    }

    /// The bytes of a piece of callers' datagrams.
    fn slice(&self, piece: &Piece) -> &[u8] {
        if piece.lent.is_null() {
            let end = piece.offset + piece.length;
            return self.kit.copies.get(piece.offset..end).unwrap_or_default();
        }
        // SAFETY: of callers, each lent piece is one slice that lives for `'a`.
        unsafe { slice::from_raw_parts(piece.lent, piece.length) }
    }

    /// Where a piece begins.
    fn start(&self, piece: &Piece) -> *const u8 {
        if piece.lent.is_null() {
            self.kit.copies.as_ptr().wrapping_add(piece.offset)
        } else {
            piece.lent
        }
    }

    /// Writes down for the kernel where the pieces are.
    pub(super) fn write_vectors(&mut self) {
        let mut vectors = mem::take(&mut self.kit.vectors);
        vectors.clear();
        vectors.extend(self.kit.pieces.iter().map(|piece| libc::iovec {
            // The kernel does not write to what it sends.
            iov_base: self.start(piece).cast_mut().cast(),
            iov_len: piece.length,
        }));
        self.kit.vectors = vectors;
    }

    /// Forgets the datagrams.
    pub(crate) fn clear(&mut self) {
        self.kit.clear();
        self.more = 0;
        self.datagrams = 0;
        self.bytes = 0;
    }
}

impl Drop for Bundle<'_> {
    fn drop(&mut self) {
        let mut kit = mem::take(&mut self.kit);
        kit.clear();
        // A thread that ends does not need it.
        drop(KIT.try_with(|place| place.replace(Some(kit))));
    }
}

/// Whether two datagrams ask for the same.
#[inline]
fn has_same(one: &SendMeta, other: &SendMeta) -> bool {
    (one.is_none() && other.is_none()) || one == other
}

/// The most messages of one call.
pub(super) const MESSAGES: usize = 64;
/// The most pieces of memory of one call.
const PIECES: usize = 256;
/// With so many bytes a bundle is full: before the processor's caches have forgotten the first ones.
const BYTES: usize = 1 << 18;
/// The longest datagram that is copied: at 64 bytes that saves a fifth of what sending one costs, at 512 nothing any
/// more.
const SHORT: usize = 512;
/// Room for copies: for one datagram of any length.
const COPIES: usize = 1 << 16;

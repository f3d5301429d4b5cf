//! Datagrams for one system call, put together as they come.

mod alike;
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
/// Those of one message but its first are copied into one piece of memory, which the kernel takes in faster than as many
/// pieces, unless they are long; all others are lent. The memory for it is the thread's: only the first bundle of a thread
/// allocates.
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
    pub(crate) fn add(&mut self, to: To<'_>, meta: &SendMeta, payload: &Payload<'a>) -> bool {
        if self.source == Source::Queue
            && let Payload::Slice(bytes) = payload
            && self.more > 0
            && bytes.len() == self.stride
            && self.end == bytes.as_ptr()
            && is_to(&self.to, to)
            && has_same(meta, &self.meta)
        {
            self.more -= 1;
            self.end = self.end.wrapping_add(bytes.len());
            return true;
        }
        self.add_another(to, meta, payload)
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
        let last = self.kit.messages.last();
        let continues = last.is_some_and(|last| last.takes(to, length, &self.bounds));
        let lent = match payload {
            Payload::Slice(bytes) if self.is_lent(length, continues) => Some(*bytes),
            Payload::Slice(_) | Payload::List(_) => None,
        };
        if length > LONGEST || lent.is_none() && !self.may_copy(length) {
            return false;
        }
        let has_room = if continues {
            self.put_behind(length, lent)
        } else {
            self.put(to, length, lent)
        };
        if !has_room {
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

    /// Whether a datagram that lies in one piece stays where it is.
    const fn is_lent(&self, length: usize, continues: bool) -> bool {
        match self.source {
            Source::Queue => true,
            // Nobody knows whether others follow that have to lie behind the first one of a message.
            Source::Callers => !continues || length > SHORT,
        }
    }

    /// Makes a datagram, lent or to be copied, part of the last message.
    fn put_behind(&mut self, length: usize, lent: Option<&'a [u8]>) -> bool {
        let Kit {
            messages,
            pieces,
            copies,
            ..
        } = &mut self.kit;
        let (Some(message), Some(piece)) = (messages.last_mut(), pieces.last_mut()) else {
            return false;
        };
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
        self.datagrams += 1;
        self.bytes += length;
        true
    }

    /// Makes a datagram, lent or to be copied, a message.
    fn put(&mut self, to: To<'_>, length: usize, lent: Option<&'a [u8]>) -> bool {
        let Kit {
            messages,
            pieces,
            copies,
            ..
        } = &mut self.kit;
        // A message that is cut short costs as much as a full one.
        let longest = LONGEST.min(self.bounds.segments * length);
        let has_room = messages.len() < MESSAGES
            && pieces.len() < PIECES
            && self.bytes < BYTES
            && (self.source == Source::Queue || length > SHORT || copies.len() + longest <= COPIES);
        if has_room {
            messages.push(Message::new(endpoint(to), pieces.len(), length));
            pieces.push(Piece::new(lent, copies.len(), length));
            self.datagrams += 1;
            self.bytes += length;
        }
        has_room
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
/// The longest datagram that is copied behind another one. Up to 2,048 bytes that costs 0.8 to 0.9 times what it costs to
/// lend each, whether they are in the processor's caches or not, and 0.9 to 1 times at 4,096; at 8,192 it costs 1.1 times.
const SHORT: usize = 4096;
/// Room for copies, which a thread keeps once it has sent some; only what they have touched is in memory.
const COPIES: usize = BYTES;

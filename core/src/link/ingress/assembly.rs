//! Datagrams that come in fragments, put together (RFC 791 § 3.2, RFC 1122 § 3.3.2).
//!
//! Each has a slot and an equal share of the bytes. What is not whole a minute after its first fragment is lost; of that
//! nobody is told. If all slots are taken, the oldest gives way. Fragments that overlap end their datagram, since they
//! are there to deceive (RFC 5722), as do those that contradict each other; only one that came before, byte by byte, is
//! ignored. Invariant: a slot is taken exactly while something is missing.

use core::net::Ipv4Addr;
use core::time::Duration;

use super::drops::Reason;
use super::{LinkDrops, Packet};
use crate::send_meta::ECN;
use crate::stats::count;
use crate::time::Instant;

/// The place of one datagram of which fragments have come.
#[derive(Clone, Debug, Default)]
pub struct AssemblySlot(Option<Assembly>);

impl AssemblySlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// A checked fragment of a UDP datagram to this host.
pub(super) struct Piece<'f> {
    pub(super) key: Key,
    /// Where its payload is in the whole.
    pub(super) start: usize,
    pub(super) is_last: bool,
    pub(super) packet: Packet<'f>,
}

impl Piece<'_> {
    const fn end(&self) -> usize {
        self.start.saturating_add(self.packet.payload.len())
    }
}

/// What fragments of one datagram have in common, beside the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) identification: u16,
}

/// The datagrams of one link that are not whole yet.
pub(in crate::link) struct Assemblies<'m> {
    slots: &'m mut [AssemblySlot],
    /// Of each slot an equal share, in the same order.
    bytes: &'m mut [u8],
}

impl<'m> Assemblies<'m> {
    pub(in crate::link) fn new(slots: &'m mut [AssemblySlot], bytes: &'m mut [u8]) -> Self {
        for slot in &mut *slots {
            slot.0 = None;
        }
        Self { slots, bytes }
    }

    /// Copies a fragment in. The datagram, if that was all that it lacked; it is gone with the next call.
    pub(super) fn add<'a>(
        &'a mut self,
        now: Instant,
        piece: &Piece<'_>,
        drops: &mut LinkDrops,
    ) -> Result<Option<Packet<'a>>, Reason> {
        self.expire(now, drops);
        let share = self.bytes.len().checked_div(self.slots.len());
        let share = share.filter(|&share| share > 0).ok_or(Reason::Fragment)?;
        let own = self.position(|taken| taken.key == piece.key);
        let at = match own {
            Some(at) => at,
            None if piece.end() > share => return Err(Reason::FragmentLong),
            None => self.vacant(drops).ok_or(Reason::Fragment)?,
        };
        let slot = self.slots.get_mut(at).ok_or(Reason::Fragment)?;
        let bytes = self.bytes.get_mut(at.saturating_mul(share)..);
        let bytes = bytes.and_then(|bytes| bytes.get_mut(..share));
        let bytes = bytes.ok_or(Reason::Fragment)?;
        let assembly = slot.0.get_or_insert_with(|| Assembly::new(now, piece));
        let len = match assembly.add(piece, bytes) {
            Outcome::More => return Ok(None),
            Outcome::Duplicate => return Err(Reason::FragmentDuplicate),
            Outcome::Failed(reason) => {
                slot.0 = None;
                return Err(reason);
            }
            Outcome::Whole(len) => len,
        };
        let (hop_limit, class) = (assembly.hop_limit, assembly.traffic_class());
        slot.0 = None;
        Ok(Some(Packet {
            hop_limit,
            traffic_class: class.ok_or(Reason::FragmentEcn)?,
            payload: bytes.get(..len).unwrap_or_default(),
            ..piece.packet
        }))
    }

    pub(in crate::link) fn reset(&mut self, drops: &mut LinkDrops) {
        for slot in &mut *self.slots {
            if slot.0.take().is_some() {
                count(&mut drops.assembly_lost);
            }
        }
    }

    /// Drops what has waited for too long.
    fn expire(&mut self, now: Instant, drops: &mut LinkDrops) {
        for slot in &mut *self.slots {
            let began = slot.0.as_ref().map(|taken| taken.began);
            if began.is_some_and(|began| began.saturating_add(LIFETIME) <= now) {
                slot.0 = None;
                count(&mut drops.assembly_expired);
            }
        }
    }

    fn position(&self, wants: impl Fn(&Assembly) -> bool) -> Option<usize> {
        let mut slots = self.slots.iter();
        slots.position(|slot| slot.0.as_ref().is_some_and(&wants))
    }

    /// A free slot, or that of the oldest, which is dropped.
    fn vacant(&mut self, drops: &mut LinkDrops) -> Option<usize> {
        let began = |slot: &AssemblySlot| slot.0.as_ref().map(|taken| taken.began);
        // A free one is before all.
        let oldest = self.slots.iter().map(began).min()?;
        let at = self.slots.iter().position(|slot| began(slot) == oldest)?;
        if self.slots.get_mut(at)?.0.take().is_some() {
            count(&mut drops.assembly_overflowed);
        }
        Some(at)
    }
}

/// A datagram of which something is missing.
#[derive(Clone, Debug)]
struct Assembly {
    key: Key,
    /// When its first fragment came.
    began: Instant,
    /// Where the last fragment ends, when that has come.
    len: Option<usize>,
    /// Of the fragment at the start, when that has come.
    hop_limit: u8,
    first_class: u8,
    /// One bit for each ECN code point that has come.
    code_points: u8,
    /// What has come: no two meet. Empty ones are free.
    spans: [Span; SPANS],
}

/// Bytes in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

enum Outcome {
    /// Something is missing still.
    More,
    /// Nothing is missing: the datagram has so many bytes.
    Whole(usize),
    /// It had come before.
    Duplicate,
    /// The datagram cannot be put together.
    Failed(Reason),
}

impl Assembly {
    fn new(now: Instant, piece: &Piece<'_>) -> Self {
        Self {
            key: piece.key,
            began: now,
            len: None,
            hop_limit: 0,
            first_class: 0,
            code_points: 0,
            spans: [Span::default(); SPANS],
        }
    }

    /// Copies a fragment to its place in `bytes`.
    fn add(&mut self, piece: &Piece<'_>, bytes: &mut [u8]) -> Outcome {
        let payload = piece.packet.payload;
        let mut span = Span {
            start: piece.start,
            end: piece.end(),
        };
        if self.contradicts(piece) {
            return Outcome::Failed(Reason::FragmentLength);
        }
        let place = bytes.get_mut(span.start..).unwrap_or_default();
        let Some((place, _)) = place.split_at_mut_checked(payload.len()) else {
            return Outcome::Failed(Reason::FragmentLong);
        };
        let mut others = self.spans.iter();
        if let Some(other) = others.find(|other| other.start < span.end && span.start < other.end) {
            let is_within = other.start <= span.start && span.end <= other.end;
            return if is_within && *place == *payload {
                Outcome::Duplicate
            } else {
                Outcome::Failed(Reason::FragmentOverlap)
            };
        }
        for other in &mut self.spans {
            if other.start == other.end {
                continue;
            }
            if other.end == span.start {
                span.start = core::mem::take(other).start;
            } else if other.start == span.end {
                span.end = core::mem::take(other).end;
            }
        }
        let mut others = self.spans.iter_mut();
        let Some(free) = others.find(|other| other.start == other.end) else {
            return Outcome::Failed(Reason::FragmentHoles);
        };
        *free = span;
        for (to, from) in place.iter_mut().zip(payload) {
            *to = *from;
        }
        if piece.start == 0 {
            self.hop_limit = piece.packet.hop_limit;
            self.first_class = piece.packet.traffic_class;
        }
        self.code_points |= code_point(piece.packet.traffic_class & ECN);
        if piece.is_last {
            self.len = Some(piece.end());
        }
        match self.len {
            Some(len) if span == (Span { start: 0, end: len }) => Outcome::Whole(len),
            Some(_) | None => Outcome::More,
        }
    }

    /// Whether a fragment and those before do not agree on where the datagram ends.
    fn contradicts(&self, piece: &Piece<'_>) -> bool {
        let end = piece.end();
        match self.len {
            Some(len) if piece.is_last => end != len,
            Some(len) => end >= len,
            // Something was to come behind each of them.
            None => piece.is_last && self.spans.iter().any(|span| span.end >= end),
        }
    }

    /// The traffic class of the whole, with the ECN code point of all fragments; `None` for fragments that cannot be of one datagram: a router may mark some of
    /// them, but only of those that can be marked.
    ///
    /// RFC 3168 § 5.3
    const fn traffic_class(&self) -> Option<u8> {
        let dscp = self.first_class & !ECN;
        let has_unmarkable = self.code_points & code_point(0) != 0;
        let has_marked = self.code_points & code_point(CONGESTION_EXPERIENCED) != 0;
        match (has_unmarkable, has_marked) {
            (true, true) => None,
            (true, false) => Some(dscp),
            (false, true) => Some(dscp | CONGESTION_EXPERIENCED),
            (false, false) => Some(self.first_class),
        }
    }
}

const fn code_point(ecn: u8) -> u8 {
    1_u8.wrapping_shl(ecn as u32)
}

/// How long the rest of a datagram may take (RFC 1122 § 3.3.2: from 60 to 120 s).
const LIFETIME: Duration = Duration::from_secs(60);
/// In how many pieces a datagram may be that lacks something.
const SPANS: usize = 8;
const CONGESTION_EXPERIENCED: u8 = 3;

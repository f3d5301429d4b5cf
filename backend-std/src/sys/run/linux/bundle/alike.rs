//! Datagrams like the last one, which are counted later.

use anydgram_core::{Datagram, Destination, Endpoint, Host, Payload, SendMeta};

use super::parts::{Kit, LONGEST, To};
use super::{Bundle, COPIES, Source, has_same};

impl<'a> Bundle<'a> {
    /// Takes a datagram of a caller that is expected: it is like the last one, and there is room for it behind that.
    #[inline]
    pub(crate) fn add_expected(&mut self, datagram: &Datagram<'a>) -> bool {
        let Payload::Slice(bytes) = datagram.payload else {
            return false;
        };
        let is_expected = self.more > 0
            && self.source == Source::Callers
            && bytes.len() == self.stride
            && goes_to(datagram.destination.as_ref(), &self.to)
            && has_same(&datagram.meta, &self.meta);
        if is_expected {
            self.more -= 1;
            self.kit.copies.extend_from_slice(bytes);
        }
        is_expected
    }

    /// Takes datagrams of a queue that are like the last one, and lie behind it; whether there was room for all.
    pub(in crate::sys::run::linux) fn add_alike(
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

    /// Expects more datagrams like the last one, behind it.
    pub(super) fn expect(&mut self, lent: Option<&[u8]>) {
        let (Some(message), Some(piece)) = (self.kit.messages.last(), self.kit.pieces.last())
        else {
            return;
        };
        self.end = piece.end();
        // Where each is unlike the one before it, there is no sense in it.
        if message.datagrams < 2 {
            return;
        }
        let is_behind = match self.source {
            Source::Callers => lent.is_none(),
            Source::Queue => lent.is_some(),
        };
        let stride = message.stride;
        if !is_behind || message.last != stride || stride >= self.bounds.below {
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
    pub(super) fn settle(&mut self) {
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
}

/// Whether a datagram goes where one before went: to an address that was given as one, or to the peer.
#[inline]
fn goes_to(destination: Option<&Destination<'_>>, before: &Option<Endpoint>) -> bool {
    match (destination, before) {
        (Some(to), Some(before)) => {
            to.port == before.port
                && matches!(&to.host, Host::Ip(address) if *address == before.address)
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

//! The bytes of an entry: its host's name, what its datagram asks for, and its payload, in this order.

use super::{Entry, Queue, Span, Tally};
use crate::address::Host;
use crate::payload::Payload;
use crate::send_meta::SendMeta;

/// What is copied into the queue with an entry.
#[derive(Clone, Copy)]
pub(crate) struct Content<'c> {
    /// The host's name; in the queue of a Unix socket, an address.
    pub(crate) name: &'c [u8],
    pub(crate) meta: SendMeta,
    pub(crate) payload: Payload<'c>,
}

impl<'c> Content<'c> {
    pub(crate) const fn new(name: &'c [u8], payload: Payload<'c>) -> Self {
        Self {
            name,
            meta: SendMeta::new(),
            payload,
        }
    }

    /// What a call leaves that is not a send.
    pub(crate) const fn of_host(host: Host<'c>) -> Self {
        Self::new(name_of(host), Payload::Slice(&[]))
    }

    /// How many bytes the queue has to have room for.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        let meta = usize::from(self.meta.queued_len());
        let name_and_meta = self.name.len().saturating_add(meta);
        name_and_meta.saturating_add(self.payload.len())
    }
}

/// The name to keep for a host.
pub(crate) const fn name_of(host: Host<'_>) -> &[u8] {
    match host {
        Host::Name(name) => name.as_bytes(),
        Host::Default | Host::Ip(_) => &[],
    }
}

impl Entry {
    /// The length of the payload.
    pub(crate) fn payload_len(&self) -> u32 {
        if self.is_too_long() {
            return self.excess;
        }
        self.payload().len
    }

    /// Where the payload lies.
    pub(crate) fn payload(&self) -> Span {
        let before = u32::from(self.name_len).saturating_add(u32::from(self.meta_len));
        Span {
            start: self.start.saturating_add(before),
            len: self.size.saturating_sub(before),
        }
    }

    /// Whether it has neither a name nor something that is asked for.
    #[inline]
    pub(super) const fn has_payload_only(&self) -> bool {
        self.name_len == 0 && self.meta_len == 0
    }

    /// Where the payload lies of one that has nothing else.
    #[inline]
    pub(super) const fn plain_payload(&self) -> Span {
        Span {
            start: self.start,
            len: self.size,
        }
    }

    /// Where it lies what the datagram asks for.
    #[inline]
    pub(super) fn meta(&self) -> Span {
        Span {
            start: self.start.saturating_add(u32::from(self.name_len)),
            len: u32::from(self.meta_len),
        }
    }
}

impl<'p> Queue<'p> {
    /// Appends `entry` with a copy of `content`; `false`, and nothing changed, when it does not fit.
    #[cold]
    pub(crate) fn push_content(
        &mut self,
        entry: &Entry,
        content: &Content<'_>,
        tally: &mut Tally,
    ) -> bool {
        let Ok(name_len) = u8::try_from(content.name.len()) else {
            return false;
        };
        let entry = Entry {
            name_len,
            meta_len: content.meta.queued_len(),
            ..*entry
        };
        let (head, source) = content.meta.pieces();
        let head = if content.meta.is_none() {
            &[][..]
        } else {
            &head
        };
        let before = [content.name, head, source];
        self.push(&entry, before, &content.payload, tally)
    }

    /// What the datagram of an entry asks for.
    #[inline]
    pub(crate) fn meta(&self, entry: &Entry) -> SendMeta {
        if entry.meta_len == 0 {
            return SendMeta::new();
        }
        SendMeta::from_bytes(self.bytes.slice(entry.meta()))
    }

    /// Gives the queue up for the host name and the payload of an entry.
    pub(crate) fn into_bytes(self, entry: &Entry) -> (&'p str, &'p [u8]) {
        let (name, payload) = self.into_raw(entry);
        (str::from_utf8(name).unwrap_or_default(), payload)
    }

    /// Gives the queue up for the name, whatever its bytes are, and the payload of an entry.
    pub(crate) fn into_raw(self, entry: &Entry) -> (&'p [u8], &'p [u8]) {
        let all = self.bytes.into_slice(entry.start, entry.size);
        let (name, rest) = all
            .split_at_checked(usize::from(entry.name_len))
            .unwrap_or_default();
        (
            name,
            rest.get(usize::from(entry.meta_len)..).unwrap_or_default(),
        )
    }
}

//! What a host tells of a datagram, as it tells it.

use anydgram_core::RecvMeta;

/// What is known of a datagram.
#[derive(Debug)]
pub(crate) struct Known {
    len: usize,
    meta: RecvMeta,
}

impl Known {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        len: 0,
        meta: RecvMeta::UNKNOWN,
    };

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Keeps what is known of a datagram; whether it could.
    #[inline]
    pub(crate) const fn set(&mut self, meta: &RecvMeta, len: usize) -> bool {
        self.len = len;
        self.meta = *meta;
        true
    }

    #[inline]
    pub(crate) const fn meta(&self) -> RecvMeta {
        self.meta
    }
}

//! Datagrams for those who take one at a time.

use anydgram_core::RecvMeta;

use super::{Cursor, Messages, Slots};

/// How many messages are taken for who asks for one.
pub(crate) const FEW: usize = 8;

impl Messages {
    /// Room for [`FEW`] messages.
    pub(crate) fn few() -> Self {
        Self(Slots::new(FEW))
    }

    /// Copies what is left of those of `others`, from `cursor` on. What there was is gone.
    pub(crate) fn copy_rest(&mut self, others: &Self, cursor: Cursor) {
        self.0.copy_rest(&others.0, cursor.message, cursor.offset);
    }

    /// The next datagram of the batch.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> Option<(&RecvMeta, &[u8])> {
        let (head, bytes) = self.message(*cursor)?;
        Some(cursor.take(head, bytes))
    }
}

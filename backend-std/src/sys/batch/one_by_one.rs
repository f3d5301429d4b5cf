//! Datagrams for those who take one at a time.

use anydgram_core::RecvMeta;

use super::{Cursor, Messages};

impl Messages {
    /// The next datagram of the batch.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> Option<(&RecvMeta, &[u8])> {
        let (head, bytes) = self.message(*cursor)?;
        Some(cursor.take(head, bytes))
    }
}

//! Unix sockets that own their memory: feature `alloc`.

use super::UnixSocket;
use crate::storage::{Growable, Limits, MemoryRef};

impl UnixSocket<'static> {
    /// A socket whose memory is on the heap, grows on demand up to `limits`, and takes nothing until it is used.
    ///
    /// Node: `dgram.createSocket('unix_dgram')`, until 0.5
    #[doc(alias = "createSocket")]
    #[must_use]
    pub fn with_heap(limits: Limits) -> Self {
        Self::in_memory(MemoryRef::Owned(Growable::new(limits)))
    }
}

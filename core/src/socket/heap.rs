//! Sockets that own their memory: feature `alloc`.

use super::Socket;
use crate::options::Options;
use crate::storage::{Growable, Limits, MemoryRef};

impl Socket<'static> {
    /// A socket whose memory is on the heap, grows on demand up to `limits`, and takes nothing until it is used.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    #[must_use]
    pub fn with_heap(options: Options, limits: Limits) -> Self {
        Self::in_memory(options, MemoryRef::Owned(Growable::new(limits)))
    }
}

const _: () = assert!(
    size_of::<Socket<'_>>() <= 160,
    "who has a heap has many sockets"
);

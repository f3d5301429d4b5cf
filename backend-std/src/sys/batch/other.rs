//! One datagram a call.

use std::io;

use anydgram_core::{Errno, RecvMeta};
use socket2::Socket;

use super::{Filled, Head, ROOM};
use crate::errno;
use crate::sys::OsSocket;

/// `ENOTSUP`: no control messages come with datagrams here.
pub(in crate::sys) fn receive_one(_: &Socket, _: &mut [u8]) -> io::Result<(usize, RecvMeta)> {
    Err(errno::to_io(Errno::ENOTSUP))
}

/// Room for one message.
pub(super) struct Slots {
    bytes: Box<[u8]>,
    message: Option<Head>,
}

impl Slots {
    pub(super) fn new(_count: usize) -> Self {
        Self {
            bytes: vec![0; ROOM].into_boxed_slice(),
            message: None,
        }
    }

    pub(super) fn fill(&mut self, os: &OsSocket, _limit: usize) -> Result<Filled, Errno> {
        self.message = None;
        let (len, meta) = os.receive(&mut self.bytes)?;
        let head = self.message.insert(Head::default());
        head.meta = meta;
        head.settle(len);
        Ok(Filled {
            messages: 1,
            is_drained: false,
        })
    }

    /// Has what is left of one message of others in place of what there is: from `offset` on.
    #[cfg(all(unix, feature = "tokio"))]
    pub(super) fn copy_rest(&mut self, others: &Self, index: usize, offset: usize) {
        self.message = others.head(index).copied();
        let Some(head) = &mut self.message else {
            return;
        };
        let rest = others.bytes(index, offset, head.len - offset);
        if let Some(bytes) = self.bytes.get_mut(..rest.len()) {
            bytes.copy_from_slice(rest);
        }
        head.len = rest.len();
    }

    pub(super) fn head(&self, index: usize) -> Option<&Head> {
        self.message.as_ref().filter(|_| index == 0)
    }

    pub(super) fn bytes(&self, _index: usize, offset: usize, length: usize) -> &[u8] {
        self.bytes.get(offset..offset + length).unwrap_or_default()
    }
}

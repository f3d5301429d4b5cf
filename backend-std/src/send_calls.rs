//! The callbacks of sends, of UDP and Unix sockets alike, until the sends have ended.

use alloc::collections::VecDeque;

use anydgram_core::SendToken;

use crate::error::Error;

/// An application's function for the end of a send.
pub(crate) type SendCallback = Box<dyn FnOnce(Result<usize, Error>)>;

/// The callbacks of sends that have not ended, in the order of the sends.
#[derive(Default)]
pub(crate) struct SendCalls(VecDeque<(SendToken, SendCallback)>);

impl SendCalls {
    /// Keeps the callback of a send that is later than all others.
    pub(crate) fn push(
        &mut self,
        token: SendToken,
        callback: impl FnOnce(Result<usize, Error>) + 'static,
    ) {
        self.0.push_back((token, Box::new(callback)));
    }

    /// Whether no callback waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The callback of a send, once.
    pub(crate) fn take(&mut self, token: SendToken) -> Option<SendCallback> {
        let position = self.0.iter().position(|(of, _)| *of == token)?;
        self.0.remove(position).map(|(_, callback)| callback)
    }
}

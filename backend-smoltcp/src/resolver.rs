//! Who looks host names up.

use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Errno, Instant, LookupToken, SocketId};

/// What came of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an answer names its question")]
pub struct Answer {
    /// The socket that asked.
    pub id: SocketId,
    /// Its question.
    pub token: LookupToken,
    /// The address, or why there is none: `ENOTFOUND`, `EAI_AGAIN`.
    pub result: Result<Address, Errno>,
}

/// Looks host names up for a [`Stack`](crate::Stack), without waiting.
///
/// What the host knows itself never comes here (addresses, addresses with zones, `localhost`), unless a socket has
/// [all hosts looked up](anydgram_core::Options::look_up_always).
///
/// # Examples
/// A table of names:
/// ```
/// use anydgram_core::stack::Lookup;
/// use anydgram_core::{Address, Errno, Family, Host, Instant};
/// use anydgram_smoltcp::Resolver;
/// use core::net::Ipv4Addr;
///
/// struct Names;
///
/// impl Resolver for Names {
///     fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
///         Some(match (lookup.host, lookup.family) {
///             (Host::Name("printer"), Family::V4) => Ok(Ipv4Addr::new(192, 0, 2, 9).into()),
///             _ => Err(Errno::ENOTFOUND),
///         })
///     }
/// }
/// ```
pub trait Resolver {
    /// Answers, or begins to look: `None`, and [`poll`](Self::poll) has the answer later. A socket that is closed
    /// meanwhile needs none. `EAI_AGAIN` if there are too many questions.
    fn look_up(&mut self, now: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>>;

    /// The next answer to a question from before; by default none.
    fn poll(&mut self, now: Instant) -> Option<Answer> {
        let _: Instant = now;
        None
    }

    /// When [`poll`](Self::poll) may have an answer; by default whenever the stack is polled for another reason.
    fn poll_at(&self) -> Option<Instant> {
        None
    }
}

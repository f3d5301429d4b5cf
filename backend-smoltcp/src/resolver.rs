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
/// Names that the host knows itself never come here: addresses, addresses with zones, `localhost`.
///
/// # Examples
/// A table of names:
/// ```
/// use anydgram_core::stack::Lookup;
/// use anydgram_core::{Errno, Family, Instant};
/// use anydgram_smoltcp::{Answer, Resolver};
/// use core::net::Ipv4Addr;
///
/// #[derive(Default)]
/// struct Names(Vec<Answer>);
///
/// impl Resolver for Names {
///     fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Result<(), Errno> {
///         let result = match (lookup.name, lookup.family) {
///             ("printer", Family::V4) => Ok(Ipv4Addr::new(192, 0, 2, 9).into()),
///             _ => Err(Errno::ENOTFOUND),
///         };
///         self.0.push(Answer { id: lookup.id, token: lookup.token, result });
///         Ok(())
///     }
///
///     fn poll(&mut self, _: Instant) -> Option<Answer> {
///         self.0.pop()
///     }
/// }
/// ```
pub trait Resolver {
    /// Begins to look a name up; [`poll`](Self::poll) has the answer. A socket that is closed meanwhile needs none.
    ///
    /// # Errors
    /// Why it cannot begin; the lookup has failed with it. `EAI_AGAIN` if there are too many.
    fn look_up(&mut self, now: Instant, lookup: Lookup<'_>) -> Result<(), Errno>;

    /// The next answer.
    fn poll(&mut self, now: Instant) -> Option<Answer>;

    /// When [`poll`](Self::poll) may have an answer; by default whenever the stack is polled for another reason.
    fn poll_at(&self) -> Option<Instant> {
        None
    }
}

//! Closing a socket from afar: the `signal` option.
//!
//! An [`AbortController`] aborts, its [`AbortSignal`] is given to sockets, from any thread to any thread. The event
//! loop registers a waker with the signal; [`Registration`] takes it back when the socket closes, so that aborting
//! later does nothing.
//!
//! Invariants: no lock is held while a waker runs; a waker runs at most once; whoever registers learns of an abort
//! exactly once, from [`AbortSignal::register`] or from the waker.
//!
//! Node: [AbortController](https://nodejs.org/api/globals.html#class-abortcontroller)

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloc::sync::Arc;
use alloc::vec::Vec;

#[cfg(test)]
mod tests;

/// What the event loop has called when a signal aborts. It runs on the aborting thread and must not panic.
pub(crate) type Waker = Arc<dyn Fn() + Send + Sync>;

/// Aborts whatever was started with its [`signal`](Self::signal). Clones are the same controller.
///
/// # Examples
/// ```
/// use anydgram_std::AbortController;
///
/// let controller = AbortController::new();
/// let signal = controller.signal();
/// assert!(!signal.aborted());
///
/// std::thread::spawn(move || controller.abort()).join().unwrap();
/// assert!(signal.aborted());
/// ```
#[derive(Clone, Debug, Default)]
pub struct AbortController {
    signal: AbortSignal,
}

impl AbortController {
    /// A controller that has not aborted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The signal to give away.
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.signal.clone()
    }

    /// Aborts, for good. Sockets with the signal are closed by their event loop; closed ones notice nothing. Aborting
    /// again does nothing.
    pub fn abort(&self) {
        let wakers = {
            let mut wakers = self.signal.shared.wakers();
            self.signal.shared.aborted.store(true, Ordering::Release);
            core::mem::take(&mut wakers.waiting)
        };
        for (_key, waker) in wakers {
            waker();
        }
    }
}

/// Tells whether its [`AbortController`] has aborted. Clones are the same signal.
#[derive(Clone, Default)]
pub struct AbortSignal {
    shared: Arc<Shared>,
}

impl AbortSignal {
    /// A signal that has aborted already.
    ///
    /// Node: `AbortSignal.abort()`
    #[must_use]
    pub fn abort() -> Self {
        let signal = Self::default();
        signal.shared.aborted.store(true, Ordering::Release);
        signal
    }

    /// Whether the controller has aborted.
    #[must_use]
    pub fn aborted(&self) -> bool {
        self.shared.aborted.load(Ordering::Acquire)
    }

    /// Has `waker` called when the controller aborts, in the order of registration, until the registration is dropped.
    ///
    /// `None` when it has aborted already: the waker is not called then, the caller acts at once.
    ///
    /// While a registration is dropped on one thread, another may be about to call its waker: a waker has to bear
    /// with coming late.
    #[must_use = "dropping the registration removes the waker"]
    pub(crate) fn register(&self, waker: Waker) -> Option<Registration> {
        let mut wakers = self.shared.wakers();
        // Asked under the lock that `abort` takes, so that no abort is missed.
        if self.aborted() {
            return None;
        }
        let key = wakers.next_key;
        wakers.next_key += 1;
        wakers.waiting.push((key, waker));
        drop(wakers);
        let signal = self.clone();
        Some(Registration { signal, key })
    }
}

impl fmt::Debug for AbortSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortSignal")
            .field("aborted", &self.aborted())
            .finish_non_exhaustive()
    }
}

/// A waker's place in a signal; dropping it removes the waker.
#[derive(Debug)]
pub(crate) struct Registration {
    signal: AbortSignal,
    key: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut wakers = self.signal.shared.wakers();
        let waiting = &mut wakers.waiting;
        let position = waiting.iter().position(|(key, _)| *key == self.key);
        let removed = position.map(|position| waiting.remove(position));
        // The waker may own anything: unlock before its destructor runs.
        drop(wakers);
        drop(removed);
    }
}

#[derive(Default)]
struct Shared {
    aborted: AtomicBool,
    wakers: Mutex<Wakers>,
}

impl Shared {
    /// Nothing that can panic happens under the lock, so a poisoned one is whole.
    fn wakers(&self) -> MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Wakers {
    next_key: u64,
    waiting: Vec<(u64, Waker)>,
}

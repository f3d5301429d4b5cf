//! std backend

extern crate alloc;

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the event loop registers its wakers")
)]
mod abort;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the socket handle owns the registry")
)]
mod emitter;

pub use abort::{AbortController, AbortSignal};
pub use emitter::{EventName, MaxListenersWarning};

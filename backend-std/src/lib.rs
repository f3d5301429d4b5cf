//! std backend

extern crate alloc;

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the event loop registers its wakers")
)]
mod abort;
pub use abort::{AbortController, AbortSignal};

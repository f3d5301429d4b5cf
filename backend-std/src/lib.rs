//! std backend

extern crate alloc;

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the event loop registers its wakers")
)]
mod abort;
mod convert;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the socket handle owns the registry")
)]
mod emitter;
mod errno;
mod interfaces;
#[cfg_attr(not(test), expect(dead_code, reason = "the event loop looks names up"))]
mod lookup;
#[expect(dead_code, reason = "the event loop opens sockets")]
mod sys;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod test_namespace;

pub use abort::{AbortController, AbortSignal};
pub use emitter::{EventName, MaxListenersWarning};

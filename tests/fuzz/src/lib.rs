//! What fuzzers feed to anydgram: each target is a function from bytes, so that the inputs that are kept run as an ordinary
//! test as well.
//!
//! * [`gate()`]: frames through the checks in front of the stack, and what they let through to a host;
//! * [`stack()`]: frames, and time, through a whole stack with bound sockets, with all features that are shipped;
//! * [`calls()`]: any calls and backend inputs on a socket or two, compared with a model;
//! * [`backend()`]: what a backend does, in any order, late, doubled, for what is not there, compared with a model;
//! * [`unix_calls()`]: any calls and backend inputs on a Unix socket, compared with a model.
//!
//! `fuzz/` has the targets for `cargo fuzz`, `corpus/` the inputs; `cargo run -p anydgram-fuzz --bin seeds` makes those
//! that a corpus begins with.

mod device;
mod frames;
mod gate;
mod stack;

pub use anydgram_model::{backend, calls, unix_calls};
pub use frames::{Frames, entry};
pub use gate::gate;
pub use stack::stack;

//! What scenarios have done to sockets, as data: commands, their replies, and what happens.
//!
//! ```text
//!   runner ── Command ──▶ execute ──▶ Sockets of a Host     on this computer by a call,
//!          ◀── Reply ────    │                              on a board in pieces of datagrams
//!          ◀── Happened ── Agent ◀── events, lookups
//! ```
//!
//! The same [`execute()`] carries commands out wherever the sockets are, so a scenario means the same on every backend that
//! runs a [`Handler`](anydgram_core::Handler). Values of the core stand in commands as they are; `wire.rs` is how they are
//! written. No heap, no clock, no I/O.
#![no_std]

#[cfg(test)]
extern crate alloc;

mod agent;
mod command;
mod execute;
mod happened;
mod reply;
pub mod transport;
mod wire;

pub use agent::{Agent, Told};
pub use command::{Blocked, Bytes, Call, Command, Group, SocketNumber};
pub use execute::{Host, create, execute};
pub use happened::Happened;
pub use reply::{Answer, Reply};

//! Worlds of frames: what is on the wire, and what comes of it when it goes wrong.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of all that has happened, tests look for some"
)]

extern crate alloc;

#[path = "frames/faults.rs"]
mod faults;
#[path = "frames/fragments.rs"]
mod fragments;
#[path = "frames/lab.rs"]
mod lab;
#[path = "frames/stopped.rs"]
mod stopped;
#[path = "frames/wire.rs"]
mod wire;

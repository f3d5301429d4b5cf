//! Hosts on an Ethernet in memory, in a time of their own: embassy-net with our sockets in front, and others.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "in_memory/lab.rs"]
mod lab;
#[path = "in_memory/plug.rs"]
mod plug;
#[path = "in_memory/traffic.rs"]
mod traffic;

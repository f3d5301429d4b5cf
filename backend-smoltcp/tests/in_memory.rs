//! Hosts on an Ethernet in memory, in a time of their own: the whole stack, from one application to another.
#![cfg(feature = "std")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

extern crate alloc;

#[path = "common/computer.rs"]
mod computer;
#[path = "in_memory/errors.rs"]
mod errors;
#[path = "in_memory/fragments.rs"]
mod fragments;
#[path = "in_memory/groups.rs"]
mod groups;
#[path = "in_memory/lab.rs"]
mod lab;
#[path = "in_memory/life.rs"]
mod life;
#[path = "in_memory/neighbours.rs"]
mod neighbours;
#[path = "in_memory/room.rs"]
mod room;
#[cfg(all(feature = "dns", feature = "dhcp"))]
#[path = "in_memory/servers.rs"]
mod servers;
#[path = "../../tests/handlers/ticker.rs"]
mod ticker;
#[path = "in_memory/traffic.rs"]
mod traffic;
#[path = "in_memory/wake.rs"]
mod wake;

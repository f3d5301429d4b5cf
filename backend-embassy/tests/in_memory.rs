//! Hosts on an Ethernet in memory, in a time of their own: embassy-net with our sockets in front, and others.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

extern crate alloc;

#[cfg(feature = "edge-nal")]
#[path = "../../examples/mdns/src/asked.rs"]
mod asked;
#[expect(
    dead_code,
    reason = "shared with the tests of that backend, which use all of it"
)]
#[path = "../../backend-smoltcp/tests/common/computer.rs"]
mod computer;
#[cfg(feature = "edge-nal")]
#[path = "in_memory/edge_mdns.rs"]
mod edge_mdns;
#[cfg(feature = "edge-nal")]
#[path = "in_memory/edge_nal.rs"]
mod edge_nal;
#[cfg(feature = "embedded-nal-async")]
#[path = "in_memory/embedded_nal_async.rs"]
mod embedded_nal_async;
#[path = "in_memory/errors.rs"]
mod errors;
#[path = "in_memory/executor.rs"]
mod executor;
#[path = "in_memory/groups.rs"]
mod groups;
#[path = "in_memory/handler.rs"]
mod handler;
#[path = "in_memory/lab.rs"]
mod lab;
#[cfg(feature = "dhcp")]
#[path = "in_memory/leases.rs"]
mod leases;
#[path = "in_memory/life.rs"]
mod life;
#[path = "in_memory/load.rs"]
mod load;
#[cfg(feature = "dns")]
#[path = "in_memory/names.rs"]
mod names;
#[path = "in_memory/plug.rs"]
mod plug;
#[path = "../../examples/src/rendezvous.rs"]
pub mod rendezvous;
#[path = "in_memory/step.rs"]
mod step;
#[path = "in_memory/tasks.rs"]
mod tasks;
#[path = "../../tests/handlers/ticker.rs"]
mod ticker;
#[path = "in_memory/traffic.rs"]
mod traffic;

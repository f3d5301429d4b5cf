//! The whole stack against the kernel of a Linux computer, over a TAP device in a private network namespace.
#![cfg(all(target_os = "linux", feature = "std"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

#[path = "common/computer.rs"]
mod computer;
#[path = "common/namespace.rs"]
mod namespace;
#[path = "common/tap_lab.rs"]
mod tap_lab;
#[path = "tap/unicast.rs"]
mod unicast;

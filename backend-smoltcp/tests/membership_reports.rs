//! What the network is told of groups: beside what the kernel of a Linux computer tells, and what a bridge makes of it.
#![cfg(all(target_os = "linux", feature = "std"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

extern crate alloc;

#[path = "membership_reports/asked.rs"]
mod asked;
#[path = "membership_reports/bridge.rs"]
mod bridge;
#[expect(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "common/computer.rs"]
mod computer;
#[path = "membership_reports/kernel.rs"]
mod kernel;
#[expect(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "common/namespace.rs"]
mod namespace;
#[path = "membership_reports/ours.rs"]
mod ours;
#[path = "membership_reports/recorder.rs"]
mod recorder;
#[path = "membership_reports/said.rs"]
mod said;
#[expect(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "common/tap_lab.rs"]
mod tap_lab;

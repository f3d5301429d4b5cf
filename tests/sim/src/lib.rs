//! A deterministic world for datagram sockets: hosts, links, faults, and one seed.
//!
//! Applications run on [`anydgram_core`]'s sockets and stack, on any number of hosts, in a time of their own. There is no clock,
//! no thread and no other chance than the seed: the same seed makes the same trace, byte by byte, on every machine.
//!
//! ```text
//!    Handler   ◀─▶ sockets ◀─▶ stack ──▶ cable ──▶ segment ──▶ cables ──▶ …
//!                                          ╰─ what goes wrong: the seed, or a script ─╯
//! ```
//!
//! | module | has |
//! |---|---|
//! | `world` | [`World`]: hosts, segments, the time, and the order of everything |
//! | `application` | what a host's [`Handler`](anydgram_core::Handler) starts with |
//! | [`tasks`] | async applications: the executor of a host, and async sockets |
//! | `host` | one host, its clock, and what is checked of all that its sockets are told |
//! | `capabilities` | what hosts can do |
//! | `network` | segments and cables, and what is under way |
//! | `chance`, `fault` | what goes wrong, by the seed or by a script |
//! | [`unix`] | Unix datagrams within a host: its names and files, and its processes |
//! | `trace` | what has happened |
//! | `capture` | what has happened, for Wireshark |
//! | `timeline` | what has happened, for a browser |
//! | `script` | what goes wrong, as a file |
//! | `shrink` | the fewest faults that break something |
//! | `program` | `sim` as a function, for scenarios of anybody |
//! | `scenario` | worlds to explore: `sim explore` |
#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a world that is not as it was made must not go on"
)]

extern crate alloc;

mod agenda;
mod application;
mod capabilities;
mod capture;
mod chance;
mod fault;
mod host;
mod network;
mod program;
pub mod scenario;
mod script;
mod shrink;
pub mod tasks;
mod timeline;
mod trace;
pub mod unix;
mod world;

pub use application::{Nobody, Start};
pub use capabilities::capabilities;
pub use chance::{Dice, Site};
pub use fault::{Fault, Kind, NoFault, Rates, When};
pub use host::HostOptions;
pub use network::SegmentOptions;
pub use program::program;
pub use scenario::Scenario;
pub use script::NoScript;
pub use shrink::shrink;
pub use trace::{Flip, Happened, OfFrame, OfProcess, OfUnix, Record, Told, Why};
pub use world::{HostId, Level, ProcessId, SegmentId, Violation, World, WorldOptions, simulate};

/// The program in the README, for `cargo test` to run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

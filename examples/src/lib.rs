//! The programs of this package that take more than one file, and what they share.
//!
//! | program | is |
//! |---|---|
//! | [`demo`] | one pass over what the sockets do |
//! | [`dgramcat`] | netcat for datagrams |
//! | [`rendezvous`] | an application for every backend, which `demo` runs on two |
//! | [`swarm`] | several nodes of a protocol, [`gossip`] or [`services`], on every backend and in simulated worlds |
//! | [`dns`] | what the mDNS browser reads and writes |
//!
//! The others are one file each, in `src/bin`.

extern crate alloc;

pub mod computer;
pub mod demo;
pub mod dgramcat;
pub mod dns;
pub mod gossip;
pub mod rendezvous;
pub mod services;
pub mod swarm;

/// The programs in the READMEs, for `cargo test` to compile.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../../README.md")]
    struct Project;

    #[doc = include_str!("../../core/README.md")]
    struct Core;

    #[doc = include_str!("../../backend-std/README.md")]
    struct Std;
}

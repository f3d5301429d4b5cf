//! A laboratory for firmware: boards in QEMU on an Ethernet that is made of sockets, and a peer that tests talk through.
//!
//! ```text
//!   Guest (QEMU, its log and its monitor) ──┐
//!   Guest ──────────────────────────────────┼── Switch ── Peer (ARP, NDP, IPv4, IPv6, UDP; groups)
//!   Guest ──────────────────────────────────┘   └ fates of frames, and a record of them
//! ```
//!
//! Each cable is a Unix datagram socket, one frame a datagram, in a folder that goes with the [`Switch`]: nothing needs
//! privileges, and no frame leaves the laboratory. Each wait has a bound, and a process ends with its [`Guest`].

extern crate alloc;

mod cost;
mod counter;
mod firmware;
mod fragment;
mod frame;
mod group;
mod guest;
mod log;
mod namespace;
mod peer;
mod switch;
mod time;

pub use cost::{Bench, Size};
pub use firmware::Firmware;
pub use frame::Datagram;
pub use group::Membership;
pub use guest::Guest;
pub use log::{Line, Log};
pub use namespace::inside;
pub use peer::Peer;
pub use switch::{Fate, Port, Record, Switch};

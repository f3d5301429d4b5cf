//! The scenarios that every anydgram backend must pass, and their runner.
//!
//! ```text
//!  scenario ─▶ interpreter ── dynamic values ─▶ core's dynamic layer ── typed calls ─▶ backend
//!                  ▲  │                                                                  │
//!                  │  └─▶ trace ─▶ judge ◀── golden of Node, intended differences        │
//!                  └──────────── listeners, callbacks, lookups of the scenario ◀─────────┘
//! ```
//!
//! `README.md` beside describes scenarios and traces. A new backend implements [`backend::Backend`] and becomes a
//! [`backend::Kind`].

extern crate alloc;

mod bytes;
mod clock;
mod descriptors;
mod functions;
mod process;
mod std_backend;
mod symbols;

pub mod backend;
pub mod cli;
pub mod cluster;
pub mod difference;
pub mod errors;
pub mod golden;
pub mod handler_backend;
pub mod interpreter;
pub mod judge;
pub mod mistake;
pub mod need;
pub mod scenario;
pub mod step;
pub mod suite;
pub mod support;
pub mod support_table;
pub mod trace;

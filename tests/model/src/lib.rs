//! An independent model of a datagram socket, and everything that is checked against it.
//!
//! ```text
//!                 ┌─▶ subject: anydgram_core::Socket ─▶ what is seen ─┐
//!  a sequence of ─┤                                                   ├─▶ the same? lawful? invariants kept?
//!  symbols        └─▶ model                          ─▶ what is seen ─┘
//! ```
//!
//! | module | has |
//! |---|---|
//! | `symbol` | the alphabets: [`Symbol`], [`Move`], and how they are read and printed |
//! | `step` | what a symbol does |
//! | `seen` | what a step shows, in words that the socket and the model share |
//! | `model` | what has to be seen: lists, sums and texts |
//! | `subject`, `backend` | the socket under test, and what its backend has taken |
//! | `law` | Node's table of calls and states, checked without the model |
//! | `record`, `drained` | the invariants, checked without the model |
//! | `world` | sockets beside their models; the drain at the end |
//! | `fault` | faults to plant, to see that they are found |
//! | `explore`, `coverage` | all sequences up to a length, and what they have reached |
//! | `fuzz` | sequences from bytes, for fuzzers |
//! | `unix` | the same for a Unix socket, smaller |
#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a check that is wrong must not go on; and what it does not expect is a failure, whatever it is"
)]

extern crate alloc;

mod backend;
mod config;
mod coverage;
mod drained;
mod explore;
mod fault;
mod fuzz;
mod law;
mod model;
mod record;
mod run;
mod seen;
mod step;
mod subject;
mod symbol;
mod unix;
mod world;

pub use config::{Capacity, Config};
pub use coverage::Coverage;
pub use explore::{Explored, Search};
pub use fault::Fault;
pub use fuzz::{backend, backend_bytes, calls, calls_bytes};
pub use run::{Violation, check, check_order, outputs, trace};
pub use symbol::{Alphabet, Move, Symbol, moves_of, text_of};
pub use unix::{
    UnixCapacity, UnixSymbol, UnixViolation, check_unix, explore_unix, unix_calls, unix_calls_bytes,
};

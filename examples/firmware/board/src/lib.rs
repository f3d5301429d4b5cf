//! The board mps2-an385 (a Cortex-M3 with Ethernet) for embassy: start-up, time, executor, Ethernet and logs.
//!
//! What decides anything is tested on a computer, against chips that are imitated: [`clock`] and [`lan9118`] see their
//! registers through [`Registers`]. What touches the machine is in `sys.rs`, and is compiled for the board alone, as
//! are the few lines that put both together: `start.rs`, `time.rs` and `exit.rs`.
//!
//! QEMU has this board; the real one is sold as V2M-MPS2, with ARM's application note 385.
#![no_std]

#[cfg(test)]
extern crate alloc;

pub mod clock;
pub mod lan9118;
mod registers;

#[cfg(target_os = "none")]
mod exit;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod sys;
#[cfg(target_os = "none")]
mod time;

pub use registers::{Offset, Registers};

#[cfg(target_os = "none")]
pub use exit::exit;
#[cfg(target_os = "none")]
pub use start::{Ethernet, run};
#[cfg(target_os = "none")]
pub use sys::Block;

//! The Ethernet chip LAN9118, by programmed I/O: [`Chip`] knows its registers, [`Lan9118`] is it for embassy-net.
//!
//! Frames are read and written word by word through two FIFOs. The interrupt line is edge-free: whoever handles it
//! masks the chip's sources, and [`Lan9118`] unmasks them when it has nothing left to do.
//!
//! Source: SMSC LAN9118 data sheet, revision 1.5 (registers: § 5).

mod chip;
mod driver;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

#[cfg(target_os = "none")]
pub(crate) use chip::INTERRUPT_ENABLE;
pub use chip::{Chip, MAX_FRAME, Missing, Stats};
pub use driver::{Buffers, Lan9118, RxToken, TxToken};

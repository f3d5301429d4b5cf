#![no_std]
//! What the firmware that is measured has in common: a chip, and memory.
//!
//! The programs are as small as programs can be that do what they say: no start-up code, no vector table, no logging, a
//! panic handler that does nothing, and a network chip of a few registers. So what is measured is the stack.

pub mod chip;
#[cfg(feature = "embassy-bare")]
pub mod embassy;
#[cfg(any(feature = "ports", feature = "raw", feature = "direct"))]
pub mod strategy;

/// The panic handler of the firmware.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Memory for a value that lives for ever, with a symbol of its own.
///
/// Unsafe: each place may be run once, or there are two references to the same value.
#[macro_export]
macro_rules! memory {
    ($name:ident: $type:ty = $value:expr) => {{
        static mut $name: $type = $value;
        &mut *(&raw mut $name)
    }};
}

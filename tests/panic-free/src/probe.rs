//! Inputs that the optimizer cannot look into, and an output that it cannot drop.

use core::fmt::{self, Write};
use core::hint::black_box;

/// A value of which only the type is known.
pub fn any<T>(value: T) -> T {
    black_box(value)
}

/// Uses a result.
pub fn keep<T>(value: T) {
    black_box(value);
}

/// Prints `value` plainly and padded, to an output that may fail at any time.
pub fn print(value: &dyn fmt::Display) {
    keep(write!(Output, "{value}"));
    keep(write!(Output, "{value:>90.80}"));
}

struct Output;

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        keep(text);
        any(Ok(()))
    }
}

/// What the check must find.
#[cfg(feature = "negative-control")]
#[inline(never)]
pub fn panics() {
    let bytes: &[u8] = any(&[1, 2, 3]);
    keep(bytes[any(3)]);
}

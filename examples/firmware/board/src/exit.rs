//! How a program ends: with a code that QEMU hands on, and a log line if it was not meant to.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use defmt_semihosting as _;

use crate::sys;

const PANICKED: u8 = 1;
const FAULTED: u8 = 2;

/// Ends the program, and QEMU, with an exit code: 1 is a panic and 2 a fault of the processor, by custom 0 is success.
/// Before, it says how much stack was used.
pub fn exit(code: u8) -> ! {
    defmt::info!("stack {=usize} bytes", sys::stack_used());
    defmt::info!("exit {=u8}", code);
    semihosting::process::exit(code.into())
}

/// The processor has refused an instruction at `address`.
pub(crate) fn fault(address: u32) -> ! {
    defmt::error!("hard fault at {=u32:#x}", address);
    semihosting::process::exit(FAULTED.into())
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    static PANICKING: AtomicBool = AtomicBool::new(false);
    // The log itself may have panicked.
    if !PANICKING.swap(true, Ordering::SeqCst) {
        let (file, line) = info
            .location()
            .map_or(("?", 0), |location| (location.file(), location.line()));
        // Formatting needs several KiB of flash; most messages are constants.
        let message = info
            .message()
            .as_str()
            .unwrap_or("with a message that is formatted");
        defmt::error!("panic at {=str}:{=u32}: {=str}", file, line, message);
    }
    semihosting::process::exit(PANICKED.into())
}

#![no_std]
//! Proves by linking that no public function of `anydgram-core` can panic.
//!
//! [`drive`] calls them all with inputs that the optimizer knows nothing of. The panic handler calls a
//! function that does not exist. If one panic survives optimization, the handler stays in the library and
//! the link fails; `check.sh` runs it and says where the panic is.
//!
//! Add new functions to the file of their topic, by their full path (`Address::parse(…)`, not
//! `address.parse(…)`): `check.sh` compares these names with the core's. Derived `Debug` is outside of the
//! promise, as the standard library's code for it contains panics. So are the overflow checks of heapless'
//! own sums, see `Cargo.toml`.

mod addresses;
mod block_lists;
mod errors;
mod frames;
mod hosts;
mod messages;
mod payloads;
mod ports;
mod probe;
mod settings;
mod sockets;
mod tables;
mod times;
mod unix;

/// Calls everything.
#[unsafe(no_mangle)]
pub extern "C" fn drive() {
    addresses::drive();
    block_lists::drive();
    errors::drive();
    frames::drive();
    hosts::drive();
    messages::drive();
    payloads::drive();
    ports::drive();
    settings::drive();
    sockets::drive();
    times::drive();
    unix::drive();
    #[cfg(feature = "negative-control")]
    probe::panics();
}

unsafe extern "C" {
    /// Exists nowhere.
    fn anydgram_core_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: never runs: a library that contains this call does not link.
    unsafe { anydgram_core_can_panic() }
}

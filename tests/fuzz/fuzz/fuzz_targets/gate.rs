//! `cargo fuzz run gate`, in the folder above: see `anydgram_fuzz::gate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| anydgram_fuzz::gate(data));

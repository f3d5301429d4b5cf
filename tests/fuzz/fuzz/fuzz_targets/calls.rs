//! `cargo fuzz run calls`, in the folder above: see `anydgram_fuzz::calls`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| anydgram_fuzz::calls(data));

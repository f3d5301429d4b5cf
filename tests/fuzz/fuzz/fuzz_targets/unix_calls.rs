//! `cargo fuzz run unix_calls`, in the folder above: see `anydgram_fuzz::unix_calls`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| anydgram_fuzz::unix_calls(data));

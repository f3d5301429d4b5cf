//! `cargo fuzz run stack`, in the folder above: see `anydgram_fuzz::stack`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| anydgram_fuzz::stack(data));

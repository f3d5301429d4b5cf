//! `cargo fuzz run backend`, in the folder above: see `anydgram_fuzz::backend`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| anydgram_fuzz::backend(data));

//! Gives the linker the board's memory layout.

use std::path::Path;
use std::{env, fs};

fn main() {
    let layout = if env::var_os("CARGO_FEATURE_ALL_MEMORY").is_some() {
        "all-memory.x"
    } else {
        "memory.x"
    };
    println!("cargo::rerun-if-changed={layout}");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = env::var("OUT_DIR").expect("cargo says where");
        let folder = Path::new(&folder);
        fs::copy(layout, folder.join("memory.x")).expect("a file can be copied");
        // cortex-m-rt wants the names of interrupts; `sys.rs` has the whole table.
        fs::write(folder.join("device.x"), "").expect("a file can be written");
        println!("cargo::rustc-link-search={}", folder.display());
    }
}

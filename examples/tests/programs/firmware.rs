//! Firmware has packages of its own, and tests that are not among those of the workspace: this says so.

use std::io::{self, Write as _};
use std::path::Path;

/// Builds the firmware, and tests it in QEMU.
const SCRIPT: &str = ".ci/firmware.sh";

#[test]
fn firmware_is_tested_by_its_own_script() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(SCRIPT);
    assert!(script.is_file(), "{}", script.display());
    // Past the capture of `eprintln!`: it has to be seen although it passes.
    writeln!(io::stderr(), "SKIPPED: firmware in QEMU: {SCRIPT} tests it")
        .expect("standard error is open");
}

//! All scenarios on boards in QEMU.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anydgram_firmware_tests::Firmware;

const RUNNER: &str = env!("CARGO_BIN_EXE_anydgram-firmware-conformance");

#[test]
fn every_scenario_is_like_node_or_excused() {
    let Some(firmware) = Firmware::find("agent") else {
        return;
    };
    let programs = firmware.path().parent().unwrap();
    let [board, smoltcp] = ["qemu", "smoltcp"].map(|backend| passed(backend, programs));
    // What only an operating system can do, neither passes.
    assert!(board * 10 >= smoltcp * 9, "{board} of {smoltcp}");
}

/// How many scenarios pass; none fails.
fn passed(backend: &str, programs: &Path) -> usize {
    let output = Command::new(RUNNER)
        .args(["run", "--backend", backend])
        .env("ANYDGRAM_FIRMWARE", programs)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let quiet = |line: &&str| !line.starts_with("ok ") && !line.starts_with("excused ");
    let quiet: Vec<_> = told.lines().filter(quiet).collect();
    say(&format!("{backend}: {}", quiet.join("\n"))).unwrap();
    assert!(output.status.success(), "{backend} fails");
    let sum = quiet.last().unwrap();
    assert!(sum.ends_with(", 0 failed, 0 skipped"), "{sum}");
    let (_, passed) = sum.split_once(" scenarios: ").unwrap();
    let (passed, _) = passed.split_once(" ok").unwrap();
    passed.parse().unwrap()
}

/// Past the test harness, which keeps what a test that passes prints.
fn say(text: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{text}")
}

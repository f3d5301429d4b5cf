//! Tests in a private network namespace, where the kernel is on the same Ethernet as a board.
//!
//! The conformance suite's script makes the namespace. The test runs in a second process, inside.

use std::path::Path;
use std::process::Command;
use std::{env, io};

use crate::firmware::{answer, say};

/// The board's end is QEMU's; this one is the kernel's, who is 10.99.0.1 here and knows where groups are.
const TAP: &str = "tap0";
const SET_UP: [&str; 5] = [
    "tuntap add dev tap0 mode tap",
    "link set tap0 addrgenmode none up",
    "addr add 10.99.0.1/24 dev tap0",
    "addr add fe80::1/64 dev tap0 nodad",
    "route add 239.0.0.0/8 dev tap0",
];

/// Runs the test of this name, all of it in `body`, inside, with the name and the index of a TAP interface.
///
/// Without privileges it is skipped aloud.
///
/// # Panics
/// If the test fails; if it would have to be skipped, and the variable `CI` is set.
pub fn inside(test: &str, body: impl FnOnce(&str, u32)) {
    if env::var_os("ANYDGRAM_NAMESPACE").is_some() {
        let index = set_up().expect("a TAP interface in a namespace of one's own");
        body(TAP, index);
        say(RAN);
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/namespace.sh");
    let program = env::current_exe().expect("a test is a program");
    let output = Command::new(&script)
        .arg(program)
        .args([test, "--exact", "--nocapture"])
        .output();
    let reason = match output {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.code() != Some(NO_NAMESPACE) {
                let has_run = text.lines().any(|line| line == RAN);
                assert!(output.status.success() && has_run, "inside: {text}");
                return;
            }
            text
        }
        Err(error) => format!("{}: {error}", script.display()),
    };
    assert!(env::var_os("CI").is_none(), "not skipped in CI: {reason}");
    say(&format!("SKIPPED {test}: {reason}"));
}

/// Makes the interface, and returns its index.
fn set_up() -> io::Result<u32> {
    for arguments in SET_UP {
        let status = Command::new("ip").args(arguments.split(' ')).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("ip {arguments}: {status}")));
        }
    }
    // As in `7: tap0: <…`; in /sys there are another namespace's.
    let text = answer(Command::new("ip").args(["-oneline", "link", "show", TAP]))?;
    let index = text
        .split_once(':')
        .and_then(|(index, _)| index.parse().ok());
    index.ok_or_else(|| io::Error::other(text))
}

/// The script's exit code where no namespace can be made.
const NO_NAMESPACE: i32 = 69;
/// Printed by the inner process, as a misspelt name would run no test, and that with success.
const RAN: &str = "the test has run in the namespace";

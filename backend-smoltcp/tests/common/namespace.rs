//! A private network namespace for one test, and the commands that change what is in it.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::process::Command;
use std::thread;

#[expect(
    dead_code,
    reason = "shared with the other backend, which uses all of it"
)]
#[path = "../../../backend-std/src/test_namespace.rs"]
mod test_namespace;

/// Runs a test in a private network namespace, or skips it aloud where there are no TAP devices. In CI that fails, but
/// for a user who may not open them. To be called last, with all of the test in `body`.
pub(crate) fn in_namespace<F: FnOnce()>(body: F) {
    match OpenOptions::new().read(true).write(true).open(TUN) {
        Ok(_) => test_namespace::run(body),
        Err(error) => {
            let is_user = error.kind() == io::ErrorKind::PermissionDenied;
            skip(&format!("{TUN}: {error}"), is_user);
        }
    }
}

/// Whether a program is installed; where it is not, the test is skipped aloud, but fails in CI.
pub(crate) fn has(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    if let Err(error) = &output {
        skip(&format!("{program}: {error}"), false);
    }
    output.is_ok()
}

/// Says that a test is skipped because something is missing, which is a failure in CI unless that may be.
fn skip(missing: &str, may_be_in_ci: bool) {
    let is_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(may_be_in_ci || !is_ci, "{missing}");
    // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
    let test = thread::current();
    let name = test.name().unwrap_or_default();
    let told = writeln!(io::stderr(), "SKIPPED: {name}: {missing}");
    told.expect("standard error is open");
}

/// Runs a command, the words of a line, which succeeds.
pub(crate) fn run(line: &str) {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap());
    let status = command.args(words).status();
    assert!(status.is_ok_and(|status| status.success()), "{line}");
}

/// The index of an interface of the kernel's.
pub(crate) fn index_of(interface: &str) -> u32 {
    let output = Command::new("ip")
        .args(["-oneline", "link", "show", interface])
        .output()
        .unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    line.split_once(':').unwrap().0.parse().unwrap()
}

/// Where TAP devices come from.
const TUN: &str = "/dev/net/tun";

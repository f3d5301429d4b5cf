//! Tests in a private network namespace, where groups may be joined and broadcasts sent.
//!
//! The script of the conformance suite makes the namespace and says what is in it; the test runs in a second
//! process of this test program, inside.

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// Runs the body of a test in a private network namespace; to be called first and only, with all of the test in `body`.
///
/// Inside are `any0` (`192.0.2.10`, `fe80::10`, …; the route of all groups) and `any1` (`198.51.100.10`,
/// `fe80::20`, …). Where no namespace can be made, the test is skipped aloud, but fails if `CI` is `true`.
#[expect(clippy::print_stderr, reason = "the outer process looks for it")]
pub(crate) fn run<F: FnOnce()>(body: F) {
    if env::var_os("ANYDGRAM_NAMESPACE").is_some() {
        body();
        eprintln!("{RAN}");
        return;
    }
    // Packages that share this file are at several depths.
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("tests/conformance/namespace.sh"))
        .find(|script| script.exists())
        .unwrap();
    let program = env::current_exe().unwrap();
    let output = Command::new(&script)
        .arg(program)
        .args([test_name::<F>(), "--exact", "--nocapture"])
        .output();
    let missing = match output {
        Err(error) => format!("{}: {error}", script.display()),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.code() != Some(CANNOT) {
                let did_run = text.lines().any(|line| line == RAN);
                assert!(
                    output.status.success() && did_run,
                    "in the namespace: {text}"
                );
                return;
            }
            text
        }
    };
    let is_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "{missing}");
    // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
    let told = writeln!(io::stderr(), "SKIPPED: {}: {missing}", test_name::<F>());
    told.expect("standard error is open");
}

/// Gives a neighbour on `any0` a link-layer address, so that what waits for it leaves; nobody receives it. Inside only.
pub(crate) fn introduce(neighbour: &str) {
    let arguments = ["neigh", "replace", neighbour, "lladdr", "02:00:00:00:00:99"];
    let status = Command::new("ip")
        .args(arguments)
        .args(["dev", "any0"])
        .status()
        .unwrap();
    assert!(status.success());
}

/// The name of the test that a closure is in, from the closure's own.
fn test_name<F>() -> &'static str {
    let name = core::any::type_name::<F>();
    let name = name.split_once("::").unwrap().1;
    name.split("::{{closure}}").next().unwrap()
}

/// The script's exit code where no namespace can be made.
const CANNOT: i32 = 69;
/// Printed by the inner process, as a misspelt test name would run nothing and succeed.
const RAN: &str = "ran in the namespace";

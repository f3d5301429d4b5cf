//! Tests in a private network namespace, where groups may be joined and broadcasts sent.
//!
//! The conformance suite's script makes the namespace and says what is in it: `any0` (192.0.2.10 and .11, `fe80::10`,
//! the route of all groups) and `any1` (198.51.100.10). The test runs in a second process, inside.

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// Runs a test, all of it in `body`, inside. Without namespaces it is skipped aloud, or fails if `CI` is `true`.
pub(crate) fn inside<F: FnOnce()>(body: F) {
    if env::var_os("ANYDGRAM_NAMESPACE").is_some() {
        body();
        say(RAN);
        return;
    }
    let name = core::any::type_name::<F>();
    let name = name.split_once("::").unwrap().1;
    let name = name.split("::{{closure}}").next().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/namespace.sh");
    let output = Command::new(&script)
        .arg(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
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
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{reason}");
    say(&format!("SKIPPED: {name}: {reason}"));
}

/// Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
fn say(text: &str) {
    writeln!(io::stderr(), "{text}").expect("standard error is open");
}

/// The script's exit code where no namespace can be made.
const NO_NAMESPACE: i32 = 69;
/// Printed by the inner process, as a misspelt name would run no test, and that with success.
const RAN: &str = "the test has run in the namespace";

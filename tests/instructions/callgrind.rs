//! Counting instructions.

use core::fmt::Display;
use std::process::Command;

const MISSING: &str = "valgrind is not there (Debian: apt-get install valgrind)";

/// # Errors
/// There is no valgrind.
pub(crate) fn find() -> Result<(), String> {
    let output = Command::new("valgrind").arg("--version").output();
    output.map(drop).map_err(|_| MISSING.to_owned())
}

/// What each datagram costs: the difference of a long and a short run.
///
/// # Errors
/// A run failed, or was not counted.
pub(crate) fn instructions_per_datagram(
    contestant: impl Display,
    case: impl Display,
    short: usize,
    long: usize,
) -> Result<f64, String> {
    let [few, many] = [short, long].map(|count| instructions(&contestant, &case, count));
    let difference = many?.saturating_sub(few?);
    let datagrams = long - short;
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
    Ok(difference as f64 / datagrams as f64)
}

fn instructions(contestant: &dyn Display, case: &dyn Display, count: usize) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg("run")
        .args([contestant.to_string(), case.to_string(), count.to_string()])
        .output()
        .map_err(|error| format!("{MISSING}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{contestant}, {case}: {text}"));
    }
    let (_, collected) = text.rsplit_once("Collected :").unwrap_or_default();
    let number = collected.split_whitespace().next();
    let number = number.and_then(|number| number.parse().ok());
    number.ok_or_else(|| format!("callgrind said no count:\n{text}"))
}

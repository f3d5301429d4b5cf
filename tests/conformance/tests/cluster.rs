//! What Node's cluster does with datagram sockets, in processes of their own.

use std::io::Write as _;
use std::path::Path;

use anydgram_conformance::cluster::{self, Outcome};
use anydgram_conformance::scenario;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_anydgram-conformance");

/// What the machine cannot run is said aloud, and a failure if `CI=true`.
#[test]
fn every_scenario_of_several_processes_is_like_node() {
    let mut failed = Vec::new();
    let paths = scenario::all(&cluster::scenarios()).unwrap();
    assert!(!paths.is_empty());
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match cluster::check(Path::new(EXECUTABLE), &path).unwrap() {
            Outcome::Equal => {}
            Outcome::Different(texts) => failed.push(format!("{name}: {}", texts.join("\n"))),
            Outcome::Skipped(why) => {
                let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
                assert!(!is_ci, "{name}: {why}");
                // Past the capture of `eprintln!`: a skipped test has to be seen although it passes.
                writeln!(std::io::stderr(), "SKIPPED: cluster {name}: {why}").unwrap();
            }
            outcome => panic!("{outcome:?}"),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

//! All scenarios on the userspace stack, with hosts on an Ethernet in memory: no privileges, no sleeping.

use std::io::Write as _;

use anydgram_conformance::backend::Kind;
use anydgram_conformance::cli::scenarios;
use anydgram_conformance::judge::Judge;
use anydgram_conformance::scenario;
use anydgram_conformance::suite::{self, Manner};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_anydgram-conformance");

#[test]
fn every_scenario_is_like_node_or_excused() {
    let judge = Judge::new(Kind::Smoltcp, EXECUTABLE.into()).expect("the support table is sound");
    let paths = scenario::all(&scenarios()).unwrap();
    let mut out = Vec::new();
    let tally = suite::run(&judge, &paths, Manner::of_environment(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let quiet = |line: &&str| !line.starts_with("ok ") && !line.starts_with("excused ");
    let told: Vec<&str> = out.lines().filter(quiet).collect();
    let told = told.join("\n");
    // Past the test harness, which keeps what a test that passes prints.
    writeln!(std::io::stderr(), "{told}").unwrap();
    assert!(tally.is_good(), "{told}");
    // Nothing here depends on the machine.
    assert_eq!(tally.skipped, 0);
}

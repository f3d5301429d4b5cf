//! All scenarios on hosts in memory: no privileges, no sleeping.

use core::error::Error;
use std::io::Write as _;

use anydgram_conformance::backend::Kind;
use anydgram_conformance::cli::scenarios;
use anydgram_conformance::judge::Judge;
use anydgram_conformance::scenario;
use anydgram_conformance::suite::{self, Manner, Tally};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_anydgram-conformance");

#[test]
fn every_scenario_is_like_node_or_excused() {
    let kinds = [Kind::Smoltcp, Kind::Embassy, Kind::Sim, Kind::SimFrames];
    let [smoltcp, embassy, sim, sim_frames] = kinds.map(|kind| {
        let (tally, told) = run(kind).unwrap();
        // Past the test harness, which keeps what a test that passes prints.
        writeln!(std::io::stderr(), "{}: {told}", kind.name()).unwrap();
        assert!(tally.is_good(), "{told}");
        // Nothing here depends on the machine.
        assert_eq!(tally.skipped, 0);
        tally
    });
    // The same tables over another wire.
    assert!(sim.ok >= smoltcp.ok, "{sim:?}");
    // And over the same wire.
    assert!(sim_frames.ok >= smoltcp.ok, "{sim_frames:?}");
    // What only an operating system can do, neither passes.
    assert!(embassy.ok * 10 >= smoltcp.ok * 9, "{embassy:?}");
}

/// What came of the scenarios, and the lines of those that failed.
fn run(kind: Kind) -> Result<(Tally, String), Box<dyn Error>> {
    let judge = Judge::new(kind, EXECUTABLE.into())?;
    let paths = scenario::all(&scenarios())?;
    let mut out = Vec::new();
    let tally = suite::run(&judge, &paths, Manner::of_environment(), &mut out)?;
    let out = String::from_utf8(out)?;
    let quiet = |line: &&str| !line.starts_with("ok ") && !line.starts_with("excused ");
    let told: Vec<&str> = out.lines().filter(quiet).collect();
    Ok((tally, told.join("\n")))
}

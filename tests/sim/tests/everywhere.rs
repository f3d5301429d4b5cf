//! A seed makes the same trace on every machine: `everywhere/hashes.txt` has the hashes of some, of each scenario at each level.
//!
//! A computer of another architecture, system or compiler that plays a seed in another way fails here. So does a change of a
//! scenario, of the sockets or of the stacks that anything in these worlds can be seen of; if that is meant, the file is made anew:
//!
//! ```sh
//! ANYDGRAM_SIM_BLESS=1 cargo test -p anydgram-sim --test everywhere
//! ```

use anydgram_sim::scenario::SCENARIOS;
use anydgram_sim::{Level, Rates, WorldOptions};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/everywhere/hashes.txt");
/// Of each scenario, at each level.
const SEEDS: u64 = 4;

/// The hashes as this machine has them: scenario, level, seed, hash.
fn hashes() -> String {
    let mut lines = String::new();
    for scenario in SCENARIOS {
        for level in Level::ALL {
            for seed in 0..SEEDS {
                let options = WorldOptions::new(seed).level(level).rates(Rates::all());
                let outcome = scenario.run(&options);
                assert_eq!(outcome.violation, None);
                assert_ne!(outcome.faults, [], "nothing depends on the seed");
                let (name, level) = (scenario.name, level.name());
                lines += &format!("{name} {level} {seed} {:016x}\n", outcome.hash);
            }
        }
    }
    lines
}

#[test]
fn a_seed_makes_the_same_trace_everywhere() {
    let hashes = hashes();
    if std::env::var_os("ANYDGRAM_SIM_BLESS").is_some() {
        std::fs::write(FILE, &hashes).unwrap();
    }
    let known = std::fs::read_to_string(FILE).unwrap();
    let both = known.lines().zip(hashes.lines());
    let others: Vec<_> = both.filter(|(known, seen)| known != seen).collect();
    assert!(
        others.is_empty() && known.lines().count() == hashes.lines().count(),
        "if sockets, stacks or scenarios do something else now, and that is meant: ANYDGRAM_SIM_BLESS=1; known and seen: \
         {others:#?}"
    );
}

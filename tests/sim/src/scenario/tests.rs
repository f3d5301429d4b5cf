//! Scenarios run the same each time, and hold what they promise.

use super::*;
use crate::fault::Rates;

#[test]
fn the_same_seed_makes_the_same_trace() {
    for scenario in SCENARIOS {
        for seed in 0..20 {
            let options = WorldOptions::new(seed).rates(Rates::all());
            let once = scenario.run(&options);
            assert_eq!(scenario.run(&options), once, "{} {seed}", scenario.name);
            let (again, records) = scenario.run_and(&options.keep_records(), |world| {
                world
                    .records()
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            });
            assert_eq!(again.hash, once.hash, "whether records are kept or not");
            assert!(!records.is_empty());
        }
    }
}

#[test]
fn another_seed_makes_another_trace() {
    for scenario in SCENARIOS {
        let hash = |seed| {
            scenario
                .run(&WorldOptions::new(seed).rates(Rates::all()))
                .hash
        };
        let hashes: alloc::collections::BTreeSet<u64> = (0..50).map(hash).collect();
        assert_eq!(hashes.len(), 50);
    }
}

#[test]
fn nothing_is_violated_with_all_faults() {
    for scenario in SCENARIOS {
        let explored = explore(
            &scenario,
            &WorldOptions::new(0).rates(Rates::all()),
            100,
            |_| true,
        );
        assert_eq!(explored.failures, [], "{}", scenario.name);
        assert!(explored.faults > 1_000, "{explored}");
    }
}

#[test]
fn a_script_of_all_faults_plays_as_the_seed_did() {
    for scenario in SCENARIOS {
        for seed in 0..20 {
            let options = WorldOptions::new(seed).rates(Rates::all());
            let drawn = scenario.run(&options);
            let script = options.script(drawn.faults.clone());
            assert_eq!(scenario.run(&script), drawn, "{} {seed}", scenario.name);
        }
    }
}

#[test]
fn without_faults_all_is_soon_found() {
    for scenario in SCENARIOS {
        let outcome = scenario.run(&WorldOptions::new(1));
        assert_eq!((outcome.violation, outcome.faults), (None, vec![]));
    }
}

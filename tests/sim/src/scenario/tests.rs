//! Scenarios run the same each time at either level, and hold what they promise.

use super::*;
use crate::fault::{Kind, Rates};
use crate::world::Level;

/// Each scenario at each level, with all faults.
fn all() -> impl Iterator<Item = (Scenario, WorldOptions)> {
    let options = |level| WorldOptions::new(0).level(level).rates(Rates::all());
    SCENARIOS
        .into_iter()
        .flat_map(move |scenario| Level::ALL.map(|level| (scenario, options(level))))
}

#[test]
fn the_same_seed_makes_the_same_trace() {
    for (scenario, options) in all() {
        for seed in 0..20 {
            let options = options.clone().seed(seed);
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
fn a_world_in_memory_that_others_had_is_as_in_new_one() {
    let mut memory = Memory::default();
    for (scenario, options) in all() {
        for seed in 0..5 {
            let options = options.clone().seed(seed);
            let (again, ()) = scenario.run_in(&mut memory, &options, |_| ());
            assert_eq!(scenario.run(&options), again, "{} {seed}", scenario.name);
        }
    }
}

#[test]
fn another_seed_makes_another_trace() {
    for (scenario, options) in all() {
        let hash = |seed| scenario.run(&options.clone().seed(seed)).hash;
        let hashes: alloc::collections::BTreeSet<u64> = (0..50).map(hash).collect();
        assert_eq!(hashes.len(), 50);
    }
}

/// Explores twice, and has both be the same.
fn explore_twice(level: Level, seeds: u64) {
    for (scenario, options) in all().filter(|(_, options)| options.level == level) {
        let explored = explore(&scenario, &options, seeds, |_| true);
        assert_eq!(explored.failures, [], "{}", scenario.name);
        assert!(explored.faults > 10 * seeds, "{explored}");
        let again = explore(&scenario, &options, seeds, |_| true);
        assert_eq!(again, explored);
    }
}

#[test]
fn nothing_is_violated_with_all_faults_among_datagrams() {
    explore_twice(Level::Datagrams, 100);
}

#[test]
fn nothing_is_violated_with_all_faults_among_frames() {
    explore_twice(Level::Frames, 100);
}

#[test]
fn a_script_of_all_faults_plays_as_the_seed_did() {
    for (scenario, options) in all() {
        for seed in 0..20 {
            let options = options.clone().seed(seed);
            let drawn = scenario.run(&options);
            let script = options.script(drawn.faults.clone());
            assert_eq!(scenario.run(&script), drawn, "{} {seed}", scenario.name);
        }
    }
}

#[test]
fn without_faults_all_is_soon_found() {
    for (scenario, options) in all() {
        let outcome = scenario.run(&options.rates(Rates::none()));
        assert_eq!((outcome.violation, outcome.faults), (None, vec![]));
    }
}

#[test]
fn only_frames_are_counted_as_frames() {
    for (scenario, options) in all() {
        let outcome = scenario.run(&options);
        assert!(outcome.datagrams > 0);
        assert_eq!(outcome.frames > 0, options.level == Level::Frames);
        assert!(outcome.frames == 0 || outcome.frames > outcome.datagrams);
    }
}

#[test]
fn every_fault_and_every_drop_is_reached() {
    let mut reached = BTreeMap::new();
    for (scenario, options) in all().filter(|(_, options)| options.level == Level::Datagrams) {
        // 2,000 worlds in all.
        let explored = explore(&scenario, &options, 2_000 / SCENARIOS.len() as u64, |_| {
            true
        });
        for (kind, count) in explored.kinds {
            *reached.entry(kind.to_owned()).or_insert(0) += count;
        }
        for (why, count) in explored.drops {
            *reached.entry(why.to_string()).or_insert(0) += count;
        }
    }
    // Among datagrams there are no frames to be refused.
    let drops = Why::ALL.into_iter();
    let drops = drops.filter(|why| !matches!(why, Why::RingFull | Why::Unfit));
    let drops = drops.map(|why| why.to_string());
    for name in Kind::NAMES.map(str::to_owned).into_iter().chain(drops) {
        let count = reached.get(&name).copied().unwrap_or(0);
        assert!(count >= 100, "{name}: {count} times");
    }
}

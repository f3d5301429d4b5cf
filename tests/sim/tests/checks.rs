//! Scenarios as somebody's own tests.

extern crate alloc;

use alloc::rc::Rc;
use core::cell::Cell;
use core::time::Duration;
use std::panic::catch_unwind;

use anydgram_sim::{
    HostOptions, NoScript, Nobody, Rates, Scenario, SegmentOptions, Violation, World, WorldOptions,
};

fn run(world: &mut World<'_>, may_crash: bool) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let mut boots = 0;
    let started = Rc::new(Cell::new(0));
    let seen = Rc::clone(&started);
    let host = world.add_host("host", HostOptions::new(), move |_| {
        boots += 1;
        started.set(boots);
        Box::new(Nobody)
    });
    world.plug_in(host, segment, &["192.0.2.1/24"]);
    world.add_invariant("it starts once", move |_| match seen.get() {
        starts if starts > 1 && !may_crash => Err(format!("{starts} times")),
        _ => Ok(()),
    });
    world.run_for(Duration::from_secs(60))
}

const STURDY: Scenario = Scenario::new("sturdy", "a host that may crash", |world| run(world, true));
const FRAIL: Scenario = Scenario::new("frail", "one that may not", |world| run(world, false));

fn all() -> WorldOptions {
    WorldOptions::new(0).rates(Rates::all())
}

#[test]
fn what_holds_passes() {
    STURDY.check(&all(), 20);
}

#[test]
fn what_fails_says_how_to_see_it_again() {
    let panic = catch_unwind(|| FRAIL.check(&all(), 100)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("frail: it starts once: 2 times"), "{text}");
    assert!(text.contains("again by SIM_SEED="), "{text}");
    let (_, script) = text.split_once("as a script:\n").unwrap();
    let faults: Vec<&str> = script.lines().skip(2).collect();
    assert!(
        matches!(faults[..], [fault] if fault.contains(" crash ")),
        "one crash is enough: {script}"
    );
    assert_eq!(STURDY.recheck(&all(), script), Ok(()));
    let panic = catch_unwind(|| FRAIL.recheck(&all(), script)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("2 times"), "{text}");
}

#[test]
fn a_script_must_be_one() {
    assert_eq!(STURDY.recheck(&all(), "nothing"), Err(NoScript::Seed));
}

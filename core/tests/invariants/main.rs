//! Random sequences of calls and backend inputs, in any order, on sockets with hardly any memory.
//!
//! Each step is done to a socket and to a model of it that is as plain as can be, and everything that can
//! be seen is compared: returned values, errors with their texts, actions, datagrams, events, counters,
//! states. Beside that, `record.rs` checks the invariants on what was seen alone.
//!
//! At the end, a helpful backend and an application that polls bring everything to rest: no send may be
//! left, each has been completed exactly once, and `Close` is the last event.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a test does not expect is a failure, whatever it is"
)]

extern crate alloc;

#[cfg(all(test, feature = "alloc"))]
mod growable;
#[cfg(test)]
mod model;
#[cfg(test)]
mod pair;
#[cfg(test)]
mod record;
#[cfg(test)]
mod step;
#[cfg(test)]
mod world;

use proptest::prelude::*;

use anydgram_core::{Socket, SocketSlot, Sockets};
use step::{Config, Step, call_without_name, config, configs, steps};
use world::{Memory, POLLS, World};

/// Runs a sequence on sockets in fixed memory; all that has come out.
fn run(configs: &[Config], steps: &[(usize, Step)]) -> String {
    let mut memory: [Memory; 3] = Default::default();
    let all = memory.iter_mut().zip(configs);
    run_on(
        all.map(|(memory, config)| (memory.socket(*config), *config)),
        steps,
    )
}

fn run_on<'s>(all: impl Iterator<Item = (Socket<'s>, Config)>, steps: &[(usize, Step)]) -> String {
    let mut slots: [SocketSlot<'s>; 3] = Default::default();
    let mut world = World::new(Sockets::new(&mut slots), all.collect());
    for (which, step) in steps {
        world.step(*which, *step);
    }
    world.drain();
    world.transcript
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 100_000,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn sockets_do_what_their_models_do(configs in configs(), steps in steps()) {
        run(&configs, &steps);
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn the_same_inputs_give_the_same_outputs(configs in configs(), steps in steps()) {
        prop_assert_eq!(run(&configs, &steps), run(&configs, &steps));
    }
}

/// Makes calls without names, a few at a time, and polls in this order after each few. The events, the
/// datagrams, and the actions, each in their order.
fn run_in_order(config: Config, calls: &[Vec<Step>], polls: [Step; 3]) -> [String; 3] {
    let mut memory = Memory::default();
    let mut slots = [SocketSlot::new()];
    let socket = (memory.socket(config), config);
    let mut world = World::new(Sockets::new(&mut slots), [socket].into());
    for calls in calls {
        for call in calls {
            world.step(0, *call);
        }
        world.come_to_rest(0, polls);
    }
    POLLS.map(|poll| {
        let head = format!("0 {poll:?}: ");
        let lines = world.transcript.lines();
        let polled = lines.filter_map(|line| line.strip_prefix(&head));
        let some = polled.filter(|text| !text.is_empty() && *text != "None");
        some.collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn the_order_of_polling_makes_no_difference(
        mut config in config(),
        calls in prop::collection::vec(prop::collection::vec(call_without_name(), 1..5), 1..8),
    ) {
        // A name under look-up is overtaken by what is polled before its answer; that is meant.
        config.look_up_always = false;
        let expected = run_in_order(config, &calls, POLLS);
        let [action, transmit, event] = POLLS;
        for polls in [
            [action, event, transmit],
            [transmit, action, event],
            [transmit, event, action],
            [event, action, transmit],
            [event, transmit, action],
        ] {
            prop_assert_eq!(&run_in_order(config, &calls, polls), &expected);
        }
    }
}

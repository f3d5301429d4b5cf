//! Memory on the heap makes no difference.

use anydgram_core::{Limits, Socket};
use proptest::prelude::*;

use crate::step::{Config, Step, configs, steps};
use crate::world::{options, room};
use crate::{cases, run, run_on};

/// Runs a sequence on sockets whose memory grows as far as the fixed one reaches; all that has come out.
fn run_on_heap(configs: &[Config], steps: &[(usize, Step)]) -> String {
    let all = configs.iter().map(|config| {
        let room = room(config.storage);
        let mut limits = Limits::new();
        limits.bytes = room.bytes;
        limits.sends = room.sends;
        limits.memberships = room.memberships;
        limits.events = room.events;
        limits.rules = room.rules;
        (Socket::with_heap(options(*config), limits), *config)
    });
    run_on(all, steps)
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn memory_on_the_heap_makes_no_difference(configs in configs(), steps in steps()) {
        prop_assert_eq!(run_on_heap(&configs, &steps), run(&configs, &steps));
    }
}

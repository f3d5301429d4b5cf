//! Long random sequences, on sockets of all kinds of memory.

use anydgram_model::{Config, Move, Symbol, check, check_order, outputs};
use proptest::prelude::*;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 100_000,
        ..ProptestConfig::with_cases(cases)
    }
}

/// One socket, or a few.
fn configs() -> impl Strategy<Value = Vec<Config>> {
    let config = || any::<u8>().prop_map(Config::from_byte);
    prop_oneof![
        2 => prop::collection::vec(config(), 1),
        1 => prop::collection::vec(config(), 2..=3),
    ]
}

/// Calls as often as what the backend does, so that the queues are full, and empty again.
fn moves() -> impl Strategy<Value = Vec<Move>> {
    let (calls, inputs): (Vec<_>, Vec<_>) = Symbol::all()
        .into_iter()
        .partition(|symbol| symbol.is_call());
    let often = [
        "bind",
        "connect",
        "send",
        "send-peer",
        "action",
        "done",
        "sent",
        "event",
    ];
    let often = often.map(|name| Symbol::named(name).expect("it is one"));
    let symbol = prop_oneof![
        2 => prop::sample::select(often.to_vec()),
        1 => prop::sample::select(calls),
        1 => prop::sample::select(inputs),
    ];
    let one = (0..3_usize, symbol).prop_map(|(socket, symbol)| Move { socket, symbol });
    prop::collection::vec(one, 1..80)
}

/// Calls that need no look-up: a name under look-up is overtaken by what is polled before its answer, which is meant.
fn calls() -> impl Strategy<Value = Vec<Vec<Move>>> {
    let mut calls = Symbol::all();
    calls.retain(|symbol| symbol.is_call() && !symbol.names_host());
    let call = prop::sample::select(calls).prop_map(|symbol| Move { socket: 0, symbol });
    prop::collection::vec(prop::collection::vec(call, 1..5), 1..8)
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn sockets_do_what_their_models_do(configs in configs(), moves in moves()) {
        if let Err(violation) = check(&configs, &moves, None) {
            prop_assert!(false, "{configs:?}: {violation}");
        }
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn the_same_inputs_give_the_same_outputs(configs in configs(), moves in moves()) {
        let expected = outputs(&configs, &moves);
        prop_assert!(expected.is_ok());
        prop_assert_eq!(outputs(&configs, &moves), expected);
    }

    #[test]
    fn memory_on_the_heap_makes_no_difference(configs in configs(), moves in moves()) {
        let on_heap: Vec<Config> = configs.iter().map(|config| config.on_heap()).collect();
        prop_assert_eq!(outputs(&on_heap, &moves), outputs(&configs, &moves));
    }

    #[test]
    fn the_order_of_polling_makes_no_difference(byte in any::<u8>(), calls in calls()) {
        let config = Config::from_byte(byte).look_up_always(false);
        if let Err(violation) = check_order(config, &calls) {
            prop_assert!(false, "{config:?}: {violation}");
        }
    }
}

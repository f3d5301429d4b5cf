//! All short sequences; `.ci/run` has longer ones.

use anydgram_core::FullQueue;
use anydgram_model::{Alphabet, Capacity, Config, Explored, Search, Symbol, check, moves_of};

fn explore(config: Config, alphabet: Alphabet, sockets: usize, length: u32) -> Explored {
    let mut search = Search::new(config, alphabet.symbols(), length);
    search.configs = vec![config; sockets];
    search.threads = 2;
    let size = search.size();
    let explored = search.run(&|_| ());
    if let Some(violation) = &explored.violation {
        panic!("{config:?}: {violation}");
    }
    assert_eq!((explored.sequences, explored.length), (size, length));
    explored
}

#[test]
fn short_sequences_do_what_the_model_does() {
    for capacity in [Capacity::One, Capacity::Two] {
        explore(Config::new(capacity), Alphabet::Small, 1, 4);
        explore(Config::new(capacity), Alphabet::Full, 1, 3);
        explore(Config::new(capacity), Alphabet::Wide, 1, 2);
    }
}

#[test]
fn two_sockets_do_what_their_models_do() {
    for capacity in [Capacity::One, Capacity::Two] {
        explore(Config::new(capacity), Alphabet::Small, 2, 3);
    }
}

#[test]
fn a_queue_that_was_full_is_drained_whatever_was_full_below_it() {
    for policy in [
        FullQueue::Reject,
        FullQueue::DropOldest,
        FullQueue::DropNewest,
    ] {
        explore(
            Config::new(Capacity::Two).full_queue(policy),
            Alphabet::Room,
            1,
            3,
        );
        let config = Config::new(Capacity::One).full_queue(policy);
        let is_all = policy == FullQueue::Reject;
        let mut search = Search::new(
            config,
            Alphabet::Room.symbols(),
            if is_all { 99 } else { 7 },
        );
        search.is_merged = true;
        search.threads = 2;
        let explored = search.run(&|_| ());
        assert_eq!(explored.violation, None, "{config:?}");
        // There is nothing else that a socket can come to by these.
        assert_eq!(explored.is_complete, is_all);
        assert!(explored.coverage.distinct_states() > 500);
        for symbol in Alphabet::Room.symbols() {
            assert!(explored.coverage.of_symbol(symbol) > 100, "{symbol:?}");
        }
    }
}

#[test]
fn any_memory_policy_and_resolver_will_do() {
    for byte in 0..75 {
        explore(Config::from_byte(byte), Alphabet::Small, 1, 2);
        explore(Config::from_byte(byte).on_heap(), Alphabet::Full, 1, 1);
    }
}

#[test]
fn every_symbol_and_state_is_reached() {
    let config = Config::new(Capacity::Two).full_queue(FullQueue::DropOldest);
    let mut search = Search::new(config, Alphabet::Small.symbols(), 10);
    search.is_merged = true;
    search.threads = 2;
    let explored = search.run(&|_| ());
    assert_eq!(explored.violation, None);
    for symbol in Alphabet::Small.symbols() {
        assert!(explored.coverage.of_symbol(symbol) > 100, "{symbol:?}");
    }
    // Unbound, binding, bound, closed, closed while binding, finished; not all of them can be connecting or
    // connected.
    assert_eq!(explored.coverage.states(), 12);
    assert!(explored.coverage.ways() > 30, "{}", explored.coverage);
    assert!(explored.coverage.distinct_states() > 1_000);
}

#[test]
fn alphabets_are_as_large_as_they_say() {
    let all = [
        Alphabet::Small,
        Alphabet::Room,
        Alphabet::Full,
        Alphabet::Wide,
    ];
    let sizes = all.map(|alphabet| alphabet.symbols().len());
    assert_eq!(sizes, [12, 16, 27, 124]);
}

#[test]
fn a_sequence_is_read_as_it_is_printed() {
    for symbol in Symbol::all() {
        assert_eq!(Symbol::named(symbol.name()), Some(symbol));
    }
    let text = "bind, send, 2:close";
    let moves = moves_of(text).unwrap();
    assert_eq!(anydgram_model::text_of(&moves), text);
    let configs = [Config::new(Capacity::One); 2];
    assert_eq!(check(&configs, &moves, None), Ok(()));
    for wrong in ["bnd", "0:bind", "x:bind", "bind; send"] {
        assert!(moves_of(wrong).is_err(), "{wrong}");
    }
}

//! Faults that are planted between the socket and its checks are found, each by a sequence of six symbols or fewer.

use anydgram_model::{Alphabet, Capacity, Config, Fault, Search, check};

#[test]
fn every_planted_fault_is_found_within_six_symbols() {
    for fault in Fault::ALL {
        // Some need two of a kind.
        let config = Config::new(if fault == Fault::SwapsBytes {
            Capacity::Two
        } else {
            Capacity::One
        });
        let alphabet = if fault == Fault::ForgetsAsked {
            Alphabet::Room
        } else {
            Alphabet::Full
        };
        let mut search = Search::new(config, alphabet.symbols(), 6);
        search.is_merged = true;
        search.threads = 2;
        search.fault = Some(fault);
        let explored = search.run(&|_| ());
        let violation = explored.violation.expect("it is there to be found");
        assert!(violation.moves.len() <= 6, "{fault:?}: {violation}");
        assert_eq!(
            check(&[config], &violation.moves, None),
            Ok(()),
            "{fault:?}"
        );
        let again = check(&[config], &violation.moves, Some(fault));
        assert_eq!(again, Err(violation), "{fault:?}");
    }
}

#[test]
fn the_shortest_sequence_is_reported_whatever_the_number_of_threads() {
    for (fault, length) in [
        (Fault::ClosesTwice, 0),
        (Fault::LosesCompletion, 1),
        (Fault::NeverConnects, 1),
        (Fault::ObeysWhenClosed, 2),
    ] {
        let found = [1, 3].map(|threads| {
            let config = Config::new(Capacity::One);
            let mut search = Search::new(config, Alphabet::Full.symbols(), 5);
            search.threads = threads;
            search.is_merged = threads == 3;
            search.fault = Some(fault);
            search.run(&|_| ()).violation
        });
        let [one, three] = found.map(|violation| violation.expect("it is there to be found"));
        assert_eq!(one.moves.len(), length, "{one}");
        assert_eq!(one.moves.len(), three.moves.len(), "{one} and {three}");
    }
}

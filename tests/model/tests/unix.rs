//! All short sequences of a Unix socket; `anydgram-model --unix` has longer ones.

use anydgram_model::{UnixCapacity, explore_unix, unix_calls};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn short_sequences_of_a_unix_socket_do_what_the_model_does() {
    for capacity in [UnixCapacity::Small, UnixCapacity::Large] {
        for length in 0..4 {
            match explore_unix(capacity, length) {
                Ok(count) => assert_eq!(count, 22_u64.pow(length)),
                Err(violation) => panic!("{capacity:?}: {violation}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn long_sequences_do_too(bytes in vec(any::<u8>(), 0..200)) {
        unix_calls(&bytes);
    }
}

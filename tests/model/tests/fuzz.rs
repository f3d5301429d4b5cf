//! What fuzzers feed is what was meant.

use anydgram_model::{backend_bytes, calls_bytes, moves_of};

#[test]
fn bytes_are_the_moves_that_they_were_made_of() {
    let moves = moves_of("bind, 2:send, action, done, 2:event").expect("they are moves");
    let calls = calls_bytes([3, 4], &moves);
    assert_eq!(calls.len(), 3 + moves.len());
    assert_eq!((calls[3] / 128, calls[4] / 128), (0, 1));
    // Two calls, seven places apart, and three inputs after the second one.
    assert_eq!(backend_bytes([3, 4], &moves).len(), 3 + 8 + 4);
    anydgram_model::calls(&calls);
    anydgram_model::backend(&backend_bytes([3, 4], &moves));
}

#[test]
fn any_bytes_are_a_sequence() {
    for byte in 0..=u8::MAX {
        anydgram_model::calls(&[byte; 40]);
        anydgram_model::backend(&[byte; 40]);
        anydgram_model::calls(&[byte]);
    }
    anydgram_model::calls(&[]);
    anydgram_model::backend(&[]);
}

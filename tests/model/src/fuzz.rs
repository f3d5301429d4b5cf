//! Sequences from bytes, for fuzzers. The model is the oracle.

use crate::config::Config;
use crate::run::check;
use crate::symbol::{Move, Symbol};

/// Sockets in one sequence, at most.
const SOCKETS: u8 = 2;

/// Anything at all: the first byte says how many sockets there are, the next ones what they are, and each after that
/// is a symbol.
///
/// # Panics
/// If a socket does anything but what its model does.
pub fn calls(data: &[u8]) {
    let all = Symbol::all();
    run(data, |bytes| moves_of(bytes, &all));
}

/// What a backend does: answers in any order, late, doubled, and for what is not there; between them, a few calls give
/// it something to do.
///
/// # Panics
/// If a socket does anything but what its model does.
pub fn backend(data: &[u8]) {
    let (calls, inputs): (Vec<_>, Vec<_>) = Symbol::all()
        .into_iter()
        .partition(|symbol| symbol.is_call());
    // Seven of eight bytes are the backend's.
    run(data, |bytes| {
        let symbol = |(number, byte): (usize, &u8)| {
            let from = if number % 8 == 0 { &calls } else { &inputs };
            move_of(*byte, from)
        };
        bytes.iter().enumerate().map(symbol).collect()
    });
}

#[expect(clippy::panic, reason = "that is how a fuzzer is told")]
fn run(data: &[u8], moves: impl FnOnce(&[u8]) -> Vec<Move>) {
    let Some((count, rest)) = data.split_first() else {
        return;
    };
    let count = usize::from(count % SOCKETS) + 1;
    let Some((configs, rest)) = rest.split_at_checked(count) else {
        return;
    };
    let configs: Vec<Config> = configs
        .iter()
        .map(|byte| Config::from_byte(*byte))
        .collect();
    if let Err(violation) = check(&configs, &moves(rest), None) {
        panic!("{configs:?}: {violation}");
    }
}

fn moves_of(bytes: &[u8], symbols: &[Symbol]) -> Vec<Move> {
    bytes.iter().map(|byte| move_of(*byte, symbols)).collect()
}

/// The symbol of a byte; those above are for the second socket.
fn move_of(byte: u8, symbols: &[Symbol]) -> Move {
    let byte = usize::from(byte);
    Move {
        socket: byte / 128,
        symbol: symbols[byte % 128 % symbols.len()],
    }
}

//! Sequences from bytes, for fuzzers. The model is the oracle.

use crate::config::Config;
use crate::run::check;
use crate::symbol::{Move, Symbol};

/// Sockets in one sequence, at most.
const SOCKETS: u8 = 2;
/// The values of a byte for each of them.
const HALF: usize = 128;
/// One byte in so many is a call of the application.
const CALL_EVERY: usize = 8;

/// Anything at all: the first byte says how many sockets there are, the next ones what they are, and each after that
/// is a symbol.
///
/// # Panics
/// If a socket does anything but what its model does.
pub fn calls(data: &[u8]) {
    let all = Symbol::all();
    run(data, |bytes| {
        bytes.iter().map(|byte| move_of(*byte, &all)).collect()
    });
}

/// What a backend does: answers in any order, late, doubled, and for what is not there.
///
/// One byte in eight is a call, which gives the backend something to do.
///
/// # Panics
/// If a socket does anything but what its model does.
pub fn backend(data: &[u8]) {
    let (calls, inputs) = parted();
    run(data, |bytes| {
        let symbol = |(place, byte): (usize, &u8)| {
            let is_call = place % CALL_EVERY == 0;
            move_of(*byte, if is_call { &calls } else { &inputs })
        };
        bytes.iter().enumerate().map(symbol).collect()
    });
}

/// The bytes with which [`calls`] does this, on two sockets of configurations with these numbers.
#[must_use]
pub fn calls_bytes(configs: [u8; 2], moves: &[Move]) -> Vec<u8> {
    let all = Symbol::all();
    let bytes = moves.iter().map(|given| byte_of(*given, &all));
    [SOCKETS - 1, configs[0], configs[1]]
        .into_iter()
        .chain(bytes)
        .collect()
}

/// The bytes with which [`backend`] does this; the driver takes a turn where the next move has no place.
#[must_use]
pub fn backend_bytes(configs: [u8; 2], moves: &[Move]) -> Vec<u8> {
    let (calls, inputs) = parted();
    let turn = inputs.iter().position(|symbol| symbol.name() == "turn");
    let turn = turn.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
    // A call that is refused stands where there is none to make.
    let harmless = calls
        .iter()
        .position(|symbol| symbol.name() == "connect-port-0");
    let harmless = harmless.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
    let mut bytes = Vec::new();
    for given in moves {
        if given.symbol.is_call() {
            bytes.resize(bytes.len().next_multiple_of(CALL_EVERY), turn);
            bytes.push(byte_of(*given, &calls));
        } else {
            if bytes.len() % CALL_EVERY == 0 {
                bytes.push(harmless);
            }
            bytes.push(byte_of(*given, &inputs));
        }
    }
    [&[SOCKETS - 1, configs[0], configs[1]], &bytes[..]].concat()
}

/// The calls, and what the backend and the network do.
fn parted() -> (Vec<Symbol>, Vec<Symbol>) {
    let all = Symbol::all().into_iter();
    all.partition(|symbol| symbol.is_call())
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
    let configs = configs.iter().map(|byte| Config::from_byte(*byte));
    let configs: Vec<Config> = configs.collect();
    if let Err(violation) = check(&configs, &moves(rest), None) {
        panic!("{configs:?}: {violation}");
    }
}

/// The symbol of a byte; those above are for the second socket.
fn move_of(byte: u8, symbols: &[Symbol]) -> Move {
    let byte = usize::from(byte);
    Move {
        socket: byte / HALF,
        symbol: symbols[byte % HALF % symbols.len()],
    }
}

fn byte_of(given: Move, symbols: &[Symbol]) -> u8 {
    let place = symbols.iter().position(|symbol| *symbol == given.symbol);
    let byte = place.unwrap_or(0) + given.socket * HALF;
    u8::try_from(byte).unwrap_or(u8::MAX)
}

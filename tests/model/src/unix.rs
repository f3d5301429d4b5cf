//! An independent model of a Unix socket, and all short sequences of calls and answers, compared with it: what each returns, each
//! action, datagram and event, and all that can be asked after every step; then the socket is closed, and everything polled.
//!
//! `symbol.rs` has what can be done, `model.rs` what has to be seen, `subject.rs` the socket under test.

mod model;
mod subject;
mod symbol;

use core::fmt;

use anydgram_core::{BindState, ConnectState, InFlight, Stats};

use model::Model;
use subject::Subject;
pub use symbol::UnixSymbol;

/// How much the memory of a Unix socket holds: sends and events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a little, and enough")]
pub enum UnixCapacity {
    /// Two calls and four events, one of which is the close.
    Small,
    /// Eight calls and sixteen events.
    Large,
}

/// What can be asked at any time.
#[derive(Clone, Debug, PartialEq)]
struct View {
    bind: BindState,
    connect: ConnectState,
    is_closed: bool,
    is_finished: bool,
    is_ready: bool,
    /// How many datagrams wait, and their bytes.
    queue: (usize, usize),
    in_flight: InFlight,
    stats: Stats,
    /// The addresses, or why there are none.
    own: Result<&'static str, &'static str>,
    peer: Result<&'static str, &'static str>,
}

/// A sequence after which the socket and the model differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnixViolation {
    /// The sequence.
    pub sequence: Vec<UnixSymbol>,
    /// What differs.
    pub what: String,
}

impl fmt::Display for UnixViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.sequence, self.what)
    }
}

impl core::error::Error for UnixViolation {}

/// Runs all sequences of `length` symbols, and says how many there were.
///
/// # Errors
/// The first after which socket and model differ.
pub fn explore_unix(capacity: UnixCapacity, length: u32) -> Result<u64, UnixViolation> {
    let count = symbol::ALL.len();
    let mut at = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    let mut sequences = 0;
    loop {
        let sequence: Vec<UnixSymbol> = at.iter().map(|&symbol| symbol::ALL[symbol]).collect();
        check_unix(capacity, &sequence)?;
        sequences += 1;
        // The next in order: the last symbol changes first.
        let Some(last) = at.iter().rposition(|&symbol| symbol + 1 < count) else {
            return Ok(sequences);
        };
        at[last] += 1;
        at[last + 1..].fill(0);
    }
}

/// Runs one sequence, then closes the socket and polls everything.
///
/// # Errors
/// Socket and model differ.
pub fn check_unix(capacity: UnixCapacity, sequence: &[UnixSymbol]) -> Result<(), UnixViolation> {
    subject::with(capacity, |subject| {
        let mut model = Model::new(capacity);
        let all = sequence.iter().chain(&symbol::END);
        for (step, &symbol) in all.enumerate() {
            let seen = compare(subject, &mut model, symbol);
            seen.map_err(|what| UnixViolation {
                sequence: sequence.to_vec(),
                what: format!("step {step}, {symbol:?}: {what}"),
            })?;
        }
        if subject.view().is_finished {
            return Ok(());
        }
        Err(UnixViolation {
            sequence: sequence.to_vec(),
            what: "it has not ended".to_owned(),
        })
    })
}

/// Runs a sequence from bytes, for fuzzers: the first says how much memory there is, and each after that is a symbol.
///
/// # Panics
/// If the socket does anything but what its model does.
pub fn unix_calls(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let capacity = if first.is_multiple_of(2) {
        UnixCapacity::Small
    } else {
        UnixCapacity::Large
    };
    let symbol = |byte: &u8| symbol::ALL[usize::from(*byte) % symbol::ALL.len()];
    let sequence: Vec<UnixSymbol> = rest.iter().map(symbol).collect();
    if let Err(violation) = check_unix(capacity, &sequence) {
        panic!("{capacity:?}: {violation}");
    }
}

/// The bytes with which [`unix_calls`] does this.
#[must_use]
pub fn unix_calls_bytes(capacity: UnixCapacity, sequence: &[UnixSymbol]) -> Vec<u8> {
    let first = u8::from(capacity == UnixCapacity::Large);
    let at = |wanted: &UnixSymbol| symbol::ALL.iter().position(|symbol| symbol == wanted);
    let bytes = sequence.iter().filter_map(at);
    let bytes = bytes.filter_map(|at| u8::try_from(at).ok());
    core::iter::once(first).chain(bytes).collect()
}

fn compare(subject: &mut Subject<'_>, model: &mut Model, symbol: UnixSymbol) -> Result<(), String> {
    let (seen, expected) = (subject.step(symbol), model.step(symbol));
    if seen != expected {
        return Err(format!("saw '{seen}', expected '{expected}'"));
    }
    let (seen, expected) = (subject.view(), model.view());
    if seen == expected {
        Ok(())
    } else {
        Err(format!("shows {seen:?}, expected {expected:?}"))
    }
}

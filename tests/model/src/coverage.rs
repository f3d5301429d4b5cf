//! What sequences have reached.

use alloc::collections::BTreeMap;
use core::fmt;
use std::collections::HashSet;

use anydgram_core::{BindState, ConnectState};

use crate::seen::View;
use crate::symbol::Symbol;

/// Where a socket is: how far it is bound or closed, and how far it is connected.
pub(crate) type State = (&'static str, &'static str);

pub(crate) const fn state_of(view: &View) -> State {
    let life = match (view.is_finished, view.is_closed, view.bind) {
        (true, ..) => "finished",
        (false, true, BindState::Binding) => "closed while binding",
        (false, true, _) => "closed",
        (false, false, BindState::Unbound) => "unbound",
        (false, false, BindState::Binding) => "binding",
        (false, false, BindState::Bound) => "bound",
    };
    let connection = match view.connect {
        ConnectState::Disconnected => "disconnected",
        ConnectState::Connecting => "connecting",
        ConnectState::Connected => "connected",
    };
    (life, connection)
}

/// How often what was reached: each sequence counts with its last symbol, and where that has led.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    symbols: BTreeMap<&'static str, u64>,
    states: BTreeMap<State, u64>,
    ways: BTreeMap<(State, State), u64>,
    /// Everything that decides what comes next, as hashes.
    distinct_states: HashSet<u64>,
    distinct_transitions: HashSet<(u64, u8)>,
}

impl Coverage {
    /// States that differ in anything that could show later.
    #[must_use]
    pub fn distinct_states(&self) -> usize {
        self.distinct_states.len()
    }

    /// Such states, each with a symbol that was done there.
    #[must_use]
    pub fn distinct_transitions(&self) -> usize {
        self.distinct_transitions.len()
    }

    /// How often the last symbol was this one.
    #[must_use]
    pub fn of_symbol(&self, symbol: Symbol) -> u64 {
        self.symbols.get(symbol.name()).copied().unwrap_or(0)
    }

    /// The states of life and connection that were reached.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// The ways between them.
    #[must_use]
    pub fn ways(&self) -> usize {
        self.ways.len()
    }

    /// Counts a sequence; whether nothing has led to its state before.
    pub(crate) fn count(
        &mut self,
        symbol: Symbol,
        (from, from_hash): (State, u64),
        (to, to_hash): (State, u64),
    ) -> bool {
        *self.symbols.entry(symbol.name()).or_default() += 1;
        *self.states.entry(to).or_default() += 1;
        *self.ways.entry((from, to)).or_default() += 1;
        self.distinct_transitions
            .insert((from_hash, symbol.number()));
        self.distinct_states.insert(to_hash)
    }

    /// Adds what others have reached.
    pub(crate) fn merge(&mut self, other: Self) {
        for (symbol, count) in other.symbols {
            *self.symbols.entry(symbol).or_default() += count;
        }
        for (state, count) in other.states {
            *self.states.entry(state).or_default() += count;
        }
        for (way, count) in other.ways {
            *self.ways.entry(way).or_default() += count;
        }
        self.distinct_states.extend(other.distinct_states);
        self.distinct_transitions.extend(other.distinct_transitions);
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (symbol, count) in &self.symbols {
            writeln!(f, "symbol {symbol}: {count}")?;
        }
        for ((life, connection), count) in &self.states {
            writeln!(f, "state {life}, {connection}: {count}")?;
        }
        for ((from, to), count) in &self.ways {
            writeln!(
                f,
                "from {}, {} to {}, {}: {count}",
                from.0, from.1, to.0, to.1
            )?;
        }
        Ok(())
    }
}

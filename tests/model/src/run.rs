//! One sequence, from the beginning to the drain.

use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use anydgram_core::SocketSlot;

use crate::config::{Config, Memory};
use crate::fault::Fault;
use crate::symbol::{Move, text_of};
use crate::world::{POLLS, World};

/// What must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The sequence that leads there.
    pub moves: Vec<Move>,
    /// How many of them were done; all: it was seen when everything came to rest.
    pub done: usize,
    /// What was seen.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self
            .moves
            .get(self.done)
            .map_or_else(|| "at rest".into(), ToString::to_string);
        write!(f, "{}\n  {at}: {}", text_of(&self.moves), self.text)
    }
}

/// Does `moves` to sockets of these `configs` and to their models, then brings everything to rest, closes it, and
/// brings it to rest again.
///
/// # Errors
/// The first difference, or broken invariant, or panic.
pub fn check(configs: &[Config], moves: &[Move], fault: Option<Fault>) -> Result<(), Violation> {
    check_and(configs, moves, fault, |_, _| ())
}

/// The same; `look` sees the world before each move and after the last one, with the number of moves done.
pub(crate) fn check_and(
    configs: &[Config],
    moves: &[Move],
    fault: Option<Fault>,
    mut look: impl FnMut(&World<'_, '_>, usize),
) -> Result<(), Violation> {
    let mut done = 0;
    let run = || {
        in_world(configs, fault, |world| {
            for given in moves {
                look(world, done);
                world.step(given.socket % world.len(), &given.symbol.step())?;
                done += 1;
            }
            look(world, done);
            world.drain()
        })
    };
    let result = catch_unwind(AssertUnwindSafe(run));
    let result = result.unwrap_or_else(|_| Err("a panic".into()));
    result.map_err(|text| Violation {
        moves: moves.to_vec(),
        done,
        text,
    })
}

fn in_world<T>(
    configs: &[Config],
    fault: Option<Fault>,
    run: impl FnOnce(&mut World<'_, '_>) -> T,
) -> T {
    let on_heap: Option<Vec<_>> = configs.iter().map(Config::socket_on_heap).collect();
    if let Some(sockets) = on_heap {
        let mut slots: Vec<_> = configs.iter().map(|_| SocketSlot::new()).collect();
        let all = sockets.into_iter().zip(configs.iter().copied());
        return run(&mut World::new(&mut slots, all, fault));
    }
    let mut memory: Vec<Memory> = configs.iter().map(Memory::new).collect();
    let mut slots: Vec<SocketSlot<'_>> = configs.iter().map(|_| SocketSlot::new()).collect();
    let all = memory.iter_mut().zip(configs);
    let all = all.map(|(memory, config)| (memory.socket(config), *config));
    run(&mut World::new(&mut slots, all, fault))
}

/// Everything that comes out of a sequence and its drain, a line for each step.
///
/// # Errors
/// As [`check`].
pub fn outputs(configs: &[Config], moves: &[Move]) -> Result<Vec<String>, Violation> {
    let (lines, result) = trace(configs, moves, None);
    result.map(|()| lines)
}

/// The same, up to what went wrong.
pub fn trace(
    configs: &[Config],
    moves: &[Move],
    fault: Option<Fault>,
) -> (Vec<String>, Result<(), Violation>) {
    let mut lines = Vec::new();
    let mut done = 0;
    let result = in_world(configs, fault, |world| {
        world.transcript = Some(Vec::new());
        let mut result = Ok(());
        for given in moves {
            result = world.step(given.socket % world.len(), &given.symbol.step());
            if result.is_err() {
                break;
            }
            done += 1;
        }
        let result = result.and_then(|()| world.drain());
        for (which, step, seen) in world.transcript.take().unwrap_or_default() {
            lines.push(format!("{}: {step:?}: {seen:?}", which + 1));
        }
        result
    });
    let result = result.map_err(|text| Violation {
        moves: moves.to_vec(),
        done,
        text,
    });
    (lines, result)
}

/// Makes calls a few at a time, and polls until there is nothing to do after each few, in all six orders of polling.
///
/// The actions, the datagrams and the events, each in their order, must be the same.
///
/// # Errors
/// As [`check`], or which order differs.
pub fn check_order(config: Config, calls: &[Vec<Move>]) -> Result<(), Violation> {
    let violation = |text| Violation {
        moves: calls.concat(),
        done: 0,
        text,
    };
    let [action, transmit, event] = POLLS;
    let expected = in_order(config, calls, &POLLS).map_err(violation)?;
    for polls in [
        [action, event, transmit],
        [transmit, action, event],
        [transmit, event, action],
        [event, action, transmit],
        [event, transmit, action],
    ] {
        let found = in_order(config, calls, &polls).map_err(violation)?;
        if found != expected {
            let text = format!("polled as {polls:?}: {found:#?} instead of {expected:#?}");
            return Err(violation(text));
        }
    }
    Ok(())
}

type Outputs = [Vec<String>; 3];

fn in_order(
    config: Config,
    calls: &[Vec<Move>],
    polls: &[crate::step::Step],
) -> Result<Outputs, String> {
    in_world(&[config], None, |world| {
        world.transcript = Some(Vec::new());
        for calls in calls {
            for call in calls {
                world.step(0, &call.symbol.step())?;
            }
            world.come_to_rest(0, polls)?;
        }
        let transcript = world.transcript.take().unwrap_or_default();
        Ok(POLLS.map(|poll| {
            let polled = transcript.iter().filter(|(_, step, seen)| {
                core::mem::discriminant(step) == core::mem::discriminant(&poll)
                    && *seen != crate::seen::Seen::Nothing
            });
            polled.map(|(.., seen)| format!("{seen:?}")).collect()
        }))
    })
}

//! Node's table of what each call does in each state, as a table: what it says is checked without the model.
//!
//! | call | closed | unbound | binding | bound |
//! |---|---|---|---|---|
//! | `bind`, `bindSync` | not running | | already bound | already bound |
//! | `connect` | not running | | | already connected, if connecting or connected |
//! | `disconnect` | not connected, or not running if it was | not connected | not connected | not connected, unless it is |
//! | `send` | not running, after its arguments | | | |
//! | `close` | not running | | | |
//! | options | not running | out of range, then `EBADF` | the same | out of range |
//! | memberships | not running | | | |
//!
//! An empty place means that the state is no reason to refuse the call. Where Node throws what is no error of its own
//! (a raw `TypeError` on a closed socket), or gets stuck, the support table says what this is instead.

use anydgram_core::{BindState, ConnectState};

use crate::seen::{Seen, View};
use crate::step::{Sending, Setting, Step};

const NOT_RUNNING: &str = "ERR_SOCKET_DGRAM_NOT_RUNNING";
const ALREADY_BOUND: &str = "ERR_SOCKET_ALREADY_BOUND";
const IS_CONNECTED: &str = "ERR_SOCKET_DGRAM_IS_CONNECTED";
const NOT_CONNECTED: &str = "ERR_SOCKET_DGRAM_NOT_CONNECTED";
const BAD_PORT: &str = "ERR_SOCKET_BAD_PORT";
/// What a call may fail with in any state: for want of memory, or for what it was given.
const ANYWHERE: [&str; 4] = [
    "ERR_SOCKET_DGRAM_QUEUE_FULL",
    "ERR_SOCKET_DGRAM_NAME_TOO_LONG",
    "ERR_INVALID_ARG_VALUE",
    "ERR_IP_BLOCKED",
];

/// Whether a call did what the table says, and changed nothing if it was refused.
pub(crate) fn check(step: &Step, seen: &Seen, before: &View, after: &View) -> Result<(), String> {
    check_states(step, before, after)?;
    let Some(reason) = reason_to_refuse(step, before) else {
        return Ok(());
    };
    let refused = match seen {
        Seen::Refused(failure) => Some(failure.code),
        _ => None,
    };
    let is_lawful = match (reason, refused) {
        (Some(code), refused) => refused == Some(code),
        (None, None) => true,
        (None, Some(code)) => ANYWHERE.contains(&code) || is_of_membership(step, code),
    };
    if !is_lawful {
        return Err(format!("{seen:?}, where Node's reason is {reason:?}"));
    }
    if refused.is_some() && !matches!(step, Step::ConnectSync(..)) {
        let mut unchanged = before.clone();
        if matches!(step, Step::Send(_)) {
            let stats = &mut unchanged.stats;
            stats.overflowed = after.stats.overflowed;
            stats.buffer_full = after.stats.buffer_full;
            stats.memory_full = after.stats.memory_full;
        }
        if unchanged != *after {
            return Err(format!(
                "it was refused, and changed {before:?} to {after:?}"
            ));
        }
    }
    Ok(())
}

/// Why a call must be refused; no answer for what is no call.
fn reason_to_refuse(step: &Step, view: &View) -> Option<Option<&'static str>> {
    let closed = view.is_closed.then_some(NOT_RUNNING);
    let is_connected = view.connect == ConnectState::Connected;
    Some(match step {
        Step::Bind(..) | Step::BindSync(..) => {
            closed.or_else(|| (view.bind != BindState::Unbound).then_some(ALREADY_BOUND))
        }
        Step::Connect(_, port) | Step::ConnectSync(_, port) => {
            let is_busy = view.connect != ConnectState::Disconnected;
            let state = closed.or_else(|| is_busy.then_some(IS_CONNECTED));
            match (step, *port) {
                (Step::ConnectSync(..), 0) => closed.or(Some(BAD_PORT)),
                (_, 0) => Some(BAD_PORT),
                (Step::ConnectSync(target, _), _) if target.name().is_none() => {
                    let is_binding = view.bind == BindState::Binding;
                    state.or_else(|| is_binding.then_some(ALREADY_BOUND))
                }
                _ => state,
            }
        }
        Step::Disconnect if is_connected => closed,
        Step::Disconnect => Some(NOT_CONNECTED),
        Step::Send(Sending { to, .. }) => match to {
            Some(_) if is_connected => Some(IS_CONNECTED),
            None if !is_connected => Some(BAD_PORT),
            Some((_, 0)) => Some(BAD_PORT),
            _ => closed,
        },
        Step::Close | Step::Member(..) => closed,
        Step::Set(setting) => closed.or_else(|| reason_of(*setting, view)),
        _ => return None,
    })
}

fn reason_of(setting: Setting, view: &View) -> Option<&'static str> {
    let is_bound = view.bind == BindState::Bound;
    match setting {
        Setting::ReceiveBuffer(bytes) if !is_bound || bytes > 2_147_483_647 => {
            Some("ERR_SOCKET_BUFFER_SIZE")
        }
        Setting::Ttl(hops) if hops == 0 || hops > 255 => Some("EINVAL"),
        Setting::MulticastTtl(hops) if hops > 255 => Some("EINVAL"),
        _ if !is_bound => Some("EBADF"),
        _ => None,
    }
}

/// Linux' reasons to refuse a membership.
fn is_of_membership(step: &Step, code: &str) -> bool {
    let codes = ["EADDRINUSE", "EADDRNOTAVAIL", "ENOBUFS", "EINVAL"];
    matches!(step, Step::Member(..)) && codes.contains(&code)
}

/// States only move as they may.
fn check_states(step: &Step, before: &View, after: &View) -> Result<(), String> {
    use BindState::{Binding, Bound, Unbound};
    let is_rebound = matches!(step, Step::Rebind);
    let bind = match (before.bind, after.bind) {
        (Unbound, Bound) => false,
        (Bound, Unbound) => false,
        (Bound, Binding) => is_rebound,
        (Unbound | Binding | Bound, _) => true,
    };
    // Connected implies bound, but for a socket whose stack was lost.
    let connect =
        after.is_closed || after.connect != ConnectState::Connected || after.bind != Unbound;
    let close = !before.is_closed || after.is_closed;
    let finish = !before.is_finished || after.is_finished;
    let unbound = after.bind != Unbound
        || after.is_closed
        || (after.address.is_err() && after.connect == ConnectState::Disconnected);
    if bind && connect && close && finish && unbound {
        Ok(())
    } else {
        Err(format!("no way leads from {before:?} to {after:?}"))
    }
}

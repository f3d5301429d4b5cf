//! The four calls about memberships.

use alloc::borrow::Cow;

use super::check;
use super::error::ArgumentError;
use super::state::State;
use super::value::{Value, argument};
use crate::error::Misuse;

/// A call that adds or drops a membership. The texts may or may not be addresses: where one is not, the
/// call fails with `EINVAL`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Membership<'a> {
    /// The source; `None`: any.
    pub source: Option<&'a str>,
    /// The group; its family decides.
    pub group: Cow<'a, str>,
    /// The interface by one of its addresses, or by the zone of any IPv6 address; `None`: the stack's choice.
    pub interface: Option<Cow<'a, str>>,
}

/// Reads the arguments of `addMembership` or `dropMembership`: `(group[, interface])`.
///
/// # Errors
/// In this order: not running; a falsy group; a group or an interface that cannot be a text. What is no
/// string is made one, as in Node.
///
/// # Examples
/// ```
/// use anydgram_core::dynamic::{State, membership};
/// let args = ["224.0.0.251".into()];
/// assert_eq!(membership(&State::new(), &args)?.group, "224.0.0.251");
/// # Ok::<(), anydgram_core::dynamic::ArgumentError>(())
/// ```
///
/// Node: `socket.addMembership`, `socket.dropMembership`, which return `undefined`
pub fn membership<'a>(state: &State, args: &'a [Value]) -> Result<Membership<'a>, ArgumentError> {
    check::running(state)?;
    let group = argument(args, 0);
    if !group.truthy() {
        return Err(Misuse::MissingGroup.into());
    }
    Ok(Membership {
        source: None,
        group: text(group)?,
        interface: interface(argument(args, 1))?,
    })
}

/// Reads the arguments of `addSourceSpecificMembership` or `dropSourceSpecificMembership`:
/// `(source, group[, interface])`.
///
/// # Errors
/// In this order: not running; a source, a group that is no string; an interface that cannot be a text.
///
/// Node: `socket.addSourceSpecificMembership`, `socket.dropSourceSpecificMembership`, which return `undefined`
pub fn source_specific_membership<'a>(
    state: &State,
    args: &'a [Value],
) -> Result<Membership<'a>, ArgumentError> {
    check::running(state)?;
    Ok(Membership {
        source: Some(check::string(argument(args, 0), "sourceAddress")?),
        group: Cow::Borrowed(check::string(argument(args, 1), "groupAddress")?),
        interface: interface(argument(args, 2))?,
    })
}

fn interface(value: &Value) -> Result<Option<Cow<'_, str>>, ArgumentError> {
    if value.is_nullish() {
        Ok(None)
    } else {
        text(value).map(Some)
    }
}

fn text(value: &Value) -> Result<Cow<'_, str>, ArgumentError> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        _ => value.to_text().map(Cow::Owned),
    }
}

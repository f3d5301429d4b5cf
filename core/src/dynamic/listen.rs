//! The calls that a socket has from `EventEmitter`.

use alloc::borrow::Cow;

use super::check;
use super::error::ArgumentError;
use super::value::{Value, argument};

/// A call that adds or removes a listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Listen<'a> {
    /// The event.
    pub event: EventName<'a>,
    /// The listener.
    pub listener: u64,
}

/// The name of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "the language has these keys and no others"
)]
pub enum EventName<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A symbol, by its description.
    Symbol(&'a str),
}

/// Reads the arguments of `on`, `once`, `off` and their relatives: `(event, listener)`.
///
/// # Errors
/// A listener that is no function; an event that can be neither text nor symbol.
///
/// Node: `emitter.on` and its relatives, which return the socket
pub fn listen(args: &[Value]) -> Result<Listen<'_>, ArgumentError> {
    let listener = check::function(argument(args, 1), "listener")?;
    let event = match argument(args, 0) {
        Value::String(text) => EventName::Text(Cow::Borrowed(text)),
        Value::Symbol(description) => EventName::Symbol(description),
        event => EventName::Text(Cow::Owned(event.to_text()?)),
    };
    Ok(Listen { event, listener })
}

/// Reads the argument of `setMaxListeners`: how many listeners an event may have without a warning; 0 and
/// infinity: any number.
///
/// # Errors
/// What is no number, or below 0.
///
/// Node: `emitter.setMaxListeners`, which returns the socket
pub fn set_max_listeners(args: &[Value]) -> Result<f64, ArgumentError> {
    const NAME: &str = "setMaxListeners";
    let count = check::number(argument(args, 0), NAME)?;
    if count >= 0.0 {
        Ok(count)
    } else {
        Err(ArgumentError::out_of_range(NAME, ">= 0", count))
    }
}

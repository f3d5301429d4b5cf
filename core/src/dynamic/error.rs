//! Errors about arguments, with Node's classes, codes and texts.

use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;

use super::received::{inspect_large, inspect_string, received};
use super::value::Value;
use crate::error::Misuse;

/// What a call throws because of its arguments; nothing has changed.
///
/// ```
/// use anydgram_core::dynamic::{Value, set_ttl, State};
/// let error = set_ttl(&State::new(), &[Value::from("5")]).unwrap_err();
/// assert_eq!(error.code, Some("ERR_INVALID_ARG_TYPE"));
/// assert_eq!(
///     error.to_string(),
///     r#"The "ttl" argument must be of type number. Received type string ('5')"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct ArgumentError {
    /// The JavaScript class: `Error`, `TypeError` or `RangeError`.
    pub class: &'static str,
    /// Node's `error.code`; `None` for the language's own errors.
    pub code: Option<&'static str>,
    /// The text.
    pub message: String,
}

impl ArgumentError {
    /// A `TypeError` of the language itself.
    pub(super) fn plain(message: &str) -> Self {
        Self {
            class: "TypeError",
            code: None,
            message: message.into(),
        }
    }

    /// `expected` is what the argument or property `name` must be: `of type number`.
    pub(super) fn wrong_type(name: &str, expected: &str, value: &Value) -> Self {
        let kind = argument_or_property(name);
        let received = received(value);
        Self {
            class: "TypeError",
            code: Some("ERR_INVALID_ARG_TYPE"),
            message: format!("The \"{name}\" {kind} must be {expected}. Received {received}"),
        }
    }

    /// `reason` is what is wrong with the text in the argument or property `name`.
    pub(super) fn wrong_value(name: &str, reason: &str, text: &str) -> Self {
        let kind = argument_or_property(name);
        let received = inspect_string(text);
        Self {
            class: "TypeError",
            code: Some("ERR_INVALID_ARG_VALUE"),
            message: format!("The {kind} '{name}' {reason}. Received {received}"),
        }
    }

    /// `range` is what the number must be: `>= 0`.
    pub(super) fn out_of_range(name: &str, range: &str, value: f64) -> Self {
        let received = inspect_large(value);
        Self {
            class: "RangeError",
            code: Some("ERR_OUT_OF_RANGE"),
            message: format!(
                "The value of \"{name}\" is out of range. It must be {range}. Received {received}"
            ),
        }
    }

    /// `comparison` is `>` or `>=`.
    pub(super) fn bad_port(name: &str, comparison: &str, value: &Value) -> Self {
        let received = received(value);
        Self {
            class: "RangeError",
            code: Some("ERR_SOCKET_BAD_PORT"),
            message: format!("{name} should be {comparison} 0 and < 65536. Received {received}."),
        }
    }
}

fn argument_or_property(name: &str) -> &'static str {
    if name.contains('.') {
        "property"
    } else {
        "argument"
    }
}

impl From<Misuse> for ArgumentError {
    fn from(misuse: Misuse) -> Self {
        Self {
            class: misuse.class(),
            code: Some(misuse.code()),
            message: misuse.to_string(),
        }
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for ArgumentError {}

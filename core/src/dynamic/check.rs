//! The checks that several calls share.

use super::error::ArgumentError;
use super::number;
use super::state::State;
use super::value::Value;
use crate::error::Misuse;

pub(super) fn running(state: &State) -> Result<(), ArgumentError> {
    if state.running {
        Ok(())
    } else {
        Err(Misuse::NotRunning.into())
    }
}

pub(super) fn string<'a>(value: &'a Value, name: &str) -> Result<&'a str, ArgumentError> {
    value
        .as_str()
        .ok_or_else(|| ArgumentError::wrong_type(name, "of type string", value))
}

pub(super) fn number(value: &Value, name: &str) -> Result<f64, ArgumentError> {
    if let Value::Number(number) = value {
        Ok(*number)
    } else {
        Err(ArgumentError::wrong_type(name, "of type number", value))
    }
}

pub(super) fn function(value: &Value, name: &str) -> Result<u64, ArgumentError> {
    value
        .as_function()
        .ok_or_else(|| ArgumentError::wrong_type(name, "of type function", value))
}

/// A whole number from 0 to `max`.
pub(super) fn integer(value: &Value, name: &str, max: u32) -> Result<u32, ArgumentError> {
    let given = number(value, name)?;
    if !number::is_integer(given) {
        return Err(ArgumentError::out_of_range(name, "an integer", given));
    }
    if given < 0.0 || given > f64::from(max) {
        let range = alloc::format!(">= 0 && <= {max}");
        return Err(ArgumentError::out_of_range(name, &range, given));
    }
    Ok(number::wrap(given))
}

/// Which ports a call takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ports {
    /// 1..=65535, and no text that means 0 (Node 26.5).
    Destination,
    /// 0..=65535.
    Local,
}

/// A number, or a text that is one.
pub(super) fn port(value: &Value, name: &str, ports: Ports) -> Result<u16, ArgumentError> {
    let given = match value {
        Value::Number(number) => Some(*number),
        Value::String(text) if !text.trim_matches(number::is_space).is_empty() => {
            Some(number::parse(text))
        }
        _ => None,
    };
    let port = given.and_then(|given| {
        let wrapped = number::wrap(given);
        (f64::from(wrapped) == given).then_some(wrapped)
    });
    match port.map(u16::try_from) {
        Some(Ok(0)) if ports == Ports::Destination => {
            Err(ArgumentError::bad_port(name, ">", value))
        }
        Some(Ok(port)) => Ok(port),
        Some(Err(_)) | None => {
            let comparison = if ports == Ports::Local { ">=" } else { ">" };
            Err(ArgumentError::bad_port(name, comparison, value))
        }
    }
}

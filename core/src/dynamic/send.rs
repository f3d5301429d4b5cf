//! `send` and `sendto`.

use alloc::vec;
use alloc::vec::Vec;

use super::check::{self, Ports};
use super::error::ArgumentError;
use super::state::State;
use super::value::{Bytes, Value, argument};
use crate::address::Host;
use crate::datagram::{Datagram, Destination};
use crate::error::{Bound, Misuse};
use crate::payload::Payload;
use crate::socket::ConnectState;

/// A call of `send` or `sendto`; the bytes are those of the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Send<'a> {
    /// The payload in pieces; none make a datagram of length zero.
    pub pieces: Vec<&'a [u8]>,
    /// The port; `None`: to the connected peer.
    pub port: Option<u16>,
    /// The address or name as it was given; empty for the loopback address, or the connected peer's.
    pub address: &'a str,
    /// Whom the completion is told.
    pub callback: Option<u64>,
}

impl Send<'_> {
    /// What [`Socket::send`](crate::Socket::send) takes; reported if there is a callback.
    #[must_use]
    pub fn datagram(&self) -> Datagram<'_> {
        let mut datagram = Datagram::new(Payload::List(&self.pieces));
        datagram.destination = self
            .port
            .map(|port| Destination::new(Host::parse(self.address), port));
        datagram.report = self.callback.is_some();
        datagram
    }
}

/// The arguments of `send` in their places, as the form of the call has them.
struct Parts<'a> {
    message: Message<'a>,
    port: &'a Value,
    address: &'a Value,
    callback: &'a Value,
}

enum Message<'a> {
    Whole(&'a Value),
    Slice(&'a [u8]),
}

/// Reads the arguments of all forms of `send`. Which form it is depends on whether the socket is
/// connected.
///
/// # Errors
/// In this order: a slice that is none, or not within its bytes; a destination although the socket is
/// connected; a message that is no string, view, or list of these; a bad port; an address that is no
/// string; not running.
///
/// # Examples
/// ```
/// use anydgram_core::dynamic::{State, send};
/// let args = ["hello".into(), 1.into(), 3.into(), 9.into(), "127.0.0.1".into()];
/// let call = send(&State::new(), &args)?;
/// assert_eq!((call.pieces, call.port), (vec![b"ell".as_slice()], Some(9)));
/// # Ok::<(), anydgram_core::dynamic::ArgumentError>(())
/// ```
///
/// Node: `socket.send`, which returns `undefined`
pub fn send<'a>(state: &State, args: &'a [Value]) -> Result<Send<'a>, ArgumentError> {
    let connected = state.connect == ConnectState::Connected;
    let parts = if connected {
        parts_when_connected(args)?
    } else {
        parts_when_disconnected(args)?
    };
    let pieces = match parts.message {
        Message::Slice(slice) => vec![slice],
        Message::Whole(Value::Array(items)) => {
            let pieces: Option<Vec<&[u8]>> = items.iter().map(bytes_of).collect();
            pieces.ok_or_else(|| no_message("buffer list arguments", argument(args, 0)))?
        }
        Message::Whole(message) => {
            vec![bytes_of(message).ok_or_else(|| no_message("buffer", message))?]
        }
    };
    let port = if connected {
        None
    } else {
        Some(check::port(parts.port, "Port", Ports::Destination)?)
    };
    let (address, callback) = match parts.address {
        Value::Function(function) => ("", Some(function.id)),
        address if address.is_nullish() => ("", parts.callback.as_function()),
        address => (
            check::string(address, "address")?,
            parts.callback.as_function(),
        ),
    };
    check::running(state)?;
    Ok(Send {
        pieces,
        port,
        address,
        callback,
    })
}

/// Reads the arguments of `sendto(msg, offset, length, port, address[, callback])`.
///
/// # Errors
/// An offset, length, port or address that is missing or of a wrong type; then those of [`send`].
///
/// Node: `socket.sendto`, undocumented, which returns `undefined`
pub fn send_to<'a>(state: &State, args: &'a [Value]) -> Result<Send<'a>, ArgumentError> {
    check::number(argument(args, 1), "offset")?;
    check::number(argument(args, 2), "length")?;
    check::number(argument(args, 3), "port")?;
    check::string(argument(args, 4), "address")?;
    send(state, args)
}

fn parts_when_disconnected(args: &[Value]) -> Result<Parts<'_>, ArgumentError> {
    let (port, address) = (argument(args, 3), argument(args, 4));
    if address.truthy() || (port.truthy() && port.as_function().is_none()) {
        return Ok(Parts {
            message: slice(args)?,
            port,
            address,
            callback: argument(args, 5),
        });
    }
    Ok(Parts {
        message: Message::Whole(argument(args, 0)),
        port: argument(args, 1),
        address: argument(args, 2),
        callback: port,
    })
}

fn parts_when_connected(args: &[Value]) -> Result<Parts<'_>, ArgumentError> {
    let (port, address) = (argument(args, 3), argument(args, 4));
    let mut parts = Parts {
        message: Message::Whole(argument(args, 0)),
        port,
        address,
        callback: argument(args, 1),
    };
    if let Value::Number(_) = argument(args, 2) {
        parts.message = slice(args)?;
        parts.callback = argument(args, 5);
        if let Value::Function(_) = port {
            parts.callback = port;
            parts.port = &Value::Null;
        }
    }
    if parts.port.truthy() || parts.address.truthy() {
        return Err(Misuse::IsConnected.into());
    }
    Ok(parts)
}

/// The second and third arguments' slice of the first one's bytes.
fn slice(args: &[Value]) -> Result<Message<'_>, ArgumentError> {
    let message = argument(args, 0);
    let bytes = bytes_of(message).ok_or_else(|| no_message("buffer", message))?;
    let offset = index(argument(args, 1))?;
    let length = index(argument(args, 2))?;
    let rest = bytes
        .get(offset..)
        .ok_or(Misuse::BufferOutOfBounds(Bound::Offset))?;
    let slice = rest
        .get(..length)
        .ok_or(Misuse::BufferOutOfBounds(Bound::Length))?;
    Ok(Message::Slice(slice))
}

fn index(value: &Value) -> Result<usize, ArgumentError> {
    Ok(usize::try_from(value.shift_to_uint32()?).unwrap_or(usize::MAX))
}

/// The bytes of what can be sent.
fn bytes_of(value: &Value) -> Option<&[u8]> {
    match value {
        Value::String(text) => Some(text.as_bytes()),
        Value::Bytes(Bytes { kind, bytes }) if kind.is_view() => Some(bytes),
        _ => None,
    }
}

fn no_message(name: &str, value: &Value) -> ArgumentError {
    let expected = "of type string or an instance of Buffer, TypedArray, or DataView";
    ArgumentError::wrong_type(name, expected, value)
}

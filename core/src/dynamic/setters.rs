//! `setTTL` and its siblings, buffer sizes, `close`.

use super::check;
use super::error::ArgumentError;
use super::state::State;
use super::value::{Value, argument};
use crate::error::Misuse;

/// Reads the argument of `setTTL`; [`Socket::set_ttl`](crate::Socket::set_ttl) checks the range.
///
/// # Errors
/// What is no number; not running.
///
/// Node: `socket.setTTL`, which returns its argument as it was given
pub fn set_ttl(state: &State, args: &[Value]) -> Result<u32, ArgumentError> {
    hops(state, args, "ttl")
}

/// Reads the argument of `setMulticastTTL`;
/// [`Socket::set_multicast_ttl`](crate::Socket::set_multicast_ttl) checks the range.
///
/// # Errors
/// What is no number; not running.
///
/// Node: `socket.setMulticastTTL`, which returns its argument as it was given
pub fn set_multicast_ttl(state: &State, args: &[Value]) -> Result<u32, ArgumentError> {
    hops(state, args, "ttl")
}

/// Reads the argument of `setBroadcast`.
///
/// # Errors
/// Not running.
///
/// Node: `socket.setBroadcast`, which returns `undefined`
pub fn set_broadcast(state: &State, args: &[Value]) -> Result<bool, ArgumentError> {
    check::running(state)?;
    Ok(argument(args, 0).truthy())
}

/// Reads the argument of `setMulticastLoopback`.
///
/// # Errors
/// Not running.
///
/// Node: `socket.setMulticastLoopback`, which returns its argument as it was given
pub fn set_multicast_loopback(state: &State, args: &[Value]) -> Result<bool, ArgumentError> {
    check::running(state)?;
    Ok(argument(args, 0).truthy())
}

/// Reads the argument of `setMulticastInterface`: an address, perhaps with a zone, that the owner of the
/// socket looks up.
///
/// # Errors
/// In this order: not running; what is no string.
///
/// Node: `socket.setMulticastInterface`, which returns `undefined`
pub fn set_multicast_interface<'a>(
    state: &State,
    args: &'a [Value],
) -> Result<&'a str, ArgumentError> {
    check::running(state)?;
    check::string(argument(args, 0), "interfaceAddress")
}

/// Reads the argument of `setRecvBufferSize` or `setSendBufferSize`.
///
/// # Errors
/// In this order: `ERR_SOCKET_BAD_BUFFER_SIZE` for what is no `u32`; not running.
///
/// Node: `socket.setRecvBufferSize`, `socket.setSendBufferSize`, which return `undefined`
pub fn set_buffer_size(state: &State, args: &[Value]) -> Result<u32, ArgumentError> {
    let given = argument(args, 0);
    let size = given.shift_to_uint32()?;
    if *given != Value::Number(size.into()) {
        return Err(Misuse::BadBufferSize.into());
    }
    check::running(state)?;
    Ok(size)
}

/// Reads the argument of `close`: a listener for `close`, which Node adds even if the socket is closed
/// already.
///
/// Node: `socket.close`, which returns the socket
#[must_use]
pub fn close(args: &[Value]) -> Option<u64> {
    argument(args, 0).as_function()
}

/// Hop limits wrap to 32 bits; what is negative then is above every limit.
fn hops(state: &State, args: &[Value], name: &str) -> Result<u32, ArgumentError> {
    let given = argument(args, 0);
    check::number(given, name)?;
    check::running(state)?;
    given.to_uint32()
}

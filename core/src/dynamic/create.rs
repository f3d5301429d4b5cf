//! `createSocket`.

use super::check;
use super::error::ArgumentError;
use super::value::{Object, Value, argument};
use crate::address::SocketType;
use crate::error::Misuse;
use crate::options::Options;

/// A socket to be created, and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct CreateSocket<'a> {
    /// The socket's options; with a `lookup`, they say that every host is looked up.
    pub options: Options,
    /// The listener for `message`.
    pub listener: Option<u64>,
    /// The function that looks names up.
    pub lookup: Option<u64>,
    /// What closes the socket.
    pub signal: Option<Signal<'a>>,
    /// The block list whose senders are not heard.
    pub receive_block_list: Option<u64>,
    /// The block list whose addresses are not sent to.
    pub send_block_list: Option<u64>,
}

/// What closes a socket from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "Node takes signals, and what looks like one"
)]
pub enum Signal<'a> {
    /// An abort signal; it may be aborted already.
    Signal(u64),
    /// Something that is aborted already: the socket is closed at once.
    Aborted,
    /// An object of the caller's making with a function `addEventListener`.
    Object(&'a Object),
}

/// Reads the arguments of `createSocket(type[, listener])` or `createSocket(options[, listener])`.
///
/// # Errors
/// In this order: buffer sizes that are no `u32`, block lists that are none, a `lookup` that is no
/// function, `ERR_SOCKET_BAD_TYPE`, a `signal` that is none.
///
/// # Examples
/// ```
/// use anydgram_core::dynamic::{Object, create_socket};
/// let args = [Object::new().with("type", "udp6").with("reuseAddr", true).into()];
/// assert!(create_socket(&args)?.options.reuse_address);
/// # Ok::<(), anydgram_core::dynamic::ArgumentError>(())
/// ```
///
/// Node: `dgram.createSocket`
pub fn create_socket(args: &[Value]) -> Result<CreateSocket<'_>, ArgumentError> {
    let first = argument(args, 0);
    let receive_buffer_size = buffer_size(first, "recvBufferSize", "options.recvBufferSize")?;
    let send_buffer_size = buffer_size(first, "sendBufferSize", "options.sendBufferSize")?;
    let receive_block_list = block_list(first, "receiveBlockList", "options.receiveBlockList")?;
    let send_block_list = block_list(first, "sendBlockList", "options.sendBlockList")?;
    let lookup = match first.get("lookup") {
        Value::Undefined => None,
        lookup => Some(check::function(lookup, "lookup")?),
    };
    let socket_type = if first.is_object() {
        first.get("type")
    } else {
        first
    };
    let socket_type = SocketType::parse(socket_type.as_str().ok_or(Misuse::BadType)?)?;
    let options = Options::new(socket_type)
        .reuse_address(first.get("reuseAddr").truthy())
        .reuse_port(first.get("reusePort").truthy())
        .ipv6_only(first.get("ipv6Only").truthy())
        .receive_buffer_size(receive_buffer_size)
        .send_buffer_size(send_buffer_size)
        .look_up_always(lookup.is_some());
    Ok(CreateSocket {
        options,
        listener: argument(args, 1).as_function(),
        lookup,
        signal: signal(first.get("signal"))?,
        receive_block_list,
        send_block_list,
    })
}

/// 0 for none.
fn buffer_size(options: &Value, key: &str, name: &str) -> Result<u32, ArgumentError> {
    let size = options.get(key);
    if size.truthy() {
        check::integer(size, name, u32::MAX)
    } else {
        Ok(0)
    }
}

fn block_list(options: &Value, key: &str, name: &str) -> Result<Option<u64>, ArgumentError> {
    match options.get(key) {
        Value::BlockList(id) => Ok(Some(*id)),
        list if list.truthy() => Err(ArgumentError::wrong_type(name, "an net.BlockList", list)),
        _ => Ok(None),
    }
}

fn signal(value: &Value) -> Result<Option<Signal<'_>>, ArgumentError> {
    match value {
        Value::Undefined => Ok(None),
        Value::AbortSignal(id) => Ok(Some(Signal::Signal(*id))),
        Value::Object(object) => match object.get("aborted") {
            Some(aborted) if aborted.truthy() => Ok(Some(Signal::Aborted)),
            Some(_) if value.get("addEventListener").as_function().is_some() => {
                Ok(Some(Signal::Object(object)))
            }
            Some(_) => Err(ArgumentError::plain(
                "signal.addEventListener is not a function",
            )),
            None => Err(no_signal(value)),
        },
        _ => Err(no_signal(value)),
    }
}

fn no_signal(value: &Value) -> ArgumentError {
    ArgumentError::wrong_type("options.signal", "an instance of AbortSignal", value)
}

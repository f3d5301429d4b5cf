//! `bind` and `bindSync`.

use core::net::IpAddr;

use super::check::{self, Ports};
use super::error::ArgumentError;
use super::state::State;
use super::value::{Value, argument};
use crate::address::{Host, split_zone};
use crate::error::Misuse;
use crate::options::BindOptions;
use crate::socket::BindState;

/// A call of `bind` or `bindSync`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Bind<'a> {
    /// The port; 0 for any.
    pub port: u16,
    /// The address or name as it was given; empty for the wildcard address.
    pub address: &'a str,
    /// Never shared between processes.
    pub exclusive: bool,
    /// A descriptor to adopt; `port` and `address` do not count then.
    pub fd: Option<i32>,
    /// A one-time listener for `listening`.
    pub callback: Option<u64>,
}

impl<'a> Bind<'a> {
    /// What [`Socket::bind`](crate::Socket::bind) and [`Socket::bind_sync`](crate::Socket::bind_sync) take.
    #[must_use]
    pub fn options(&self) -> BindOptions<'a> {
        BindOptions {
            host: Host::parse(self.address),
            port: self.port,
            exclusive: self.exclusive,
            fd: self.fd,
        }
    }
}

/// Reads the arguments of all forms of `bind`. Ports are never refused but truncated to 16 bits.
///
/// # Errors
/// In this order: not running; already bound; an `fd` that cannot be a number at all; a truthy
/// address that is no string; a port that cannot be a number at all. Whatever the error, the socket stays unbound.
///
/// # Examples
/// ```
/// use anydgram_core::dynamic::{Function, State, bind};
/// let args = ["41234".into(), "127.0.0.1".into(), Function::new("bound", 7).into()];
/// let call = bind(&State::new(), &args)?;
/// assert_eq!((call.port, call.address, call.callback), (41_234, "127.0.0.1", Some(7)));
/// # Ok::<(), anydgram_core::dynamic::ArgumentError>(())
/// ```
///
/// Node: `socket.bind`, which returns the socket
pub fn bind<'a>(state: &State, args: &'a [Value]) -> Result<Bind<'a>, ArgumentError> {
    check::running(state)?;
    check_unbound(state)?;
    let callback = args.last().and_then(Value::as_function);
    let first = argument(args, 0);
    if let Some(fd) = descriptor(first.get("fd"))? {
        return Ok(Bind {
            exclusive: first.get("exclusive").truthy(),
            fd: Some(fd),
            callback,
            ..Bind::default()
        });
    }
    let (port, address, exclusive) = if first.is_object() {
        let exclusive = first.get("exclusive").truthy();
        (first.get("port"), first.get("address"), exclusive)
    } else {
        (first, argument(args, 1), false)
    };
    let address = match address {
        Value::Function(_) if !first.is_object() => "",
        address if !address.truthy() => "",
        address => check::string(address, "hostname")?,
    };
    Ok(Bind {
        port: truncated_port(port)?,
        address,
        exclusive,
        fd: None,
        callback,
    })
}

/// Reads the arguments of `bindSync([options])`.
///
/// # Errors
/// In this order: not running; options that are no object; already bound; a port out of 0..=65535; an
/// address that is truthy and no string, or no numeric IP address.
///
/// Node: `socket.bindSync` (26.4), which returns the socket's address
pub fn bind_sync<'a>(state: &State, args: &'a [Value]) -> Result<Bind<'a>, ArgumentError> {
    check::running(state)?;
    let options = argument(args, 0);
    let is_array = matches!(options, Value::Array(_));
    if *options != Value::Undefined && (is_array || !options.is_object()) {
        return Err(ArgumentError::wrong_type(
            "options",
            "of type object",
            options,
        ));
    }
    check_unbound(state)?;
    let port = match options.get("port") {
        Value::Undefined | Value::Null => 0,
        port => check::port(port, "options.port", Ports::Local)?,
    };
    let address = match options.get("address") {
        address if address.truthy() => check::string(address, "options.address")?,
        _ => "",
    };
    check_numeric(address, "options.address", "bindSync")?;
    Ok(Bind {
        port,
        address,
        exclusive: true,
        ..Bind::default()
    })
}

fn check_unbound(state: &State) -> Result<(), ArgumentError> {
    if state.bind == BindState::Unbound {
        Ok(())
    } else {
        Err(Misuse::AlreadyBound.into())
    }
}

/// Refuses names; the empty text is the default address.
pub(super) fn check_numeric(text: &str, name: &str, call: &str) -> Result<(), ArgumentError> {
    if text.is_empty() || is_ip(text) {
        return Ok(());
    }
    let rule = "must be a numeric IP address";
    let reason = alloc::format!("{rule}; {call} does not perform DNS resolution");
    Err(ArgumentError::wrong_value(name, &reason, text))
}

/// Node's `net.isIP`: any zone of letters, digits, `-`, `.` and `:` will do.
fn is_ip(text: &str) -> bool {
    match split_zone(text) {
        (ip, None) => ip.parse::<IpAddr>().is_ok(),
        (ip, Some(zone)) => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
            ip.parse::<core::net::Ipv6Addr>().is_ok() && !zone.is_empty() && zone.bytes().all(fits)
        }
    }
}

/// A number that is an `i32` above 0; nothing else counts, though it must be able to be a number.
fn descriptor(value: &Value) -> Result<Option<i32>, ArgumentError> {
    let fd = value.shift_to_uint32()?.cast_signed();
    Ok((fd > 0 && *value == Value::Number(fd.into())).then_some(fd))
}

fn truncated_port(port: &Value) -> Result<u16, ArgumentError> {
    if !port.truthy() {
        return Ok(0);
    }
    let [low, high, ..] = port.to_uint32()?.to_le_bytes();
    Ok(u16::from_le_bytes([low, high]))
}

//! `connect` and `connectSync`.

use super::bind::check_numeric;
use super::check::{self, Ports};
use super::error::ArgumentError;
use super::state::State;
use super::value::{Value, argument};
use crate::address::Host;
use crate::datagram::Destination;
use crate::error::Misuse;
use crate::socket::{BindState, ConnectState};

/// A call of `connect` or `connectSync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Connect<'a> {
    /// The port.
    pub port: u16,
    /// The address or name as it was given; empty for the loopback address.
    pub address: &'a str,
    /// A one-time listener for `connect`, which gets the error, too.
    pub callback: Option<u64>,
}

impl<'a> Connect<'a> {
    /// What [`Socket::connect`](crate::Socket::connect) and
    /// [`Socket::connect_sync`](crate::Socket::connect_sync) take.
    #[must_use]
    pub fn destination(&self) -> Destination<'a> {
        Destination::new(Host::parse(self.address), self.port)
    }
}

/// Reads the arguments of `connect(port[, address][, callback])`.
///
/// # Errors
/// In this order: a bad port; an address that is no string; not running; already connected or
/// connecting; a truthy callback that is no function, about which Node complains only once the socket
/// is bound.
///
/// Node: `socket.connect`, which returns `undefined`
pub fn connect<'a>(state: &State, args: &'a [Value]) -> Result<Connect<'a>, ArgumentError> {
    let port = check::port(argument(args, 0), "Port", Ports::Destination)?;
    let (address, callback) = match argument(args, 1) {
        callback @ Value::Function(_) => ("", callback),
        Value::Undefined => ("", argument(args, 2)),
        address => (check::string(address, "address")?, argument(args, 2)),
    };
    check::running(state)?;
    check_disconnected(state)?;
    let callback = if callback.truthy() {
        Some(check::function(callback, "listener")?)
    } else {
        None
    };
    Ok(Connect {
        port,
        address,
        callback,
    })
}

/// Reads the arguments of `connectSync(port[, address])`.
///
/// # Errors
/// In this order: not running; a bad port; already connected or connecting; an address that is no string
/// or no numeric IP address; a bind that is under way.
///
/// Node: `socket.connectSync` (26.4), which returns `undefined`
pub fn connect_sync<'a>(state: &State, args: &'a [Value]) -> Result<Connect<'a>, ArgumentError> {
    check::running(state)?;
    let port = check::port(argument(args, 0), "Port", Ports::Destination)?;
    check_disconnected(state)?;
    let address = match argument(args, 1) {
        Value::Undefined | Value::Null => "",
        address => check::string(address, "address")?,
    };
    check_numeric(address, "address", "connectSync")?;
    if state.bind == BindState::Binding {
        return Err(Misuse::AlreadyBound.into());
    }
    Ok(Connect {
        port,
        address,
        callback: None,
    })
}

fn check_disconnected(state: &State) -> Result<(), ArgumentError> {
    if state.connect == ConnectState::Disconnected {
        Ok(())
    } else {
        Err(Misuse::IsConnected.into())
    }
}

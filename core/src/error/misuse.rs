//! The caller's mistakes: Node's `ERR_*` family.

use core::fmt;
use core::net::IpAddr;

use crate::address::{Address, DisplayIp};

/// The caller's mistake, reported by the call itself; nothing has changed.
///
/// Codes and texts are Node's; two variants that Node cannot know are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Misuse {
    /// `ERR_SOCKET_ALREADY_BOUND`: `bind` on a socket that is bound or binding.
    AlreadyBound,
    /// `ERR_SOCKET_BAD_BUFFER_SIZE`: a buffer size that is no positive integer.
    BadBufferSize,
    /// `ERR_SOCKET_BAD_PORT`: a destination port of 0, or none on a socket that is not connected.
    BadPort {
        /// What was given; `None`: nothing.
        port: Option<u16>,
    },
    /// `ERR_SOCKET_BAD_TYPE`: a socket type that is neither `udp4` nor `udp6`.
    BadType,
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED`: a call that a connected (or connecting) socket refuses.
    IsConnected,
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED`: a call that needs a connected socket.
    NotConnected,
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING`: any call on a closed socket.
    NotRunning,
    /// `ERR_INVALID_FD_TYPE`: the descriptor to adopt is not a datagram socket.
    InvalidFdType {
        /// What the descriptor is: `TCP`, `FILE`, `PIPE`, `TTY` or `UNKNOWN`.
        kind: &'static str,
    },
    /// `ERR_BUFFER_OUT_OF_BOUNDS`: an offset or length outside of the payload.
    BufferOutOfBounds(Bound),
    /// `ERR_MISSING_ARGS`: an empty multicast group.
    MissingGroup,
    /// `ERR_INVALID_ARG_VALUE`: `bind_sync` or `connect_sync` with a host name; they never resolve names.
    NotNumeric {
        /// `options.address` for `bind_sync`, `address` for `connect_sync`.
        argument: &'static str,
        /// Node's name of the call.
        call: &'static str,
    },
    /// `ERR_INVALID_ADDRESS`: a range of block-list addresses whose ends are of different families.
    InvalidAddress,
    /// `ERR_INVALID_ARG_VALUE`: a range of block-list addresses that ends before it starts. Node breaks the
    /// text of a long address into lines; here it is always one.
    ReversedRange {
        /// The end that comes second.
        start: IpAddr,
    },
    /// `ERR_OUT_OF_RANGE`: a subnet's prefix longer than its addresses.
    BadPrefix {
        /// What was given, in bits.
        prefix: u8,
        /// The longest prefix of the family, 32 or 128.
        max: u8,
    },
    /// `ERR_IP_BLOCKED`: the block list refuses the destination. Comes with a completion, not from a call.
    IpBlocked(Address),
    /// `ERR_SOCKET_DGRAM_NOT_BOUND` (not in Node, which cannot rebind): `rebind` on a socket that is not bound.
    NotBound,
    /// `ERR_SOCKET_DGRAM_QUEUE_FULL` (not in Node, whose queue has no bound): the send queue's memory, or
    /// the room for completions, is used up. `Drained` follows when there is room.
    QueueFull,
    /// `ERR_SOCKET_DGRAM_NAME_TOO_LONG` (not in Node): a host name of more than 253 bytes, or one with a
    /// NUL byte; such names are refused, never cut.
    BadHostName,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` (not in Node): an address of a Unix socket that is empty or too long for the system's
    /// structure, or a path with a NUL byte; such addresses are refused, never cut.
    BadPath,
}

/// Which bound a payload slice has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a slice has an offset and a length, nothing else"
)]
pub enum Bound {
    /// The offset is behind the end of the payload.
    Offset,
    /// Offset plus length is behind the end of the payload.
    Length,
}

impl Misuse {
    /// Node's `error.code`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyBound => "ERR_SOCKET_ALREADY_BOUND",
            Self::NotBound => "ERR_SOCKET_DGRAM_NOT_BOUND",
            Self::BadBufferSize => "ERR_SOCKET_BAD_BUFFER_SIZE",
            Self::BadPort { .. } => "ERR_SOCKET_BAD_PORT",
            Self::BadType => "ERR_SOCKET_BAD_TYPE",
            Self::IsConnected => "ERR_SOCKET_DGRAM_IS_CONNECTED",
            Self::NotConnected => "ERR_SOCKET_DGRAM_NOT_CONNECTED",
            Self::NotRunning => "ERR_SOCKET_DGRAM_NOT_RUNNING",
            Self::InvalidFdType { .. } => "ERR_INVALID_FD_TYPE",
            Self::BufferOutOfBounds(_) => "ERR_BUFFER_OUT_OF_BOUNDS",
            Self::MissingGroup => "ERR_MISSING_ARGS",
            Self::NotNumeric { .. } => "ERR_INVALID_ARG_VALUE",
            Self::InvalidAddress => "ERR_INVALID_ADDRESS",
            Self::ReversedRange { .. } => "ERR_INVALID_ARG_VALUE",
            Self::BadPrefix { .. } => "ERR_OUT_OF_RANGE",
            Self::IpBlocked(_) => "ERR_IP_BLOCKED",
            Self::QueueFull => "ERR_SOCKET_DGRAM_QUEUE_FULL",
            Self::BadHostName => "ERR_SOCKET_DGRAM_NAME_TOO_LONG",
            Self::BadPath => "ERR_SOCKET_DGRAM_BAD_PATH",
        }
    }

    /// The JavaScript class that Node throws: `Error`, `TypeError` or `RangeError`.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::BadBufferSize
            | Self::BadType
            | Self::InvalidFdType { .. }
            | Self::MissingGroup
            | Self::NotNumeric { .. }
            | Self::ReversedRange { .. } => "TypeError",
            Self::BadPort { .. } | Self::BufferOutOfBounds(_) | Self::BadPrefix { .. } => {
                "RangeError"
            }
            Self::AlreadyBound
            | Self::NotBound
            | Self::IsConnected
            | Self::NotConnected
            | Self::NotRunning
            | Self::InvalidAddress
            | Self::IpBlocked(_)
            | Self::QueueFull
            | Self::BadHostName
            | Self::BadPath => "Error",
        }
    }
}

impl Misuse {
    /// The text, where it does not depend on what was given.
    const fn fixed_text(&self) -> Option<&'static str> {
        Some(match self {
            Self::AlreadyBound => "Socket is already bound",
            Self::NotBound => "Socket is not bound",
            Self::BadBufferSize => "Buffer size must be a positive integer",
            Self::BadPort { port: None } => "Port should be > 0 and < 65536. Received undefined.",
            Self::BadType => "Bad socket type specified. Valid types are: udp4, udp6",
            Self::IsConnected => "Already connected",
            Self::NotConnected => "Not connected",
            Self::NotRunning => "Not running",
            Self::BufferOutOfBounds(Bound::Offset) => "\"offset\" is outside of buffer bounds",
            Self::BufferOutOfBounds(Bound::Length) => "\"length\" is outside of buffer bounds",
            Self::MissingGroup => "The \"multicastAddress\" argument must be specified",
            Self::InvalidAddress => "Invalid socket address",
            Self::QueueFull => "Send queue is full",
            Self::BadHostName => "Host name is longer than 253 bytes or contains a NUL byte",
            Self::BadPath => "Path is empty, longer than 107 bytes or contains a NUL byte",
            Self::BadPort { port: Some(_) }
            | Self::InvalidFdType { .. }
            | Self::NotNumeric { .. }
            | Self::ReversedRange { .. }
            | Self::BadPrefix { .. }
            | Self::IpBlocked(_) => return None,
        })
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.fixed_text() {
            return f.write_str(text);
        }
        match *self {
            Self::BadPort { port: Some(port) } => {
                write!(
                    f,
                    "Port should be > 0 and < 65536. Received type number ({port})."
                )
            }
            Self::InvalidFdType { kind } => write!(f, "Unsupported fd type: {kind}"),
            Self::NotNumeric { argument, call } => {
                let kind = if argument.contains('.') {
                    "property"
                } else {
                    "argument"
                };
                let rule = "must be a numeric IP address";
                write!(
                    f,
                    "The {kind} '{argument}' {rule}; {call} does not perform DNS resolution."
                )
            }
            Self::ReversedRange { start } => {
                let family = if start.is_ipv4() { "ipv4" } else { "ipv6" };
                let start = DisplayIp(start);
                f.write_str("The argument 'start' must come before end. Received ")?;
                write!(
                    f,
                    "SocketAddress {{ address: '{start}', port: 0, family: '{family}', flowlabel: 0 }}"
                )
            }
            Self::BadPrefix { prefix, max } => {
                f.write_str("The value of \"prefix\" is out of range. It must be ")?;
                write!(f, ">= 0 && <= {max}. Received {prefix}")
            }
            Self::IpBlocked(address) => {
                let ip = DisplayIp(address.ip());
                write!(f, "IP({ip}) is blocked by net.BlockList")
            }
            Self::AlreadyBound
            | Self::NotBound
            | Self::BadBufferSize
            | Self::BadPort { port: None }
            | Self::BadType
            | Self::IsConnected
            | Self::NotConnected
            | Self::NotRunning
            | Self::BufferOutOfBounds(_)
            | Self::MissingGroup
            | Self::InvalidAddress
            | Self::QueueFull
            | Self::BadHostName
            | Self::BadPath => Ok(()),
        }
    }
}

impl core::error::Error for Misuse {}

//! Errors with all their parts, so that their texts are made where they are read.

use core::net::IpAddr;

use anydgram_core::{Address, Bound, Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
use serde::{Deserialize, Serialize};

use super::{Plain, by_place};

by_place! {
    Bound: Offset Length;
    Syscall: Bind Connect Send Open GetAddrInfo GetSockName GetPeerName RecvMsg SetTtl SetMulticastTtl
        SetMulticastLoopback SetMulticastInterface SetBroadcast AddMembership DropMembership AddSourceSpecificMembership
        DropSourceSpecificMembership ReceiveBufferSize SendBufferSize;
}

/// The numbers are those of Linux.
impl Plain<'_> for Errno {
    type As = i32;

    fn plain(&self) -> i32 {
        if let Self::Other(number) = self {
            *number
        } else {
            -self.node_number()
        }
    }

    fn of(plain: i32) -> Option<Self> {
        Some(Self::from_linux(plain))
    }
}

/// An error.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PlainError<'a> {
    /// The caller's fault.
    Misuse(PlainMisuse),
    /// The world's fault: what failed, why, where it was aimed.
    System(u8, i32, #[serde(borrow)] Aim<'a>, u16),
}

/// Where a call was aimed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Aim<'a> {
    /// Nowhere.
    None,
    /// At the default.
    Undefined,
    /// At an address.
    Ip((IpAddr, u32)),
    /// At a host name.
    Name(&'a str),
}

/// A misuse.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum PlainMisuse {
    /// One with nothing in it, by its place.
    Fixed(u8),
    /// A port.
    BadPort(Option<u16>),
    /// A bound.
    OutOfBounds(u8),
    /// Of `bind_sync` if so, else of `connect_sync`.
    NotNumeric(bool),
    /// An address.
    IpBlocked((IpAddr, u32)),
    /// A range that ends before it begins.
    ReversedRange(IpAddr),
    /// A prefix, and the longest one.
    BadPrefix(u8, u8),
}

impl<'a> Plain<'a> for Error<'a> {
    type As = PlainError<'a>;

    fn plain(&self) -> Self::As {
        match self {
            Self::System(error) => PlainError::System(
                error.syscall.plain(),
                error.errno.plain(),
                match error.address {
                    ErrorAddress::Undefined => Aim::Undefined,
                    ErrorAddress::Ip(address) => Aim::Ip(address.plain()),
                    ErrorAddress::Name(name) => Aim::Name(name),
                    // The enum may grow.
                    ErrorAddress::None | _ => Aim::None,
                },
                error.port,
            ),
            Self::Misuse(misuse) => PlainError::Misuse(plain(misuse)),
            // The enum may grow.
            _ => PlainError::Misuse(PlainMisuse::Fixed(u8::MAX)),
        }
    }

    fn of(plain: Self::As) -> Option<Self> {
        Some(match plain {
            PlainError::Misuse(misuse) => Self::Misuse(of(misuse)?),
            PlainError::System(syscall, errno, aim, port) => {
                let address = match aim {
                    Aim::None => ErrorAddress::None,
                    Aim::Undefined => ErrorAddress::Undefined,
                    Aim::Ip(address) => ErrorAddress::Ip(Address::of(address)?),
                    Aim::Name(name) => ErrorAddress::Name(name),
                };
                let (syscall, errno) = (Syscall::of(syscall)?, Errno::of(errno)?);
                SystemError::at(syscall, errno, address, port).into()
            }
        })
    }
}

const FIXED: [Misuse; 11] = [
    Misuse::AlreadyBound,
    Misuse::BadBufferSize,
    Misuse::BadType,
    Misuse::IsConnected,
    Misuse::NotConnected,
    Misuse::NotRunning,
    Misuse::MissingGroup,
    Misuse::InvalidAddress,
    Misuse::NotBound,
    Misuse::QueueFull,
    Misuse::BadHostName,
];

const BIND: Misuse = Misuse::NotNumeric {
    argument: "options.address",
    call: "bindSync",
};
const CONNECT: Misuse = Misuse::NotNumeric {
    argument: "address",
    call: "connectSync",
};

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest has nothing in it, or is none of a socket's"
)]
fn plain(misuse: &Misuse) -> PlainMisuse {
    match *misuse {
        Misuse::BadPort { port } => PlainMisuse::BadPort(port),
        Misuse::BufferOutOfBounds(bound) => PlainMisuse::OutOfBounds(bound.plain()),
        Misuse::NotNumeric { .. } => PlainMisuse::NotNumeric(*misuse == BIND),
        Misuse::IpBlocked(address) => PlainMisuse::IpBlocked(address.plain()),
        Misuse::ReversedRange { start } => PlainMisuse::ReversedRange(start),
        Misuse::BadPrefix { prefix, max } => PlainMisuse::BadPrefix(prefix, max),
        fixed => {
            let place = (0..).zip(FIXED).find(|(_, one)| *one == fixed);
            PlainMisuse::Fixed(place.map_or(u8::MAX, |(place, _)| place))
        }
    }
}

fn of(plain: PlainMisuse) -> Option<Misuse> {
    Some(match plain {
        PlainMisuse::Fixed(place) => *FIXED.get(usize::from(place))?,
        PlainMisuse::BadPort(port) => Misuse::BadPort { port },
        PlainMisuse::OutOfBounds(bound) => Misuse::BufferOutOfBounds(Bound::of(bound)?),
        PlainMisuse::NotNumeric(is_bind) => {
            if is_bind {
                BIND
            } else {
                CONNECT
            }
        }
        PlainMisuse::IpBlocked(address) => Misuse::IpBlocked(Address::of(address)?),
        PlainMisuse::ReversedRange(start) => Misuse::ReversedRange { start },
        PlainMisuse::BadPrefix(prefix, max) => Misuse::BadPrefix { prefix, max },
    })
}

impl<'a> Plain<'a> for Result<usize, Error<'a>> {
    type As = Result<u32, PlainError<'a>>;

    fn plain(&self) -> Self::As {
        match self {
            Ok(bytes) => Ok(u32::try_from(*bytes).unwrap_or(u32::MAX)),
            Err(error) => Err(error.plain()),
        }
    }

    fn of(plain: Self::As) -> Option<Self> {
        Some(match plain {
            Ok(bytes) => Ok(usize::try_from(bytes).ok()?),
            Err(error) => Err(Error::of(error)?),
        })
    }
}

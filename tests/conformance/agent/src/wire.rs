//! How the core's values are written: as plain ones, since the core knows no serde.

mod error;
#[cfg(test)]
mod tests;

use core::net::{IpAddr, Ipv4Addr};
use core::num::NonZeroU32;

use anydgram_core::{
    Address, BindOptions, BindState, ConnectState, Destination, Endpoint, Errno, Family, Host,
    Interface, MulticastInterface, Operation, Options, SocketType,
};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// A value of the core, and the plain value that it is written as.
pub(crate) trait Plain<'a>: Sized {
    /// The plain value.
    type As: Serialize + Deserialize<'a>;

    /// As a plain value.
    fn plain(&self) -> Self::As;

    /// Out of a plain value, if it is one.
    fn of(plain: Self::As) -> Option<Self>;
}

/// For serde's attribute `with`.
///
/// # Errors
/// The serializer's.
pub(crate) fn serialize<'a, T: Plain<'a>, S: Serializer>(
    value: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    value.plain().serialize(to)
}

/// For serde's attribute `with`.
///
/// # Errors
/// The deserializer's, and a plain value that is none of the core's.
pub(crate) fn deserialize<'a, T: Plain<'a>, D: Deserializer<'a>>(from: D) -> Result<T, D::Error> {
    T::of(T::As::deserialize(from)?).ok_or_else(|| D::Error::custom("no value of the core"))
}

/// The values of an enum that has nothing in it, by their places.
macro_rules! by_place {
    ($($kind:ty: $($value:ident)+;)+) => {$(
        impl Plain<'_> for $kind {
            type As = u8;

            fn plain(&self) -> u8 {
                let all = [$(Self::$value),+];
                (0..).zip(all).find(|(_, one)| one == self).map_or(u8::MAX, |(place, _)| place)
            }

            fn of(plain: u8) -> Option<Self> {
                [$(Self::$value),+].get(usize::from(plain)).copied()
            }
        }
    )+};
}
pub(crate) use by_place;
pub(crate) use error::PlainError;

by_place! {
    BindState: Unbound Binding Bound;
    ConnectState: Disconnected Connecting Connected;
    Family: V4 V6;
    SocketType: Udp4 Udp6;
    Operation: Bind Connect Send Receive Option Membership;
}

impl Plain<'_> for Address {
    type As = (IpAddr, u32);

    fn plain(&self) -> Self::As {
        (self.ip(), self.scope_id())
    }

    fn of((ip, scope_id): Self::As) -> Option<Self> {
        Some(Self::new(ip).with_scope_id(scope_id))
    }
}

impl Plain<'_> for Endpoint {
    type As = ((IpAddr, u32), u16);

    fn plain(&self) -> Self::As {
        (self.address.plain(), self.port)
    }

    fn of((address, port): Self::As) -> Option<Self> {
        Some(Self::new(Address::of(address)?, port))
    }
}

impl<'a> Plain<'a> for Host<'a> {
    type As = (Option<(IpAddr, u32)>, Option<&'a str>);

    fn plain(&self) -> Self::As {
        match self {
            Self::Default => (None, None),
            Self::Ip(address) => (Some(address.plain()), None),
            Self::Name(name) => (None, Some(name)),
        }
    }

    fn of(plain: Self::As) -> Option<Self> {
        match plain {
            (None, None) => Some(Self::Default),
            (Some(address), None) => Address::of(address).map(Self::Ip),
            (None, Some(name)) => Some(Self::Name(name)),
            (Some(_), Some(_)) => None,
        }
    }
}

impl<'a> Plain<'a> for Destination<'a> {
    type As = (<Host<'a> as Plain<'a>>::As, u16);

    fn plain(&self) -> Self::As {
        (self.host.plain(), self.port)
    }

    fn of((host, port): Self::As) -> Option<Self> {
        Some(Self::new(Host::of(host)?, port))
    }
}

impl<'a, T: Plain<'a>> Plain<'a> for Option<T> {
    type As = Option<T::As>;

    fn plain(&self) -> Self::As {
        self.as_ref().map(T::plain)
    }

    fn of(plain: Self::As) -> Option<Self> {
        plain.map_or(Some(None), |plain| T::of(plain).map(Some))
    }
}

impl<'a> Plain<'a> for BindOptions<'a> {
    type As = (<Host<'a> as Plain<'a>>::As, u16, bool, Option<i32>);

    fn plain(&self) -> Self::As {
        (self.host.plain(), self.port, self.exclusive, self.fd)
    }

    fn of((host, port, exclusive, fd): Self::As) -> Option<Self> {
        let mut options = Self::port(port).exclusive(exclusive);
        options.host = Host::of(host)?;
        options.fd = fd;
        Some(options)
    }
}

impl Plain<'_> for Options {
    /// The type, the flags, the sizes of buffers. Scenarios have no policy for a full queue.
    type As = (u8, [bool; 4], [Option<NonZeroU32>; 2]);

    fn plain(&self) -> Self::As {
        (
            self.socket_type.plain(),
            [
                self.reuse_address,
                self.reuse_port,
                self.ipv6_only,
                self.look_up_always,
            ],
            [self.receive_buffer_size, self.send_buffer_size],
        )
    }

    fn of((socket_type, flags, sizes): Self::As) -> Option<Self> {
        let [reuse_address, reuse_port, ipv6_only, look_up_always] = flags;
        let mut options = Self::new(SocketType::of(socket_type)?)
            .reuse_address(reuse_address)
            .reuse_port(reuse_port)
            .ipv6_only(ipv6_only)
            .look_up_always(look_up_always);
        [options.receive_buffer_size, options.send_buffer_size] = sizes;
        Some(options)
    }
}

impl Plain<'_> for Interface {
    type As = (u8, u32);

    fn plain(&self) -> Self::As {
        match self {
            Self::Default => (0, 0),
            Self::Address(address) => (1, address.to_bits()),
            Self::Index(index) => (2, *index),
            Self::All => (3, 0),
        }
    }

    fn of((kind, number): Self::As) -> Option<Self> {
        Some(match kind {
            0 => Self::Default,
            1 => Self::Address(Ipv4Addr::from_bits(number)),
            2 => Self::Index(number),
            3 => Self::All,
            _ => return None,
        })
    }
}

impl Plain<'_> for MulticastInterface {
    type As = (u8, u32);

    fn plain(&self) -> Self::As {
        match self {
            Self::V4(address) => (0, address.to_bits()),
            Self::V6(index) => (1, *index),
            Self::Index(index) => (2, *index),
        }
    }

    fn of((kind, number): Self::As) -> Option<Self> {
        Some(match kind {
            0 => Self::V4(Ipv4Addr::from_bits(number)),
            1 => Self::V6(number),
            2 => Self::Index(number),
            _ => return None,
        })
    }
}

impl Plain<'_> for Result<Address, Errno> {
    type As = Result<(IpAddr, u32), i32>;

    fn plain(&self) -> Self::As {
        self.as_ref().map(Address::plain).map_err(Errno::plain)
    }

    fn of(plain: Self::As) -> Option<Self> {
        Some(match plain {
            Ok(address) => Ok(Address::of(address)?),
            Err(errno) => Err(Errno::of(errno)?),
        })
    }
}

//! The world's failures: system errors with Node's labels and texts.

use core::fmt;

use super::Errno;
use crate::address::Address;

macro_rules! syscalls {
    ($($variant:ident, $name:literal;)+) => {
        /// What failed, by the label that Node prints, which is also its `Display`.
        ///
        /// Node: `error.syscall`
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Syscall {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl Syscall {
            /// Node's `error.syscall`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

syscalls! {
    Bind, "bind";
    Connect, "connect";
    Send, "send";
    Open, "open";
    GetAddrInfo, "getaddrinfo";
    GetSockName, "getsockname";
    GetPeerName, "getpeername";
    RecvMsg, "recvmsg";
    SetTtl, "setTTL";
    SetMulticastTtl, "setMulticastTTL";
    SetMulticastLoopback, "setMulticastLoopback";
    SetMulticastInterface, "setMulticastInterface";
    SetBroadcast, "setBroadcast";
    AddMembership, "addMembership";
    DropMembership, "dropMembership";
    AddSourceSpecificMembership, "addSourceSpecificMembership";
    DropSourceSpecificMembership, "dropSourceSpecificMembership";
    ReceiveBufferSize, "uv_recv_buffer_size";
    SendBufferSize, "uv_send_buffer_size";
}

impl fmt::Display for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Syscall {
    const fn is_buffer_size(self) -> bool {
        matches!(self, Self::ReceiveBufferSize | Self::SendBufferSize)
    }
}

/// The address that a system error names.
///
/// Node names the resolved address for `bind`, and the address as it was given for `connect` and
/// `send`, so a defaulted destination reads `undefined`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorAddress<'a> {
    /// No address belongs to the call.
    None,
    /// The destination was left to the default.
    Undefined,
    /// An IP address.
    Ip(Address),
    /// A host name as it was given.
    Name(&'a str),
}

/// A failed system call, or its counterpart on a stack without system calls.
///
/// `Display` is Node's `error.message`, for example `bind EADDRINUSE 127.0.0.1:41234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct SystemError<'a> {
    /// What failed.
    pub syscall: Syscall,
    /// Why.
    pub errno: Errno,
    /// Where it was aimed.
    pub address: ErrorAddress<'a>,
    /// The port it was aimed at, 0 for none.
    pub port: u16,
}

impl<'a> SystemError<'a> {
    /// A failure without an address.
    #[must_use]
    pub const fn new(syscall: Syscall, errno: Errno) -> Self {
        Self {
            syscall,
            errno,
            address: ErrorAddress::None,
            port: 0,
        }
    }

    /// A failure aimed at `address` and `port` (0: none).
    #[must_use]
    pub const fn at(syscall: Syscall, errno: Errno, address: ErrorAddress<'a>, port: u16) -> Self {
        Self {
            syscall,
            errno,
            address,
            port,
        }
    }

    /// Node's `error.code`: the errno's name, but `ERR_SOCKET_BUFFER_SIZE` for buffer sizes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        if self.syscall.is_buffer_size() {
            "ERR_SOCKET_BUFFER_SIZE"
        } else {
            self.errno.name()
        }
    }

    /// The same error without a borrowed host name.
    #[must_use]
    pub fn without_name(self) -> SystemError<'static> {
        let address = match self.address {
            ErrorAddress::None => ErrorAddress::None,
            ErrorAddress::Undefined | ErrorAddress::Name(_) => ErrorAddress::Undefined,
            ErrorAddress::Ip(address) => ErrorAddress::Ip(address),
        };
        SystemError {
            syscall: self.syscall,
            errno: self.errno,
            address,
            port: self.port,
        }
    }
}

impl fmt::Display for SystemError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (syscall, errno) = (self.syscall.name(), self.errno.name());
        if self.syscall.is_buffer_size() {
            let text = self.errno.text();
            return write!(
                f,
                "Could not get or set buffer size: {syscall} returned {errno} ({text})"
            );
        }
        f.write_str(syscall)?;
        f.write_str(" ")?;
        f.write_str(errno)?;
        match (self.address, self.port) {
            (ErrorAddress::None, _) | (ErrorAddress::Undefined, 0) => return Ok(()),
            (ErrorAddress::Undefined, _) => f.write_str(" undefined")?,
            (ErrorAddress::Ip(address), _) => write!(f, " {address}")?,
            (ErrorAddress::Name(name), _) => {
                f.write_str(" ")?;
                f.write_str(name)?;
            }
        }
        if self.port == 0 || self.syscall as u8 == Syscall::GetAddrInfo as u8 {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

impl core::error::Error for SystemError<'_> {}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::ToString as _;
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[test]
    fn texts_are_nodes() {
        let ip = ErrorAddress::Ip(Address::from(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let text = |error: SystemError<'_>| error.to_string();
        assert_eq!(
            text(SystemError::at(Syscall::Bind, Errno::EADDRINUSE, ip, 9)),
            "bind EADDRINUSE 127.0.0.1:9"
        );
        assert_eq!(
            text(SystemError::at(Syscall::Bind, Errno::EACCES, ip, 0)),
            "bind EACCES 127.0.0.1"
        );
        assert_eq!(
            text(SystemError::at(
                Syscall::Send,
                Errno::EMSGSIZE,
                ErrorAddress::Undefined,
                9
            )),
            "send EMSGSIZE undefined:9"
        );
        assert_eq!(
            text(SystemError::new(Syscall::Send, Errno::EMSGSIZE)),
            "send EMSGSIZE"
        );
        assert_eq!(
            text(SystemError::at(
                Syscall::GetAddrInfo,
                Errno::ENOTFOUND,
                ErrorAddress::Name("no.such"),
                0
            )),
            "getaddrinfo ENOTFOUND no.such"
        );
        assert_eq!(
            text(SystemError::new(Syscall::ReceiveBufferSize, Errno::EBADF)),
            "Could not get or set buffer size: uv_recv_buffer_size returned EBADF (bad file descriptor)"
        );
    }
}

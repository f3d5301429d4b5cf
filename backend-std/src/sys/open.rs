//! Opening: a new socket that is bound, or somebody else's descriptor that is adopted.

use anydgram_core::{
    BindRequest, Endpoint, Errno, Error, ErrorAddress, Family, SocketOption, Syscall, SystemError,
};
use socket2::{Protocol, Socket};

use super::{NEVER_COALESCES, OsSocket, platform};
use crate::{convert, errno};

/// What opening gave.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The bound socket.
    pub(crate) socket: OsSocket,
    /// A buffer size that was refused. The socket is bound all the same; the size behind it was not tried.
    pub(crate) buffer_error: Option<SystemError<'static>>,
}

impl Opened {
    /// A socket that is bound, with the buffer sizes of `request`, which tells what that asks for.
    ///
    /// # Errors
    /// `bind ENOTSUP address:port` for a socket without fragments where that cannot be.
    pub(crate) fn new(socket: OsSocket, request: &BindRequest) -> Result<Self, Error<'static>> {
        if request.dont_fragment {
            socket.forbid_fragments().map_err(|errno| {
                let address = ErrorAddress::Ip(request.address);
                SystemError::at(Syscall::Bind, errno, address, request.port)
            })?;
        }
        if let Err(errno) = socket.tell(request.metadata) {
            // Known of a kernel that was built without; the fields stay empty, as on other systems.
            log::warn!("the system does not tell what was asked for: {errno}");
        }
        let buffer_error = socket
            .set_buffer_sizes(request.receive_buffer_size, request.send_buffer_size)
            .err();
        Ok(Self {
            socket,
            buffer_error,
        })
    }
}

/// The options that have to be set before binding.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BindFlags {
    /// `SO_REUSEADDR`, or what stands for it.
    pub(super) reuse_address: bool,
    /// `SO_REUSEPORT` with load balancing.
    pub(super) reuse_port: bool,
    /// `IPV6_V6ONLY`.
    pub(super) ipv6_only: bool,
}

impl OsSocket {
    /// Opens what `request` asks for: binds a new socket, or adopts a descriptor; then sets the buffer sizes.
    ///
    /// A descriptor that is adopted belongs to the socket from then on. One that is refused stays the caller's.
    ///
    /// # Errors
    /// * `bind CODE address:port`: `EINVAL` for an address of another family, for a link-local address without
    ///   scope, and for `ipv6_only` on IPv4; `ENOTSUP` for `reuse_port` where the platform does not balance load, and for
    ///   `dont_fragment` but on Linux.
    /// * [`Misuse::InvalidFdType`](anydgram_core::Misuse::InvalidFdType) for a descriptor that is no UDP socket,
    ///   else `open CODE`.
    ///
    /// Node: `socket.bind`
    pub(crate) fn open(request: &BindRequest) -> Result<Opened, Error<'static>> {
        let socket = match request.fd {
            Some(fd) => Self::adopt(fd)?,
            None => Self::bind(
                request.family,
                Endpoint::new(request.address, request.port),
                BindFlags {
                    reuse_address: request.reuse_address,
                    reuse_port: request.reuse_port,
                    ipv6_only: request.ipv6_only,
                },
            )?,
        };
        Opened::new(socket, request)
    }

    /// Adopts a descriptor.
    pub(super) fn adopt(fd: i32) -> Result<Self, Error<'static>> {
        let (socket, family) = platform::adopt(fd)?;
        let socket = Self::from_socket(socket, family);
        socket.arrival.set(NEVER_COALESCES, true);
        Ok(socket)
    }

    /// Binds a new socket.
    pub(super) fn bind(
        family: Family,
        at: Endpoint,
        flags: BindFlags,
    ) -> Result<Self, SystemError<'static>> {
        new_bound(family, at, flags)
            .map(|socket| Self::from_socket(socket, family))
            .map_err(|errno| {
                let address = ErrorAddress::Ip(at.address);
                SystemError::at(Syscall::Bind, errno, address, at.port)
            })
    }

    /// Sets the sizes that are given, as Node does before it emits `listening`.
    pub(super) fn set_buffer_sizes(
        &self,
        receive: Option<u32>,
        send: Option<u32>,
    ) -> Result<(), SystemError<'static>> {
        if let Some(size) = receive {
            self.set_option(SocketOption::ReceiveBufferSize(size))
                .map_err(|errno| SystemError::new(Syscall::ReceiveBufferSize, errno))?;
        }
        if let Some(size) = send {
            self.set_option(SocketOption::SendBufferSize(size))
                .map_err(|errno| SystemError::new(Syscall::SendBufferSize, errno))?;
        }
        Ok(())
    }
}

/// A new socket that is bound, and does not block.
pub(super) fn new_bound(family: Family, at: Endpoint, flags: BindFlags) -> Result<Socket, Errno> {
    if at.address.family() != family || (flags.ipv6_only && family == Family::V4) {
        return Err(Errno::EINVAL);
    }
    let error = |error| errno::from_io(&error);
    let domain = convert::domain(family);
    let socket = platform::open(domain, Some(Protocol::UDP)).map_err(error)?;
    if flags.reuse_address {
        platform::set_reuse_address(&socket).map_err(error)?;
    }
    if flags.reuse_port {
        platform::set_reuse_port(&socket).map_err(error)?;
    }
    if family == Family::V6 {
        let set = socket.set_only_v6(flags.ipv6_only);
        // Systems without dual-stack sockets refuse to turn it off, and nobody has asked for that.
        if flags.ipv6_only {
            set.map_err(error)?;
        }
    }
    match socket.bind(&convert::sock_addr(at)).map_err(error) {
        Err(Errno::EAFNOSUPPORT) => Err(Errno::EINVAL),
        result => result.map(|()| socket),
    }
}

//! What the adapters for traits of the embedded world share: the stack that makes their sockets, and addresses.

use core::net::{IpAddr, SocketAddr};

use anydgram_core::{
    Endpoint, Errno, ErrorAddress, Family, Host, Options, RecvMeta, SocketType, Syscall,
    SystemError,
};

use crate::error::Error;
use crate::tokio::{Socket, resolve};

/// The operating system's network, for programs that are given a stack. Its sockets are [`Socket`]s.
///
/// They may send to broadcast addresses, and hear no group that only others on this computer have joined. A socket of the
/// wildcard address `::` is for both families, unless [`ipv6_only`](Self::ipv6_only) is on: it names IPv4 peers by their
/// mapped addresses, and takes either form.
///
/// # Examples
/// ```
/// # #[cfg(feature = "edge-nal")]
/// use anydgram_std::edge_nal::Stack;
/// # #[cfg(not(feature = "edge-nal"))]
/// # use anydgram_std::embedded_nal_async::Stack;
///
/// let stack = Stack::new().reuse_address(true);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Stack {
    reuse_address: bool,
    ipv6_only: bool,
}

impl Stack {
    /// A stack whose sockets share no addresses.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reuse_address: false,
            ipv6_only: false,
        }
    }

    /// Lets sockets share an address with others that do, as mDNS responders need. Default `false`.
    ///
    /// Node: the option `reuseAddr`
    #[must_use]
    pub const fn reuse_address(self, on: bool) -> Self {
        Self {
            reuse_address: on,
            ..self
        }
    }

    /// Keeps sockets of `::` to IPv6. Default `false`.
    ///
    /// Node: the option `ipv6Only`
    #[must_use]
    pub const fn ipv6_only(self, on: bool) -> Self {
        Self {
            ipv6_only: on,
            ..self
        }
    }

    /// A socket that is bound to `local`.
    pub(crate) async fn bound(&self, local: SocketAddr) -> Result<Socket, Error> {
        let options = match local {
            SocketAddr::V4(_) => Options::new(SocketType::Udp4),
            SocketAddr::V6(_) => Options::new(SocketType::Udp6).ipv6_only(self.ipv6_only),
        };
        let socket = Socket::bound(options.reuse_address(self.reuse_address), local).await?;
        socket.set_broadcast(true)?;
        socket.keep_to_own_groups()?;
        Ok(socket)
    }

    /// A socket that is bound to `local` and connected to `remote`.
    pub(crate) async fn connected(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<Socket, Error> {
        let socket = self.bound(local).await?;
        let remote = reachable(&socket, remote);
        socket.connect(remote).await?;
        Ok(socket)
    }

    /// The first address of a name in one of `families`, tried in their order.
    pub(crate) async fn address_of(
        &self,
        name: &str,
        families: &[Family],
    ) -> Result<IpAddr, Error> {
        let mut result = look_up_failed(name, Errno::ENOTFOUND);
        for family in families {
            result = match resolve(Host::Name(name), *family).await {
                Ok(Host::Ip(address)) if address.family() == *family => return Ok(address.ip()),
                Ok(_) => look_up_failed(name, Errno::ENOTFOUND),
                Err(error) => Err(error),
            };
        }
        result
    }
}

/// `remote` in the form that the socket can send to: a `udp6` socket knows an IPv4 address as a mapped one.
///
/// RFC 3493 § 3.7
pub(crate) fn reachable(socket: &Socket, remote: SocketAddr) -> SocketAddr {
    match remote {
        SocketAddr::V4(v4) if socket.socket_type() == SocketType::Udp6 => {
            (v4.ip().to_ipv6_mapped(), v4.port()).into()
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => remote,
    }
}

/// The length of a datagram of which `length` bytes are in the buffer. Where the system does not tell that of a truncated
/// one, it is at least one byte more.
pub(crate) fn full_length(length: usize, meta: &RecvMeta) -> usize {
    meta.wire_len.unwrap_or_else(|| length.saturating_add(1))
}

/// Who sent a datagram: the unspecified address if the system does not say.
pub(crate) fn sender(socket: &Socket, meta: &RecvMeta) -> SocketAddr {
    let nobody = || Endpoint::new(socket.socket_type().family().wildcard(), 0);
    meta.sender.unwrap_or_else(nobody).into()
}

/// What a name stands for that was not found.
fn look_up_failed<T>(name: &str, errno: Errno) -> Result<T, Error> {
    let name = ErrorAddress::Name(name);
    Err(SystemError::at(Syscall::GetAddrInfo, errno, name, 0).into())
}

/// That addresses have no names here.
pub(crate) fn no_reverse_look_up<T>() -> Result<T, Error> {
    Err(SystemError::new(Syscall::GetAddrInfo, Errno::ENOTSUP).into())
}

impl embedded_io::Error for Error {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::Error::kind(&self.as_core())
    }
}

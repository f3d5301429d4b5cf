//! What the adapters for traits of the embedded world share: the stack that makes their sockets, and addresses.

use core::net::{IpAddr, SocketAddr};

use anydgram_core::{
    Endpoint, Errno, Error, Family, Host as GivenHost, Options, RecvMeta, SocketType, Syscall,
    SystemError,
};

use crate::host::Host;
use crate::socket::Socket;

/// A host's network, for programs that are given a stack. Its sockets are [`Socket`]s, in memory that was
/// [lent](Host::lend) to the host.
///
/// They may send to broadcast addresses, and hear no group that only others on this host have joined. A socket of the
/// wildcard address `::` is for both families, unless [`ipv6_only`](Self::ipv6_only) is on: it names IPv4 peers by their
/// mapped addresses, and takes either form.
///
/// # Examples
/// ```
/// # use anydgram_embassy::Host;
/// # #[cfg(feature = "edge-nal")]
/// use anydgram_embassy::edge_nal::Stack;
/// # #[cfg(not(feature = "edge-nal"))]
/// # use anydgram_embassy::embedded_nal_async::Stack;
///
/// fn shared<'m>(host: &'m Host<'m>) -> Stack<'m> {
///     Stack::new(host).reuse_address(true)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stack<'m> {
    pub(crate) host: &'m Host<'m>,
    reuse_address: bool,
    ipv6_only: bool,
}

impl<'m> Stack<'m> {
    /// The network of a host, whose sockets share no addresses.
    #[must_use]
    pub const fn new(host: &'m Host<'m>) -> Self {
        Self {
            host,
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
    pub(crate) async fn bound(&self, local: SocketAddr) -> Result<Socket<'m>, Error<'static>> {
        let options = match local {
            SocketAddr::V4(_) => Options::new(SocketType::Udp4),
            SocketAddr::V6(_) => Options::new(SocketType::Udp6).ipv6_only(self.ipv6_only),
        };
        let socket = self
            .host
            .socket(options.reuse_address(self.reuse_address))?;
        socket.bind(local).await?;
        socket.set_broadcast(true)?;
        socket.keep_to_own_groups();
        Ok(socket)
    }

    /// A socket that is bound to `local` and connected to `remote`.
    pub(crate) async fn connected(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<Socket<'m>, Error<'static>> {
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
    ) -> Result<IpAddr, Error<'static>> {
        let mut result = look_up_failed(Errno::ENOTFOUND);
        for family in families {
            result = match self.host.resolve(GivenHost::Name(name), *family).await {
                Ok(GivenHost::Ip(address)) if address.family() == *family => {
                    return Ok(address.ip());
                }
                Ok(_) => look_up_failed(Errno::ENOTFOUND),
                Err(error) => Err(error.without_name()),
            };
        }
        result
    }
}

/// `remote` in the form that the socket can send to: a `udp6` socket knows an IPv4 address as a mapped one.
///
/// RFC 3493 § 3.7
pub(crate) fn reachable(socket: &Socket<'_>, remote: SocketAddr) -> SocketAddr {
    match remote {
        SocketAddr::V4(v4) if socket.socket_type() == SocketType::Udp6 => {
            (v4.ip().to_ipv6_mapped(), v4.port()).into()
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => remote,
    }
}

/// Who sent a datagram.
pub(crate) fn sender(socket: &Socket<'_>, meta: &RecvMeta) -> SocketAddr {
    let nobody = || Endpoint::new(socket.socket_type().family().wildcard(), 0);
    meta.sender.unwrap_or_else(nobody).into()
}

/// What a name stands for that was not found.
fn look_up_failed<T>(errno: Errno) -> Result<T, Error<'static>> {
    Err(SystemError::new(Syscall::GetAddrInfo, errno).into())
}

/// That addresses have no names here.
pub(crate) fn no_reverse_look_up<T>() -> Result<T, Error<'static>> {
    look_up_failed(Errno::ENOTSUP)
}

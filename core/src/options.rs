//! What a socket is created with, and what `bind` takes.

use core::net::SocketAddr;
use core::num::NonZeroU32;

use crate::address::{Endpoint, Family, Host, SocketType};
use crate::receive::Metadata;

/// What a socket is created with.
///
/// ```
/// use anydgram_core::{Options, SocketType};
/// let options = Options::new(SocketType::Udp4).reuse_address(true).receive_buffer_size(65_536);
/// ```
///
/// Node: `dgram.createSocket(options)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Options {
    /// `udp4` or `udp6`.
    pub socket_type: SocketType,
    /// See [`Options::reuse_address`].
    pub reuse_address: bool,
    /// See [`Options::reuse_port`].
    pub reuse_port: bool,
    /// See [`Options::ipv6_only`].
    pub ipv6_only: bool,
    /// See [`Options::receive_buffer_size`].
    pub receive_buffer_size: Option<NonZeroU32>,
    /// See [`Options::send_buffer_size`].
    pub send_buffer_size: Option<NonZeroU32>,
    /// See [`Options::full_queue`].
    pub full_queue: FullQueue,
    /// See [`Options::look_up_always`].
    pub look_up_always: bool,
    /// See [`Options::dont_fragment`].
    pub dont_fragment: bool,
    /// See [`Options::metadata`].
    pub metadata: Metadata,
}

impl Options {
    /// A socket of `socket_type` with everything else as the stack has it.
    #[must_use]
    pub const fn new(socket_type: SocketType) -> Self {
        Self {
            socket_type,
            reuse_address: false,
            reuse_port: false,
            ipv6_only: false,
            receive_buffer_size: None,
            send_buffer_size: None,
            full_queue: FullQueue::Reject,
            look_up_always: false,
            dont_fragment: false,
            metadata: Metadata::NONE,
        }
    }

    /// Lets several sockets that all set it share an address. Default `false`.
    ///
    /// # Platforms
    /// `SO_REUSEADDR` on Linux and Windows, `SO_REUSEPORT` on BSD and macOS. On Linux the last socket
    /// bound receives unicast datagrams; all of them receive multicast and broadcast.
    ///
    /// Node: the option `reuseAddr`
    #[doc(alias = "reuseAddr")]
    #[must_use]
    pub const fn reuse_address(mut self, on: bool) -> Self {
        self.reuse_address = on;
        self
    }

    /// Lets the stack spread datagrams over several sockets that all set it. Default `false`; makes every
    /// bind exclusive.
    ///
    /// Node: the option `reusePort`
    #[doc(alias = "reusePort")]
    #[must_use]
    pub const fn reuse_port(mut self, on: bool) -> Self {
        self.reuse_port = on;
        self
    }

    /// Keeps IPv4 traffic out of a `udp6` socket. Default `false`; binding a `udp4` socket with it fails
    /// with `EINVAL`.
    ///
    /// Node: the option `ipv6Only`; RFC 3493 § 5.3
    #[doc(alias = "ipv6Only")]
    #[must_use]
    pub const fn ipv6_only(mut self, on: bool) -> Self {
        self.ipv6_only = on;
        self
    }

    /// Receive buffer size in bytes, set when the socket starts to read; 0, the default, leaves it to the stack.
    ///
    /// Node: the option `recvBufferSize`
    #[doc(alias = "recvBufferSize")]
    #[must_use]
    pub const fn receive_buffer_size(mut self, bytes: u32) -> Self {
        self.receive_buffer_size = NonZeroU32::new(bytes);
        self
    }

    /// Send buffer size in bytes, set when the socket starts to read; 0, the default, leaves it to the stack.
    ///
    /// Node: the option `sendBufferSize`
    #[doc(alias = "sendBufferSize")]
    #[must_use]
    pub const fn send_buffer_size(mut self, bytes: u32) -> Self {
        self.send_buffer_size = NonZeroU32::new(bytes);
        self
    }

    /// What becomes of a send that finds the queue full. Default [`FullQueue::Reject`].
    #[must_use]
    pub const fn full_queue(mut self, policy: FullQueue) -> Self {
        self.full_queue = policy;
        self
    }

    /// Looks up every host, also numeric and defaulted ones: for an application's own resolver that
    /// wants to see all of them, as Node's `lookup` option does. Default `false`. No send leaves in its
    /// own call then.
    ///
    /// Node: the option `lookup`
    #[doc(alias = "lookup")]
    #[must_use]
    pub const fn look_up_always(mut self, on: bool) -> Self {
        self.look_up_always = on;
        self
    }

    /// Sends no datagram in fragments, and has no router make any: one that is longer than a link on the way takes fails
    /// with `EMSGSIZE`, as soon as that is known. Default `false`, as the stack has it. Where the backend cannot do it
    /// ([`Feature::DontFragment`](crate::Feature::DontFragment)), binding fails with `ENOTSUP`.
    ///
    /// RFC 8899 § 3; Linux: `IP_MTU_DISCOVER`, ip(7), `IPV6_MTU_DISCOVER`, ipv6(7)
    #[must_use]
    pub const fn dont_fragment(mut self, on: bool) -> Self {
        self.dont_fragment = on;
        self
    }

    /// What to tell of received datagrams beyond sender and length, set when the socket is bound. Default
    /// [`Metadata::NONE`]: each costs a system call at the bind, and time with each datagram.
    ///
    /// RFC 3542; Linux: ip(7), ipv6(7)
    #[must_use]
    pub const fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The family of the socket.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.socket_type.family()
    }
}

/// What becomes of a send that finds the queue full.
///
/// Each case is counted in [`Stats`](crate::Stats) and followed by [`Event::Drained`](crate::Event::Drained), but
/// for a datagram that the empty queue could not hold either: that one can only leave at once. With any policy, a
/// send that reports its completion is refused while there is no place for that event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "the new one, the oldest one, or neither is kept"
)]
pub enum FullQueue {
    /// The call fails with [`Misuse::QueueFull`](crate::Misuse::QueueFull).
    #[default]
    Reject,
    /// The oldest datagrams that wait are dropped until the new one fits; they complete with `ENOBUFS`.
    DropOldest,
    /// The new datagram is accepted and dropped; it completes with `ENOBUFS`.
    DropNewest,
}

/// Where to bind.
///
/// ```
/// use anydgram_core::BindOptions;
/// let anywhere = BindOptions::default();
/// let here = BindOptions::port(41_234).address("127.0.0.1");
/// assert_eq!(here, ("127.0.0.1", 41_234).into());
/// ```
///
/// Node: the options of `socket.bind`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct BindOptions<'a> {
    /// The address; defaults to the wildcard address of the family.
    pub host: Host<'a>,
    /// The port; 0, the default, lets the stack choose.
    pub port: u16,
    /// Never shared between processes. Default `false`.
    pub exclusive: bool,
    /// An open descriptor to adopt; `address` and `port` do not count then. Numbers below 1 are ignored.
    pub fd: Option<i32>,
}

impl Default for BindOptions<'_> {
    fn default() -> Self {
        Self {
            host: Host::Default,
            port: 0,
            exclusive: false,
            fd: None,
        }
    }
}

impl<'a> BindOptions<'a> {
    /// The wildcard address at `port`.
    #[must_use]
    pub fn port(port: u16) -> Self {
        Self {
            port,
            ..Self::default()
        }
    }

    /// Binds to `host`: an address, or a name that the backend looks up.
    ///
    /// Node: the option `address`
    #[must_use]
    pub fn address(mut self, host: impl Into<Host<'a>>) -> Self {
        self.host = host.into();
        self
    }

    /// Never shares the socket between processes. Default `false`.
    ///
    /// Node: the option `exclusive`
    #[must_use]
    pub const fn exclusive(mut self, on: bool) -> Self {
        self.exclusive = on;
        self
    }

    /// Adopts an open descriptor, which the socket owns from then on; ignored unless it is above 0.
    ///
    /// Node: the option `fd`
    #[must_use]
    pub const fn fd(mut self, fd: i32) -> Self {
        self.fd = if fd > 0 { Some(fd) } else { None };
        self
    }
}

impl From<u16> for BindOptions<'_> {
    fn from(port: u16) -> Self {
        Self::port(port)
    }
}

impl From<Endpoint> for BindOptions<'_> {
    fn from(endpoint: Endpoint) -> Self {
        Self::port(endpoint.port).address(endpoint.address)
    }
}

impl From<SocketAddr> for BindOptions<'_> {
    fn from(address: SocketAddr) -> Self {
        Endpoint::from(address).into()
    }
}

impl<'a, H: Into<Host<'a>>> From<(H, u16)> for BindOptions<'a> {
    fn from((host, port): (H, u16)) -> Self {
        Self::port(port).address(host)
    }
}

//! Socket options.

use anydgram_core::{Error, MulticastInterface, Rule};

use super::Socket;

impl Socket<'_> {
    /// Lets the socket send to broadcast addresses. Default off: such sends fail with `EACCES`.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setBroadcast EBADF` before it is bound.
    ///
    /// Node: `socket.setBroadcast`
    #[doc(alias = "setBroadcast")]
    pub fn set_broadcast(&self, on: bool) -> Result<(), Error<'static>> {
        self.call(|core| core.set_broadcast(on))
    }

    /// Sets the hop limit of unicast datagrams, 1..=255. Default: 64.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setTTL EINVAL` out of range, `setTTL EBADF` before it is
    /// bound.
    ///
    /// Node: `socket.setTTL`
    #[doc(alias = "setTTL")]
    pub fn set_ttl(&self, hops: u32) -> Result<(), Error<'static>> {
        self.call(|core| core.set_ttl(hops))
    }

    /// Sets the hop limit of multicast datagrams, 0..=255; 0 keeps them on this host. Default 1.
    ///
    /// # Errors
    /// As [`set_ttl`](Self::set_ttl), under `setMulticastTTL`.
    ///
    /// Node: `socket.setMulticastTTL`
    #[doc(alias = "setMulticastTTL")]
    pub fn set_multicast_ttl(&self, hops: u32) -> Result<(), Error<'static>> {
        self.call(|core| core.set_multicast_ttl(hops))
    }

    /// Delivers multicast datagrams on this host as well. Default on.
    ///
    /// # Errors
    /// As [`set_broadcast`](Self::set_broadcast), under `setMulticastLoopback`.
    ///
    /// Node: `socket.setMulticastLoopback`
    #[doc(alias = "setMulticastLoopback")]
    pub fn set_multicast_loopback(&self, on: bool) -> Result<(), Error<'static>> {
        self.call(|core| core.set_multicast_loopback(on))
    }

    /// Sets the interface that multicast datagrams leave by; 0 and `0.0.0.0` are the host's choice.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setMulticastInterface CODE`: `EBADF` before it is bound,
    /// `EADDRNOTAVAIL` for an address that no interface has.
    ///
    /// Node: `socket.setMulticastInterface`
    #[doc(alias = "setMulticastInterface")]
    pub fn set_multicast_interface(
        &self,
        interface: MulticastInterface,
    ) -> Result<(), Error<'static>> {
        self.call(|core| core.set_multicast_interface(interface))
    }

    /// Drops datagrams from the addresses of a rule, and counts them.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_QUEUE_FULL` when the list's memory is used up.
    ///
    /// Node: the option `receiveBlockList`
    #[doc(alias = "receiveBlockList")]
    pub fn block_receiving(&self, rule: Rule) -> Result<(), Error<'static>> {
        self.command(|core| core.block_receiving(rule))
    }

    /// Refuses to send to the addresses of a rule, with `ERR_IP_BLOCKED`.
    ///
    /// # Errors
    /// As [`block_receiving`](Self::block_receiving).
    ///
    /// Node: the option `sendBlockList`
    #[doc(alias = "sendBlockList")]
    pub fn block_sending(&self, rule: Rule) -> Result<(), Error<'static>> {
        self.command(|core| core.block_sending(rule))
    }
}

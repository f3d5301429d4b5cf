//! Multicast memberships; what the system refuses is the result of the call.

use core::net::IpAddr;

use anydgram_core::{Interface, Operation};

use super::Socket;
use crate::error::Error;

impl Socket {
    /// Joins a group: datagrams to it are received, from any source. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket; `addMembership CODE`: `EINVAL` for an address that is no
    /// group, `ENOPROTOOPT` for an IPv6 group on a `udp4` socket, `EADDRINUSE` if it is a member already, `ENODEV` for
    /// an address that no interface has, `ENOBUFS` for one group too many; `bind CODE` when the bind before it fails,
    /// which is an `error` event as well.
    ///
    /// # Examples
    /// ```no_run
    /// # use anydgram_std::{EventLoop, Interface, SocketType};
    /// # let event_loop = EventLoop::new()?;
    /// let socket = event_loop.create_socket(SocketType::Udp4)?;
    /// socket.bind_with(5353, |socket| {
    ///     let group = "224.0.0.251".parse().expect("it is an address");
    ///     socket.add_membership(group, Interface::All).expect("there is a network");
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Node: `socket.addMembership`
    #[doc(alias = "addMembership")]
    pub fn add_membership(&self, group: IpAddr, interface: Interface) -> Result<(), Error> {
        self.0
            .state
            .borrow_mut()
            .core
            .add_membership(group, interface)?;
        self.within_call(Operation::Membership)
    }

    /// Leaves a group that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket; `dropMembership CODE`: `EINVAL` for an address that is no
    /// group, `EADDRNOTAVAIL` if it is no member.
    ///
    /// Node: `socket.dropMembership`
    #[doc(alias = "dropMembership")]
    pub fn drop_membership(&self, group: IpAddr, interface: Interface) -> Result<(), Error> {
        self.0
            .state
            .borrow_mut()
            .core
            .drop_membership(group, interface)?;
        self.within_call(Operation::Membership)
    }

    /// Joins a channel (RFC 4607): datagrams to `group` are received from `source` only; more sources can be added.
    /// Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As [`add_membership`](Self::add_membership), under `addSourceSpecificMembership`; also `EINVAL` for two
    /// families, and `EADDRNOTAVAIL` if it is a member already.
    ///
    /// Node: `socket.addSourceSpecificMembership`
    #[doc(alias = "addSourceSpecificMembership")]
    pub fn add_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error> {
        let mut state = self.0.state.borrow_mut();
        state
            .core
            .add_source_specific_membership(source, group, interface)?;
        drop(state);
        self.within_call(Operation::Membership)
    }

    /// Leaves a channel that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As [`drop_membership`](Self::drop_membership), under `dropSourceSpecificMembership`; but `EINVAL` when the socket is
    /// in no channel of the group.
    ///
    /// Node: `socket.dropSourceSpecificMembership`
    #[doc(alias = "dropSourceSpecificMembership")]
    pub fn drop_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error> {
        let mut state = self.0.state.borrow_mut();
        state
            .core
            .drop_source_specific_membership(source, group, interface)?;
        drop(state);
        self.within_call(Operation::Membership)
    }
}

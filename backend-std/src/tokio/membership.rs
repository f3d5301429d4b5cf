//! Multicast memberships.

use core::net::IpAddr;

use anydgram_core::Interface;

use super::Socket;
use crate::error::Error;

impl Socket {
    /// Joins a group: datagrams to it are received, from any source. Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As the event loop's [`add_membership`](crate::Socket::add_membership); what the bind refuses.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// # Examples
    /// ```no_run
    /// # use anydgram_std::{Interface, Options, SocketType, tokio::Socket};
    /// # async fn listen() -> Result<(), Box<dyn std::error::Error>> {
    /// let options = Options::new(SocketType::Udp4).reuse_address(true);
    /// let socket = Socket::bound(options, 5353).await?;
    /// socket.add_membership("224.0.0.251".parse()?, Interface::All)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Node: `socket.addMembership`
    #[doc(alias = "addMembership")]
    pub fn add_membership(&self, group: IpAddr, interface: Interface) -> Result<(), Error> {
        self.call(|core| core.add_membership(group, interface))
    }

    /// Leaves a group that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As the event loop's [`drop_membership`](crate::Socket::drop_membership).
    ///
    /// Node: `socket.dropMembership`
    #[doc(alias = "dropMembership")]
    pub fn drop_membership(&self, group: IpAddr, interface: Interface) -> Result<(), Error> {
        self.call(|core| core.drop_membership(group, interface))
    }

    /// Joins a channel (RFC 4607): datagrams to `group` are received from `source` only; more sources can be added.
    /// Binds the socket first if it is unbound.
    ///
    /// # Errors
    /// As the event loop's
    /// [`add_source_specific_membership`](crate::Socket::add_source_specific_membership); what the bind refuses.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// Node: `socket.addSourceSpecificMembership`
    #[doc(alias = "addSourceSpecificMembership")]
    pub fn add_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error> {
        self.call(|core| core.add_source_specific_membership(source, group, interface))
    }

    /// Leaves a channel that was joined with the same arguments, or, with [`Interface::Default`], on whatever interface.
    ///
    /// # Errors
    /// As the event loop's
    /// [`drop_source_specific_membership`](crate::Socket::drop_source_specific_membership).
    ///
    /// Node: `socket.dropSourceSpecificMembership`
    #[doc(alias = "dropSourceSpecificMembership")]
    pub fn drop_source_specific_membership(
        &self,
        source: IpAddr,
        group: IpAddr,
        interface: Interface,
    ) -> Result<(), Error> {
        self.call(|core| core.drop_source_specific_membership(source, group, interface))
    }
}

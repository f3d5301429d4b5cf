//! Socket options; what the system refuses is the result of the call.

use anydgram_core::{Errno, Misuse, MulticastInterface, Operation, Syscall, SystemError};

use super::Socket;
use crate::error::Error;
use crate::lookup::multicast_interface;
use crate::sys::options::Buffer;

impl Socket {
    /// Lets the socket send to broadcast addresses. Default off: such sends fail with `EACCES`.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setBroadcast EBADF` before it is bound.
    ///
    /// Node: `socket.setBroadcast`
    #[doc(alias = "setBroadcast")]
    pub fn set_broadcast(&self, on: bool) -> Result<(), Error> {
        self.0.state.borrow_mut().core.set_broadcast(on)?;
        self.within_call(Operation::Option)
    }

    /// Sets the hop limit of unicast datagrams, 1..=255. Default: the system's, 64 as a rule.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setTTL EINVAL` out of range, `setTTL EBADF` before it is
    /// bound.
    ///
    /// Node: `socket.setTTL`
    #[doc(alias = "setTTL")]
    pub fn set_ttl(&self, hops: u32) -> Result<(), Error> {
        self.0.state.borrow_mut().core.set_ttl(hops)?;
        self.within_call(Operation::Option)
    }

    /// Sets the hop limit of multicast datagrams, 0..=255; 0 keeps them on this host. Default 1.
    ///
    /// # Errors
    /// As [`set_ttl`](Self::set_ttl), under `setMulticastTTL`.
    ///
    /// Node: `socket.setMulticastTTL`
    #[doc(alias = "setMulticastTTL")]
    pub fn set_multicast_ttl(&self, hops: u32) -> Result<(), Error> {
        self.0.state.borrow_mut().core.set_multicast_ttl(hops)?;
        self.within_call(Operation::Option)
    }

    /// Delivers multicast datagrams on this host as well. Default on.
    ///
    /// # Platforms
    /// On Windows the option counts where they are received, elsewhere where they are sent.
    ///
    /// # Errors
    /// As [`set_broadcast`](Self::set_broadcast), under `setMulticastLoopback`.
    ///
    /// Node: `socket.setMulticastLoopback`
    #[doc(alias = "setMulticastLoopback")]
    pub fn set_multicast_loopback(&self, on: bool) -> Result<(), Error> {
        self.0.state.borrow_mut().core.set_multicast_loopback(on)?;
        self.within_call(Operation::Option)
    }

    /// Sets the interface that multicast datagrams leave by, as text: an IPv4 address of the interface, or any IPv6
    /// address with the interface as its zone (`::%eth0`, `::%2`); `0.0.0.0` and `::` are the system's choice.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `setMulticastInterface CODE`: `EINVAL` for a text that is no
    /// address, `EBADF` before it is bound, `EADDRNOTAVAIL` for an address that no interface has.
    ///
    /// Node: `socket.setMulticastInterface`
    #[doc(alias = "setMulticastInterface")]
    pub fn set_multicast_interface(&self, interface: &str) -> Result<(), Error> {
        let interface = multicast_interface(interface);
        let mut state = self.0.state.borrow_mut();
        if state.core.is_closed() {
            return Err(Misuse::NotRunning.into());
        }
        state.core.set_multicast_interface(interface?)?;
        drop(state);
        self.within_call(Operation::Option)
    }

    /// Sets the interface that multicast datagrams leave by, by its index; 0 is the system's choice.
    ///
    /// # Errors
    /// As [`set_multicast_interface`](Self::set_multicast_interface).
    ///
    /// Linux: `ip(7)`, `IP_MULTICAST_IF`; RFC 3493 § 5.2
    #[doc(alias = "setMulticastInterface")]
    pub fn set_multicast_interface_index(&self, index: u32) -> Result<(), Error> {
        let interface = MulticastInterface::Index(index);
        let mut state = self.0.state.borrow_mut();
        state.core.set_multicast_interface(interface)?;
        drop(state);
        self.within_call(Operation::Option)
    }

    /// The system's receive buffer size in bytes.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_BUFFER_SIZE` (`EBADF`) before it is bound.
    ///
    /// Node: `socket.getRecvBufferSize`
    #[doc(alias = "getRecvBufferSize")]
    pub fn receive_buffer_size(&self) -> Result<u32, Error> {
        self.0.state.borrow().core.check_receive_buffer_size()?;
        self.buffer_size(Buffer::Receive, Syscall::ReceiveBufferSize)
    }

    /// The system's send buffer size in bytes.
    ///
    /// # Errors
    /// As [`receive_buffer_size`](Self::receive_buffer_size).
    ///
    /// Node: `socket.getSendBufferSize`
    #[doc(alias = "getSendBufferSize")]
    pub fn send_buffer_size(&self) -> Result<u32, Error> {
        self.0.state.borrow().core.check_send_buffer_size()?;
        self.buffer_size(Buffer::Send, Syscall::SendBufferSize)
    }

    /// Sets the system's receive buffer size in bytes; 0 changes nothing.
    ///
    /// # Platforms
    /// Linux doubles the value, has a least one, and caps it at twice `net.core.rmem_max`.
    ///
    /// # Errors
    /// As [`receive_buffer_size`](Self::receive_buffer_size); `EINVAL` for more than 2,147,483,647.
    ///
    /// Node: `socket.setRecvBufferSize`
    #[doc(alias = "setRecvBufferSize")]
    pub fn set_receive_buffer_size(&self, bytes: u32) -> Result<(), Error> {
        self.0
            .state
            .borrow_mut()
            .core
            .set_receive_buffer_size(bytes)?;
        self.within_call(Operation::Option)
    }

    /// Sets the system's send buffer size in bytes; 0 changes nothing.
    ///
    /// # Errors
    /// As [`set_receive_buffer_size`](Self::set_receive_buffer_size).
    ///
    /// Node: `socket.setSendBufferSize`
    #[doc(alias = "setSendBufferSize")]
    pub fn set_send_buffer_size(&self, bytes: u32) -> Result<(), Error> {
        self.0.state.borrow_mut().core.set_send_buffer_size(bytes)?;
        self.within_call(Operation::Option)
    }

    fn buffer_size(&self, buffer: Buffer, syscall: Syscall) -> Result<u32, Error> {
        let state = self.0.state.borrow();
        let size = state
            .os
            .as_ref()
            .map_or(Err(Errno::EBADF), |os| os.buffer_size(buffer));
        size.map_err(|errno| SystemError::new(syscall, errno).into())
    }
}

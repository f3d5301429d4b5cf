//! Socket options: ranges, what was set, and what the backend has to apply.

use core::net::Ipv4Addr;

use super::{Life, Socket};
use crate::error::{Errno, Error, Misuse, Syscall, SystemError};
use crate::output::{MulticastInterface, SocketOption};

/// The options that were set: most sockets have none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    set: u8,
    broadcast: bool,
    loopback: bool,
    ttl: u8,
    multicast_ttl: u8,
    interface: MulticastInterface,
    receive_buffer_size: u32,
    send_buffer_size: u32,
}

const BROADCAST: u8 = 1;
const TTL: u8 = 1 << 1;
const MULTICAST_TTL: u8 = 1 << 2;
const LOOPBACK: u8 = 1 << 3;
const INTERFACE: u8 = 1 << 4;
const RECEIVE_BUFFER: u8 = 1 << 5;
const SEND_BUFFER: u8 = 1 << 6;

/// The options that the backend has not been told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due(u8);

impl Due {
    pub(super) const fn is_any(self) -> bool {
        self.0 != 0
    }

    /// One of them, which is not due any more.
    fn take(&mut self) -> u8 {
        let bit = 1_u8.checked_shl(self.0.trailing_zeros()).unwrap_or(0);
        self.0 &= !bit;
        bit
    }
}

impl Settings {
    pub(crate) const fn new() -> Self {
        Self {
            set: 0,
            broadcast: false,
            loopback: true,
            ttl: 64,
            multicast_ttl: 1,
            interface: MulticastInterface::V4(Ipv4Addr::UNSPECIFIED),
            receive_buffer_size: 0,
            send_buffer_size: 0,
        }
    }

    /// Whether no option is set.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_none(&self) -> bool {
        self.set == 0
    }

    fn get(&self, bit: u8) -> Option<SocketOption> {
        Some(match bit {
            BROADCAST => SocketOption::Broadcast(self.broadcast),
            TTL => SocketOption::Ttl(self.ttl),
            MULTICAST_TTL => SocketOption::MulticastTtl(self.multicast_ttl),
            LOOPBACK => SocketOption::MulticastLoopback(self.loopback),
            INTERFACE => SocketOption::MulticastInterface(self.interface),
            RECEIVE_BUFFER => SocketOption::ReceiveBufferSize(self.receive_buffer_size),
            SEND_BUFFER => SocketOption::SendBufferSize(self.send_buffer_size),
            _ => return None,
        })
    }

    fn want(&mut self, option: SocketOption) {
        self.set |= bit_of(option);
        match option {
            SocketOption::Broadcast(on) => self.broadcast = on,
            SocketOption::Ttl(hops) => self.ttl = hops,
            SocketOption::MulticastTtl(hops) => self.multicast_ttl = hops,
            SocketOption::MulticastLoopback(on) => self.loopback = on,
            SocketOption::MulticastInterface(interface) => self.interface = interface,
            SocketOption::ReceiveBufferSize(bytes) => self.receive_buffer_size = bytes,
            SocketOption::SendBufferSize(bytes) => self.send_buffer_size = bytes,
        }
    }
}

const fn bit_of(option: SocketOption) -> u8 {
    match option {
        SocketOption::Broadcast(_) => BROADCAST,
        SocketOption::Ttl(_) => TTL,
        SocketOption::MulticastTtl(_) => MULTICAST_TTL,
        SocketOption::MulticastLoopback(_) => LOOPBACK,
        SocketOption::MulticastInterface(_) => INTERFACE,
        SocketOption::ReceiveBufferSize(_) => RECEIVE_BUFFER,
        SocketOption::SendBufferSize(_) => SEND_BUFFER,
    }
}

const fn syscall_of(option: SocketOption) -> Syscall {
    match option {
        SocketOption::Broadcast(_) => Syscall::SetBroadcast,
        SocketOption::Ttl(_) => Syscall::SetTtl,
        SocketOption::MulticastTtl(_) => Syscall::SetMulticastTtl,
        SocketOption::MulticastLoopback(_) => Syscall::SetMulticastLoopback,
        SocketOption::MulticastInterface(_) => Syscall::SetMulticastInterface,
        SocketOption::ReceiveBufferSize(_) => Syscall::ReceiveBufferSize,
        SocketOption::SendBufferSize(_) => Syscall::SendBufferSize,
    }
}

impl Socket<'_> {
    /// Lets the socket send to broadcast addresses. Default off: such sends fail with `EACCES`.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `setBroadcast EBADF` before it is bound.
    ///
    /// Node: `socket.setBroadcast`
    #[doc(alias = "setBroadcast")]
    pub fn set_broadcast(&mut self, on: bool) -> Result<(), Error<'static>> {
        self.set(SocketOption::Broadcast(on))
    }

    /// Sets the hop limit of unicast datagrams, 1..=255. Default: the stack's, 64 as a rule.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `setTTL EINVAL` out of range, `setTTL EBADF` before it
    /// is bound.
    ///
    /// Node: `socket.setTTL`
    #[doc(alias = "setTTL")]
    pub fn set_ttl(&mut self, hops: u32) -> Result<(), Error<'static>> {
        self.check_running()?;
        match u8::try_from(hops) {
            Ok(hops @ 1..) => self.set(SocketOption::Ttl(hops)),
            Ok(0) | Err(_) => Err(SystemError::new(Syscall::SetTtl, Errno::EINVAL).into()),
        }
    }

    /// Sets the hop limit of multicast datagrams, 0..=255; 0 keeps them on this host. Default 1.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `setMulticastTTL EINVAL` out of range,
    /// `setMulticastTTL EBADF` before it is bound.
    ///
    /// Node: `socket.setMulticastTTL`
    #[doc(alias = "setMulticastTTL")]
    pub fn set_multicast_ttl(&mut self, hops: u32) -> Result<(), Error<'static>> {
        self.check_running()?;
        match u8::try_from(hops) {
            Ok(hops) => self.set(SocketOption::MulticastTtl(hops)),
            Err(_) => Err(SystemError::new(Syscall::SetMulticastTtl, Errno::EINVAL).into()),
        }
    }

    /// Delivers multicast datagrams on this host as well. Default on.
    ///
    /// # Platforms
    /// On Windows the option counts where they are received, elsewhere where they are sent.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `setMulticastLoopback EBADF` before it is bound.
    ///
    /// Node: `socket.setMulticastLoopback`
    #[doc(alias = "setMulticastLoopback")]
    pub fn set_multicast_loopback(&mut self, on: bool) -> Result<(), Error<'static>> {
        self.set(SocketOption::MulticastLoopback(on))
    }

    /// Sets the interface that multicast datagrams leave by. Default: the stack's choice.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `setMulticastInterface EBADF` before it is bound. What
    /// the stack refuses comes through [`handle_option`](Self::handle_option).
    ///
    /// Node: `socket.setMulticastInterface`
    #[doc(alias = "setMulticastInterface")]
    pub fn set_multicast_interface(
        &mut self,
        interface: MulticastInterface,
    ) -> Result<(), Error<'static>> {
        self.set(SocketOption::MulticastInterface(interface))
    }

    /// Sets the stack's receive buffer size in bytes; 0 changes nothing.
    ///
    /// # Platforms
    /// Linux doubles the value and caps it at twice `net.core.rmem_max`.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `ERR_SOCKET_BUFFER_SIZE` for more than 2,147,483,647
    /// (`EINVAL`) and before it is bound (`EBADF`).
    ///
    /// Node: `socket.setRecvBufferSize`
    #[doc(alias = "setRecvBufferSize")]
    pub fn set_receive_buffer_size(&mut self, bytes: u32) -> Result<(), Error<'static>> {
        self.set_buffer_size(SocketOption::ReceiveBufferSize(bytes), bytes)
    }

    /// Sets the stack's send buffer size in bytes; 0 changes nothing.
    ///
    /// # Errors
    /// As [`set_receive_buffer_size`](Self::set_receive_buffer_size).
    ///
    /// Node: `socket.setSendBufferSize`
    #[doc(alias = "setSendBufferSize")]
    pub fn set_send_buffer_size(&mut self, bytes: u32) -> Result<(), Error<'static>> {
        self.set_buffer_size(SocketOption::SendBufferSize(bytes), bytes)
    }

    /// Whether the stack can be asked for its receive buffer size; the backend knows the value.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `ERR_SOCKET_BUFFER_SIZE` (`EBADF`) before it is bound.
    ///
    /// Node: `socket.getRecvBufferSize`
    #[doc(alias = "getRecvBufferSize")]
    pub fn check_receive_buffer_size(&self) -> Result<(), Error<'static>> {
        self.check_bound(Syscall::ReceiveBufferSize)
    }

    /// Whether the stack can be asked for its send buffer size; the backend knows the value.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `ERR_SOCKET_BUFFER_SIZE` (`EBADF`) before it is bound.
    ///
    /// Node: `socket.getSendBufferSize`
    #[doc(alias = "getSendBufferSize")]
    pub fn check_send_buffer_size(&self) -> Result<(), Error<'static>> {
        self.check_bound(Syscall::SendBufferSize)
    }

    /// The backend has done [`Action::SetOption`](crate::Action::SetOption). After a failure the option
    /// counts as never set.
    ///
    /// # Errors
    /// The failure with its label, for whoever set the option: a driver answers the call with it, or
    /// reports it by [`handle_failure`](Self::handle_failure).
    pub fn handle_option(
        &mut self,
        option: SocketOption,
        outcome: Result<(), Errno>,
    ) -> Result<(), SystemError<'static>> {
        if self.life == Life::Closed {
            crate::stats::count(&mut self.rare().stale);
            return Ok(());
        }
        let Err(errno) = outcome else { return Ok(()) };
        self.forget_option(option);
        Err(SystemError::new(syscall_of(option), errno))
    }

    pub(super) fn check_running(&self) -> Result<(), Misuse> {
        if self.life == Life::Open {
            Ok(())
        } else {
            Err(Misuse::NotRunning)
        }
    }

    fn set(&mut self, option: SocketOption) -> Result<(), Error<'static>> {
        self.check_bound(syscall_of(option))?;
        self.want(option);
        Ok(())
    }

    fn want(&mut self, option: SocketOption) {
        self.options_due.0 |= bit_of(option);
        self.memory.settings_mut().want(option);
    }

    /// The next option to apply, once.
    pub(super) fn poll_option(&mut self) -> Option<SocketOption> {
        if !self.options_due.is_any() {
            return None;
        }
        let bit = self.options_due.take();
        self.memory.settings_mut().get(bit)
    }

    /// The backend has a new socket: everything that was set has to be applied again.
    pub(super) fn apply_options_again(&mut self) {
        self.options_due = Due(self.memory.settings().set);
    }

    /// The backend could not apply an option: unless it has been set to something else since, it was never set.
    fn forget_option(&mut self, option: SocketOption) {
        let bit = bit_of(option);
        let settings = self.memory.settings_mut();
        if self.options_due.0 & bit == 0 && settings.get(bit) == Some(option) {
            settings.set &= !bit;
        }
    }

    fn set_buffer_size(&mut self, option: SocketOption, bytes: u32) -> Result<(), Error<'static>> {
        self.check_running()?;
        if i32::try_from(bytes).is_err() {
            return Err(SystemError::new(syscall_of(option), Errno::EINVAL).into());
        }
        self.check_bound(syscall_of(option))?;
        if bytes > 0 {
            self.want(option);
        }
        Ok(())
    }
}

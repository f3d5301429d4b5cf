//! Socket options.

use anydgram_core::{Errno, Family, MulticastInterface, SocketOption};

use super::{OsSocket, platform};

/// One of the two kernel buffers of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// `SO_RCVBUF`
    Receive,
    /// `SO_SNDBUF`
    Send,
}

impl OsSocket {
    /// Sets an option at the level of the socket's family.
    ///
    /// Only [`MulticastInterface`] says its own level, so that an interface of the wrong family fails as the
    /// system says. Buffer sizes: 0 changes nothing, more than `i32::MAX` is `EINVAL`.
    ///
    /// Node: `socket.setTTL` and its kin
    pub(crate) fn set_option(&self, option: SocketOption) -> Result<(), Errno> {
        match option {
            SocketOption::Broadcast(on) => self.call(|socket| socket.set_broadcast(on)),
            SocketOption::Ttl(ttl) => self.call(|socket| match self.family {
                Family::V4 => socket.set_ttl_v4(ttl.into()),
                Family::V6 => socket.set_unicast_hops_v6(ttl.into()),
            }),
            SocketOption::MulticastTtl(ttl) => self.call(|socket| match self.family {
                Family::V4 => socket.set_multicast_ttl_v4(ttl.into()),
                Family::V6 => socket.set_multicast_hops_v6(ttl.into()),
            }),
            SocketOption::MulticastLoopback(on) => self.call(|socket| match self.family {
                Family::V4 => socket.set_multicast_loop_v4(on),
                Family::V6 => socket.set_multicast_loop_v6(on),
            }),
            SocketOption::MulticastInterface(interface) => self.set_multicast_interface(interface),
            SocketOption::ReceiveBufferSize(size) => self.set_buffer_size(Buffer::Receive, size),
            SocketOption::SendBufferSize(size) => self.set_buffer_size(Buffer::Send, size),
        }
    }

    /// The size of a kernel buffer in bytes, as the system says it: Linux reports twice what was set.
    pub(crate) fn buffer_size(&self, buffer: Buffer) -> Result<u32, Errno> {
        let size = self.call(|socket| match buffer {
            Buffer::Receive => socket.recv_buffer_size(),
            Buffer::Send => socket.send_buffer_size(),
        })?;
        Ok(u32::try_from(size).unwrap_or(u32::MAX))
    }

    fn set_buffer_size(&self, buffer: Buffer, size: u32) -> Result<(), Errno> {
        if size == 0 {
            return Ok(());
        }
        if i32::try_from(size).is_err() {
            return Err(Errno::EINVAL);
        }
        let size = usize::try_from(size).map_err(|_| Errno::EINVAL)?;
        self.call(|socket| match buffer {
            Buffer::Receive => socket.set_recv_buffer_size(size),
            Buffer::Send => socket.set_send_buffer_size(size),
        })
    }

    fn set_multicast_interface(&self, interface: MulticastInterface) -> Result<(), Errno> {
        self.call(|socket| match (interface, self.family) {
            (MulticastInterface::V4(address), _) => socket.set_multicast_if_v4(&address),
            (MulticastInterface::V6(index), _) | (MulticastInterface::Index(index), Family::V6) => {
                socket.set_multicast_if_v6(index)
            }
            (MulticastInterface::Index(index), Family::V4) => {
                platform::set_multicast_index_v4(socket, index)
            }
        })
    }
}

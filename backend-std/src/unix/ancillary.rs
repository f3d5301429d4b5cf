//! What comes and goes beside the bytes: credentials and descriptors.

use core::cell::RefCell;
use core::fmt;

use anydgram_core::{Errno, Misuse, Syscall, SystemError};

use super::UnixSocket;
use crate::error::Error;
use crate::sys::{Descriptor, OsUnixSocket};

/// Who sent a datagram, as the kernel has checked it: a process may name another one only with the privileges for that.
///
/// Linux: `SCM_CREDENTIALS`, unix(7)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UnixCredentials {
    /// The process; 0 for one that this process cannot see.
    pub pid: i32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// What came with a datagram beside its bytes, as far as it was asked for.
pub struct UnixAncillary {
    credentials: Option<UnixCredentials>,
    /// Closed with this, unless they are taken.
    descriptors: RefCell<Vec<Descriptor>>,
    is_truncated: bool,
}

impl UnixAncillary {
    #[cfg(unix)]
    pub(crate) const fn new(
        credentials: Option<UnixCredentials>,
        descriptors: Vec<Descriptor>,
        is_truncated: bool,
    ) -> Self {
        Self {
            credentials,
            descriptors: RefCell::new(descriptors),
            is_truncated,
        }
    }

    /// Who sent the datagram, after [`UnixSocket::pass_credentials`].
    #[must_use]
    pub const fn credentials(&self) -> Option<UnixCredentials> {
        self.credentials
    }

    /// The descriptors that came with the datagram, after [`UnixSocket::receive_descriptors`]: once. Those that nobody takes
    /// are closed.
    #[cfg(unix)]
    #[must_use]
    pub fn take_descriptors(&self) -> Vec<std::os::fd::OwnedFd> {
        self.descriptors.take()
    }

    /// Whether there was more than was asked for, which the system has closed.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        self.is_truncated
    }
}

impl fmt::Debug for UnixAncillary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixAncillary")
            .field("credentials", &self.credentials)
            .field("descriptors", &self.descriptors)
            .field("is_truncated", &self.is_truncated)
            .finish()
    }
}

impl UnixSocket {
    /// Has datagrams tell [who sent them](UnixAncillary::credentials), or no longer. Default off. Linux gives a socket that
    /// asks for it an abstract name as soon as it sends or connects unbound.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `recvmsg ENOTSUP` but on Linux.
    ///
    /// Linux: `SO_PASSCRED`, unix(7)
    pub fn pass_credentials(&self, on: bool) -> Result<(), Error> {
        self.configure(|os| os.pass_credentials(on))
    }

    /// Has datagrams bring [descriptors](UnixAncillary::take_descriptors), up to `most` each; the system closes what is more.
    /// Default 0: none are received.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `recvmsg EINVAL` for more than 253, which no datagram can have,
    /// `recvmsg ENOTSUP` but on Linux.
    ///
    /// Linux: `SCM_RIGHTS`, unix(7)
    pub fn receive_descriptors(&self, most: usize) -> Result<(), Error> {
        self.configure(|os| os.receive_descriptors(most))
    }

    /// Sends a datagram with copies of open descriptors, within this call: such a datagram never waits.
    ///
    /// # Errors
    /// As [`send`](Self::send). `send EAGAIN` while there is no room, or others wait before it; `send EINVAL` for no descriptor
    /// or more than 253; `send ENOTSUP` but on Linux; else as the callback of [`send_with`](Self::send_with) is told.
    ///
    /// Linux: `SCM_RIGHTS`, unix(7)
    #[cfg(unix)]
    pub fn send_descriptors(
        &self,
        datagram: anydgram_core::UnixDatagram<'_>,
        descriptors: &[std::os::fd::BorrowedFd<'_>],
    ) -> Result<(), Error> {
        use anydgram_core::{BindState, ConnectState, Full, Transmitted};

        use super::State;

        let mut state = self.0.state.borrow_mut();
        let State { core, os, .. } = &mut *state;
        let mut outcome = Transmitted::Blocked(Full::Buffer);
        let is_first = core.send_queue_count() == 0
            && core.bind_state() != BindState::Binding
            && core.connect_state() != ConnectState::Connecting;
        if is_first {
            core.send_now(datagram.unreported(), |transmit| {
                let os = os.as_ref();
                outcome = os.map_or(Transmitted::Failed(Errno::EBADF), |os| {
                    os.send_descriptors(transmit, descriptors)
                });
                // It must not wait: descriptors cannot.
                if outcome.is_blocked() {
                    outcome = Transmitted::Failed(Errno::EAGAIN);
                }
                outcome
            })?;
        }
        let errno = match outcome {
            Transmitted::Sent => return Ok(()),
            Transmitted::Blocked(_) => Errno::EAGAIN,
            Transmitted::Failed(errno) => errno,
        };
        let error = Error::from(SystemError::new(Syscall::Send, errno));
        Err(match datagram.destination {
            Some(destination) => error.naming(&destination.to_string()),
            None => error,
        })
    }

    fn configure(
        &self,
        work: impl FnOnce(&mut OsUnixSocket) -> Result<(), Errno>,
    ) -> Result<(), Error> {
        let mut state = self.0.state.borrow_mut();
        let os = state.os.as_mut().ok_or(Misuse::NotRunning)?;
        work(os).map_err(|errno| SystemError::new(Syscall::RecvMsg, errno).into())
    }
}

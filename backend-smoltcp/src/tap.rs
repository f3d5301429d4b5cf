//! A TAP device: the Ethernet between the kernel of a Linux computer and a stack of ours.
//!
//! Nothing that the kernel answers makes it panic: what fails is counted, and the last failure is kept. It has
//! memory for one frame in each direction, and allocates nothing for a frame.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

use crate::sys::tap as sys;

#[cfg(test)]
mod tests;

/// A TAP device that is attached to an interface of the kernel. Dropping it detaches it, and deletes an interface that
/// is not persistent.
///
/// The stack behind it is a neighbour of the kernel's interface: it needs IP addresses and a hardware address of its
/// own, which must differ from those of the kernel's interface.
///
/// # Platforms
/// Linux.
#[derive(Debug)]
pub struct Tap {
    file: File,
    /// Only for questions about the interface.
    socket: UnixDatagram,
    name: String,
    mtu: usize,
    receive: Box<[u8]>,
    log: Log,
    transmit: Box<[u8]>,
}

impl Tap {
    /// Attaches to the TAP interface `name`, which is made if there is none: then it is down and has no address, until
    /// the administrator sees to that (`ip link set`, `ip address add`). An empty name, or one with `%d`, lets the
    /// kernel choose.
    ///
    /// # Errors
    /// What the system has against it: `EPERM` without the right to administer the network (a persistent interface may
    /// belong to an ordinary user), `EBUSY` if somebody else is attached, `EINVAL` for an interface of another type and
    /// for a name longer than 15 bytes, `ENOENT` on a system without TAP devices.
    pub fn open(name: &str) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(DEVICE)?;
        let name = sys::attach(&file, name)?;
        let socket = UnixDatagram::unbound()?;
        let mtu = sys::mtu(&socket, &name)?;
        let [receive, transmit] = [(), ()].map(|()| vec![0; FRAME_LEN].into_boxed_slice());
        Ok(Self {
            file,
            socket,
            name,
            mtu,
            receive,
            log: Log::default(),
            transmit,
        })
    }

    /// The name of the interface when it was attached to.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The longest IP packet in bytes that the interface had when it was attached to.
    #[must_use]
    pub const fn mtu(&self) -> usize {
        self.mtu
    }

    /// Whether the kernel's interface is up. What is sent while it is not is lost, with `EIO`.
    ///
    /// # Errors
    /// `EBADFD` if the interface was deleted, `ENODEV` if it was moved to another network namespace.
    pub fn is_up(&self) -> io::Result<bool> {
        // By now it may have another name.
        let name = sys::name(&self.file)?;
        sys::is_up(&self.socket, &name)
    }

    /// Whether the interface was deleted. Waiting for such a device returns at once, and it has no frame ever again.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let error = sys::name(&self.file).err();
        error.is_some_and(|error| error.raw_os_error() == Some(libc::EBADFD))
    }

    /// What the device has seen.
    #[must_use]
    pub const fn stats(&self) -> &TapStats {
        &self.log.stats
    }

    /// The last failure of sending or receiving.
    #[must_use]
    pub const fn last_error(&self) -> Option<&io::Error> {
        self.log.last_error.as_ref()
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for Tap {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

impl Device for Tap {
    type RxToken<'a> = TapFrame<'a>;
    type TxToken<'a> = TapRoom<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(TapFrame<'_>, TapRoom<'_>)> {
        let Self { file, log, .. } = self;
        match again(|| (&*file).read(&mut self.receive)) {
            Ok(0) => None,
            Ok(len) => {
                log.stats.received += 1;
                let frame = TapFrame(self.receive.get(..len)?);
                let memory = &mut self.transmit;
                Some((frame, TapRoom { file, log, memory }))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => {
                log.stats.receive_errors += 1;
                log.last_error = Some(error);
                None
            }
        }
    }

    /// Always has room: whether the kernel has any shows when the frame is sent.
    fn transmit(&mut self, _timestamp: Instant) -> Option<TapRoom<'_>> {
        Some(TapRoom {
            file: &self.file,
            log: &mut self.log,
            memory: &mut self.transmit,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.mtu.saturating_add(HEADER);
        capabilities
    }
}

/// What a [`Tap`] has seen, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct TapStats {
    /// Received from the kernel.
    pub received: u64,
    /// Taken by the kernel.
    pub sent: u64,
    /// Attempts to receive that failed.
    pub receive_errors: u64,
    /// Lost because the kernel did not take them: its interface is down (`EIO`), or it has no memory (`EAGAIN`,
    /// `ENOBUFS`).
    pub send_errors: u64,
}

#[derive(Debug, Default)]
struct Log {
    stats: TapStats,
    last_error: Option<io::Error>,
}

/// A frame that a [`Tap`] has received. It is lost if it is dropped.
#[derive(Debug)]
pub struct TapFrame<'a>(&'a [u8]);

impl RxToken for TapFrame<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame that a [`Tap`] sends. Its bytes are those of an earlier frame.
#[derive(Debug)]
pub struct TapRoom<'a> {
    file: &'a File,
    log: &'a mut Log,
    memory: &'a mut [u8],
}

impl TxToken for TapRoom<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self { file, log, memory } = self;
        let Some(frame) = memory.get_mut(..len) else {
            let result = f(&mut vec![0; len]);
            log.stats.send_errors += 1;
            log.last_error = Some(io::Error::from_raw_os_error(libc::EMSGSIZE));
            return result;
        };
        let result = f(frame);
        match again(|| (&*file).write(frame)) {
            Ok(_) => log.stats.sent += 1,
            Err(error) => {
                log.stats.send_errors += 1;
                log.last_error = Some(error);
            }
        }
        result
    }
}

/// A system call, made again when a signal interrupts it.
fn again(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Where TAP devices come from.
const DEVICE: &str = "/dev/net/tun";
/// The header of an Ethernet frame in bytes.
const HEADER: usize = 14;
/// The longest frame that an interface can have in bytes: the longest IP packet, the header, and a VLAN tag.
const FRAME_LEN: usize = 65_535 + HEADER + 4;

//! Requests to the kernel about a TAP device (Linux: `Documentation/networking/tuntap.rst`, `netdevice(7)`).

use core::ffi::{CStr, c_char};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _};

/// Attaches an open `/dev/net/tun` to the TAP interface with this name, which is made if there is none, and returns the
/// name: the kernel fills in a `%d`, and chooses if the name is empty.
///
/// # Errors
/// `EINVAL` for a name that is too long or has a zero in it, and for an interface of another type; `EPERM` without the
/// right to do it; `EBUSY` if somebody else is attached.
pub(crate) fn attach(device: &File, name: &str) -> io::Result<String> {
    let mut request = request(name)?;
    request.ifr_ifru.ifru_flags = ETHERNET_WITHOUT_HEADER;
    ask(device, libc::TUNSETIFF, &mut request)?;
    let name = name_of(&request);
    // A persistent interface may still have been told that its last user fills checksums in.
    // SAFETY: the request takes a number, and no memory.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETOFFLOAD, 0) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(name)
}

/// The longest packet of an interface in bytes, without an Ethernet header. Any socket will do to ask with.
///
/// # Errors
/// `ENODEV` if there is no such interface in the socket's network namespace.
pub(crate) fn mtu(socket: &impl AsFd, name: &str) -> io::Result<usize> {
    let mut request = request(name)?;
    ask(socket, SIOCGIFMTU, &mut request)?;
    // SAFETY: the kernel has written this member, and any bits are a valid number.
    let mtu = unsafe { request.ifr_ifru.ifru_mtu };
    Ok(usize::try_from(mtu).unwrap_or(0))
}

/// Whether an interface is up. Any socket will do to ask with.
///
/// # Errors
/// `ENODEV` if there is no such interface in the socket's network namespace.
pub(crate) fn is_up(socket: &impl AsFd, name: &str) -> io::Result<bool> {
    let mut request = request(name)?;
    ask(socket, SIOCGIFFLAGS, &mut request)?;
    // SAFETY: the kernel has written this member, and any bits are a valid number.
    let flags = unsafe { request.ifr_ifru.ifru_flags };
    Ok(libc::c_int::from(flags) & libc::IFF_UP != 0)
}

/// The present name of the interface that `device` is attached to.
///
/// # Errors
/// `EBADFD` if it is attached to none, because the interface was deleted.
pub(crate) fn name(device: &File) -> io::Result<String> {
    let mut request = request("")?;
    ask(device, libc::TUNGETIFF, &mut request)?;
    Ok(name_of(&request))
}

/// One request, made again when a signal interrupts it.
fn ask(fd: &impl AsFd, what: libc::Ioctl, request: &mut libc::ifreq) -> io::Result<()> {
    let fd = fd.as_fd().as_raw_fd();
    loop {
        // SAFETY: the descriptor is open, and all requests of this file read and write one `ifreq`, which this is.
        let result = unsafe { libc::ioctl(fd, what, core::ptr::from_mut(request)) };
        if result >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// A request about the interface with this name.
fn request(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: zeroes are valid: an array of numbers, and a union with members of numbers.
    let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
    // The last byte stays zero.
    if name.len() >= request.ifr_name.len() || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = c_char::from_ne_bytes([from]);
    }
    Ok(request)
}

/// The name in a request.
fn name_of(request: &libc::ifreq) -> String {
    let bytes = request.ifr_name.map(|byte| byte.to_ne_bytes()[0]);
    let name = CStr::from_bytes_until_nul(&bytes).unwrap_or_default();
    String::from_utf8_lossy(name.to_bytes()).into_owned()
}

/// Whole Ethernet frames, and nothing in front of them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "they are bits of the field, which has 16"
)]
const ETHERNET_WITHOUT_HEADER: libc::c_short = (libc::IFF_TAP | libc::IFF_NO_PI) as _;
/// The same on all architectures (`linux/sockios.h`); libc's have a type that does not fit everywhere.
const SIOCGIFMTU: libc::Ioctl = 0x8921;
const SIOCGIFFLAGS: libc::Ioctl = 0x8913;

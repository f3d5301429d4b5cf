//! Linux and Android.

use core::ffi::{c_int, c_void};
use std::io;
use std::os::fd::AsRawFd;

use tokio::io::Interest;

/// What the reactor is to tell: errors come as [`Interest::PRIORITY`], which makes them readable.
pub(super) const INTEREST: Interest = Interest::READABLE
    .add(Interest::WRITABLE)
    .add(Interest::PRIORITY);

/// Makes the system report the error of an earlier datagram as something to read. By itself it reports an error only,
/// which tokio wakes no reader for.
///
/// Linux: `SO_SELECT_ERR_QUEUE`, socket(7)
pub(super) fn show_errors(os: &impl AsRawFd) -> io::Result<()> {
    let on: c_int = 1;
    let value = core::ptr::from_ref(&on).cast::<c_void>();
    let length = libc::socklen_t::try_from(size_of::<c_int>()).unwrap_or(0);
    // SAFETY: `value` points to `length` bytes, which the call reads only.
    let result = unsafe {
        libc::setsockopt(
            os.as_raw_fd(),
            libc::SOL_SOCKET,
            SO_SELECT_ERR_QUEUE,
            value,
            length,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Missing in `libc`; asm/socket.h.
const SO_SELECT_ERR_QUEUE: c_int = if cfg!(any(target_arch = "sparc", target_arch = "sparc64")) {
    0x29
} else {
    45
};

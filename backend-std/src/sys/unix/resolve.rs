//! Host names, by `getaddrinfo`: the standard library's lookup hides its error codes.

use alloc::ffi::CString;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::io;

use anydgram_core::{Address, Errno, Family};

use crate::errno;

/// The first address of a host in one family. Blocks, possibly for long.
///
/// Node: `dns.lookup`
pub(crate) fn resolve(host: &str, family: Family) -> Result<Address, Errno> {
    let host = CString::new(host).map_err(|_| Errno::EINVAL)?;
    let wanted = match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    };
    // SAFETY: zeroes are valid hints.
    let mut hints: libc::addrinfo = unsafe { core::mem::zeroed() };
    hints.ai_family = wanted;
    hints.ai_socktype = libc::SOCK_DGRAM;
    let mut first = core::ptr::null_mut();
    // SAFETY: the host ends at its NUL, there is no service, and hints and result are valid pointers.
    let code = unsafe {
        libc::getaddrinfo(
            host.as_ptr(),
            core::ptr::null(),
            &raw const hints,
            &raw mut first,
        )
    };
    if code != 0 {
        return Err(errno_of(code));
    }
    let answers = Answers { first };
    let mut next = answers.first;
    // SAFETY: the pointer is null, or points to an entry of the list that we own.
    while let Some(entry) = unsafe { next.as_ref() } {
        if entry.ai_family == wanted && !entry.ai_addr.is_null() {
            return Ok(address_of(entry, family));
        }
        next = entry.ai_next;
    }
    Err(Errno::ENOTFOUND)
}

fn address_of(entry: &libc::addrinfo, family: Family) -> Address {
    match family {
        Family::V4 => {
            let pointer = entry.ai_addr.cast::<libc::sockaddr_in>();
            // SAFETY: an address of this family has this form.
            let address = unsafe { pointer.read_unaligned() };
            Ipv4Addr::from_bits(u32::from_be(address.sin_addr.s_addr)).into()
        }
        Family::V6 => {
            let pointer = entry.ai_addr.cast::<libc::sockaddr_in6>();
            // SAFETY: an address of this family has this form.
            let address = unsafe { pointer.read_unaligned() };
            Address::scoped(
                Ipv6Addr::from(address.sin6_addr.s6_addr),
                address.sin6_scope_id,
            )
        }
    }
}

/// What a code of `getaddrinfo` means.
///
/// `EAI_NONAME`, and where they exist `EAI_NODATA` and `EAI_ADDRFAMILY`, are the codes left for an unknown
/// host; the others cannot come of the hints above.
fn errno_of(code: i32) -> Errno {
    match code {
        libc::EAI_AGAIN => Errno::EAIAGAIN,
        libc::EAI_FAIL => Errno::EAIFAIL,
        libc::EAI_MEMORY => Errno::EAIMEMORY,
        libc::EAI_FAMILY => Errno::EAFNOSUPPORT,
        libc::EAI_SYSTEM => errno::from_io(&io::Error::last_os_error()),
        _ => Errno::ENOTFOUND,
    }
}

struct Answers {
    first: *mut libc::addrinfo,
}

impl Drop for Answers {
    fn drop(&mut self) {
        // SAFETY: the list is ours, and no entry outlives it.
        unsafe { libc::freeaddrinfo(self.first) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_nodes_names() {
        assert_eq!(errno_of(libc::EAI_NONAME).name(), "ENOTFOUND");
        assert_eq!(errno_of(libc::EAI_AGAIN).name(), "EAI_AGAIN");
        assert_eq!(errno_of(libc::EAI_FAIL).name(), "EAI_FAIL");
        assert_eq!(errno_of(libc::EAI_MEMORY).name(), "EAI_MEMORY");
    }

    #[test]
    fn numeric_texts_are_answered_in_their_family() {
        assert_eq!(resolve("127.1", Family::V4), Ok(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(resolve("::1", Family::V6), Ok(Ipv6Addr::LOCALHOST.into()));
        assert_eq!(resolve("::1", Family::V4), Err(Errno::ENOTFOUND));
    }
}

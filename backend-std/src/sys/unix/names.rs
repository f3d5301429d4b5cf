//! Interface names, indexes and addresses.

use core::ffi::{CStr, c_char};
use core::marker::PhantomData;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::io;

use anydgram_core::{Address, Errno};

use crate::errno;
use crate::interfaces::InterfaceInfo;

/// Room for an interface's name with its NUL.
pub(crate) const INTERFACE_NAME_LEN: usize = libc::IF_NAMESIZE;

/// The index of an interface, by its name.
pub(crate) fn interface_index(name: &str) -> Option<u32> {
    let mut buffer = [0; INTERFACE_NAME_LEN];
    buffer
        .get_mut(..name.len())?
        .copy_from_slice(name.as_bytes());
    let text = CStr::from_bytes_until_nul(&buffer).ok()?;
    if text.count_bytes() != name.len() {
        return None;
    }
    // SAFETY: the text ends at its NUL.
    let index = unsafe { libc::if_nametoindex(text.as_ptr()) };
    (index != 0).then_some(index)
}

/// The name of an interface, by its index.
pub(crate) fn interface_name(index: u32, buffer: &mut [u8; INTERFACE_NAME_LEN]) -> Option<&str> {
    let pointer = buffer.as_mut_ptr().cast::<c_char>();
    // SAFETY: the buffer has room for every name.
    let found = unsafe { libc::if_indextoname(index, pointer) };
    if found.is_null() {
        return None;
    }
    CStr::from_bytes_until_nul(buffer).ok()?.to_str().ok()
}

/// All interfaces, in no particular order.
pub(crate) fn interfaces() -> Result<Vec<InterfaceInfo>, Errno> {
    let list = List::new().map_err(|error| errno::from_io(&error))?;
    let mut found: Vec<InterfaceInfo> = Vec::new();
    for entry in &list {
        // SAFETY: every entry has a name that ends at its NUL.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) };
        let Ok(name) = name.to_str() else { continue };
        let address = address_of(entry);
        if let Some(known) = found.iter_mut().find(|known| known.name == name) {
            known.addresses.extend(address);
            continue;
        }
        // One that has vanished since has no index any more.
        let Some(index) = interface_index(name) else {
            continue;
        };
        found.push(InterfaceInfo {
            index,
            name: name.into(),
            addresses: address.into_iter().collect(),
            is_up: has_flag(entry, libc::IFF_UP),
            is_multicast: has_flag(entry, libc::IFF_MULTICAST),
        });
    }
    Ok(found)
}

fn has_flag(entry: &libc::ifaddrs, flag: i32) -> bool {
    entry.ifa_flags & flag.cast_unsigned() != 0
}

/// The entry's IP address, if it is one.
fn address_of(entry: &libc::ifaddrs) -> Option<Address> {
    if entry.ifa_addr.is_null() {
        return None;
    }
    // SAFETY: every address starts with its family.
    let family = unsafe { (*entry.ifa_addr).sa_family };
    match i32::from(family) {
        libc::AF_INET => {
            let pointer = entry.ifa_addr.cast::<libc::sockaddr_in>();
            // SAFETY: an address of this family has this form.
            let address = unsafe { pointer.read_unaligned() };
            Some(Ipv4Addr::from_bits(u32::from_be(address.sin_addr.s_addr)).into())
        }
        libc::AF_INET6 => {
            let pointer = entry.ifa_addr.cast::<libc::sockaddr_in6>();
            // SAFETY: an address of this family has this form.
            let address = unsafe { pointer.read_unaligned() };
            let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
            Some(Address::scoped(ip, address.sin6_scope_id))
        }
        _ => None,
    }
}

/// The system's list: one entry for each address, and more.
struct List {
    first: *mut libc::ifaddrs,
}

impl List {
    fn new() -> io::Result<Self> {
        let mut first = core::ptr::null_mut();
        // SAFETY: the pointer is writable.
        let result = unsafe { libc::getifaddrs(&raw mut first) };
        if result == 0 {
            Ok(Self { first })
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list is ours, and no entry outlives it.
        unsafe { libc::freeifaddrs(self.first) }
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a libc::ifaddrs;
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Entries<'a> {
        Entries {
            next: self.first,
            list: PhantomData,
        }
    }
}

struct Entries<'a> {
    next: *mut libc::ifaddrs,
    list: PhantomData<&'a List>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a libc::ifaddrs;

    fn next(&mut self) -> Option<&'a libc::ifaddrs> {
        // SAFETY: the pointer is null, or points to an entry of the list that we borrow.
        let entry = unsafe { self.next.as_ref() }?;
        self.next = entry.ifa_next;
        Some(entry)
    }
}

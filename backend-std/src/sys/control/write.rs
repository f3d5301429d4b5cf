//! Control messages that are sent.

use core::ffi::c_int;
use core::net::IpAddr;

use anydgram_core::Address;

use super::{CONTROL_LEN, HEADER_LEN, aligned};

/// Control messages to send a datagram with.
#[derive(Clone, Copy)]
pub(in crate::sys) struct Control {
    bytes: [u8; CONTROL_LEN],
    used: usize,
}

impl Control {
    pub(in crate::sys) const fn new() -> Self {
        Self {
            bytes: [0; CONTROL_LEN],
            used: 0,
        }
    }

    /// All of them.
    pub(in crate::sys) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }

    /// All of them, for system calls that want them so.
    pub(in crate::sys) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.used).unwrap_or_default()
    }

    /// Asks for a source, the system's choice if it is the wildcard address, and for the interface of its scope id, the
    /// system's choice if that is 0.
    pub(in crate::sys) fn source(&mut self, source: Address) {
        let index = source.scope_id().to_ne_bytes();
        let mut data = [0; 20];
        match source.ip() {
            IpAddr::V4(ip) => {
                // The interface, the source, and a field that counts for received datagrams only.
                put(&mut data, 0, &index);
                put(&mut data, 4, &ip.octets());
                let data = data.get(..12).unwrap_or(&[]);
                self.add(libc::IPPROTO_IP, libc::IP_PKTINFO, data);
            }
            IpAddr::V6(ip) => {
                put(&mut data, 0, &ip.octets());
                put(&mut data, 16, &index);
                self.add(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &data);
            }
        }
    }

    pub(in crate::sys) fn add(&mut self, level: c_int, kind: c_int, data: &[u8]) {
        let (start, length) = (self.used, HEADER_LEN + data.len());
        debug_assert!(
            start + aligned(length) <= CONTROL_LEN,
            "there is room for all"
        );
        put(&mut self.bytes, start, &length.to_ne_bytes());
        put(
            &mut self.bytes,
            start + size_of::<usize>(),
            &level.to_ne_bytes(),
        );
        put(
            &mut self.bytes,
            start + size_of::<usize>() + 4,
            &kind.to_ne_bytes(),
        );
        put(&mut self.bytes, start + HEADER_LEN, data);
        self.used += aligned(length);
    }
}

pub(super) fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    for (slot, byte) in to.iter_mut().skip(at).zip(bytes) {
        *slot = *byte;
    }
}

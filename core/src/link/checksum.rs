//! The Internet checksum (RFC 1071).

use core::net::IpAddr;

/// The sum of 16-bit words, in the byte order of this machine: the sum in the other order is this one with its bytes
/// swapped (RFC 1071 § 2 (B)), so words need not be swapped one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(u64);

impl Sum {
    /// Adds bytes that begin at an even place of what is summed.
    pub(super) fn add(self, bytes: &[u8]) -> Self {
        let _ = bytes;
        self
    }

    /// Adds one word, given as the number it is on the wire.
    pub(super) fn add_u16(self, word: u16) -> Self {
        let _ = word;
        self
    }

    /// The sum of a pseudo-header (RFC 768, RFC 8200 § 8.1).
    pub(super) fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, len: u16) -> Self {
        let _ = (source, destination, protocol, len);
        Self(0)
    }

    /// The checksum: the number to be written. Zero if it was in the sum, and right.
    pub(super) fn checksum(self) -> u16 {
        0
    }
}

//! What the kernel is told of a message beside its bytes: where it goes, and into what it is cut.

use core::net::IpAddr;

use anydgram_core::Endpoint;

use crate::sys::control::Control;

/// A `sockaddr_in` or a `sockaddr_in6`.
#[derive(Clone, Copy, Default)]
pub(super) struct Name(pub(super) [u8; NAME_LEN]);

impl Name {
    /// Returns its length.
    pub(super) fn set(&mut self, to: Endpoint) -> usize {
        let family = match to.address.ip() {
            IpAddr::V4(_) => libc::AF_INET,
            IpAddr::V6(_) => libc::AF_INET6,
        };
        let family = libc::sa_family_t::try_from(family).unwrap_or(0);
        self.put(0, &family.to_ne_bytes());
        self.put(2, &to.port.to_be_bytes());
        match to.address.ip() {
            IpAddr::V4(ip) => {
                self.put(4, &ip.octets());
                16
            }
            IpAddr::V6(ip) => {
                self.put(8, &ip.octets());
                self.put(24, &to.address.scope_id().to_ne_bytes());
                NAME_LEN
            }
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

/// The control messages of a message, which may be told into what it is cut.
pub(super) trait Cut {
    /// Asks for segments of a length.
    fn cut(&mut self, stride: usize);

    /// All of them.
    fn bytes_mut(&mut self) -> &mut [u8];
}

/// Nothing, or segments of a length.
#[derive(Clone, Copy, Default)]
pub(super) struct Segments {
    bytes: [u8; SEGMENTS_LEN],
    is_cut: bool,
}

impl Cut for Segments {
    fn cut(&mut self, stride: usize) {
        let mut at = 0;
        for bytes in [
            (HEADER_LEN + 2).to_ne_bytes().as_slice(),
            &libc::SOL_UDP.to_ne_bytes(),
            &libc::UDP_SEGMENT.to_ne_bytes(),
            &length(stride),
        ] {
            if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
            at += bytes.len();
        }
        self.is_cut = true;
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        if self.is_cut {
            &mut self.bytes
        } else {
            &mut []
        }
    }
}

/// What the datagrams ask for, and segments of a length behind it.
impl Cut for Control {
    fn cut(&mut self, stride: usize) {
        self.add(libc::SOL_UDP, libc::UDP_SEGMENT, &length(stride));
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes_mut()
    }
}

fn length(stride: usize) -> [u8; 2] {
    u16::try_from(stride).unwrap_or(u16::MAX).to_ne_bytes()
}

/// The length of `sockaddr_in6`, the longer of the two.
const NAME_LEN: usize = 28;
/// `CMSG_ALIGN(sizeof(struct cmsghdr))`
const HEADER_LEN: usize = size_of::<usize>() + 8;
/// `CMSG_SPACE(sizeof(uint16_t))`
const SEGMENTS_LEN: usize = HEADER_LEN + size_of::<usize>();

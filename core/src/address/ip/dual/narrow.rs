//! The bytes of an IPv6 address as four numbers, where one would be four registers.

/// Sixteen bytes, aligned for words of four.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Words([u32; 4]);

impl Words {
    #[inline]
    pub(super) const fn new(octets: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = octets;
        Self([
            u32::from_ne_bytes([a, b, c, d]),
            u32::from_ne_bytes([e, f, g, h]),
            u32::from_ne_bytes([i, j, k, l]),
            u32::from_ne_bytes([m, n, o, p]),
        ])
    }

    #[inline]
    pub(super) const fn octets(self) -> [u8; 16] {
        let [first, second, third, fourth] = self.0;
        let [a, b, c, d] = first.to_ne_bytes();
        let [e, f, g, h] = second.to_ne_bytes();
        let [i, j, k, l] = third.to_ne_bytes();
        let [m, n, o, p] = fourth.to_ne_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }

    /// `::`
    #[inline]
    pub(super) const fn is_zero(self) -> bool {
        matches!(self.0, [0, 0, 0, 0])
    }

    /// `::1`
    #[inline]
    pub(super) const fn is_loopback(self) -> bool {
        matches!(self.0, [0, 0, 0, LAST])
    }

    /// `::ffff:0:0/96`
    #[inline]
    pub(super) const fn is_mapped(self) -> bool {
        matches!(self.0, [0, 0, MAPPED, _])
    }

    /// `fe80::/10`
    #[inline]
    pub(super) const fn is_link_local(self) -> bool {
        let [first, second, ..] = self.0[0].to_ne_bytes();
        first == 0xfe && second & 0xc0 == 0x80
    }

    /// The first byte.
    #[inline]
    pub(super) const fn first(self) -> u8 {
        self.0[0].to_ne_bytes()[0]
    }
}

/// The third word of a v4-mapped address.
const MAPPED: u32 = u32::from_be(0xffff);
/// The fourth word of `::1`.
const LAST: u32 = u32::from_be(1);

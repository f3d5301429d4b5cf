//! The bytes of an IPv6 address as one number, where there are registers for it.

/// Sixteen bytes, aligned for words of four.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C, packed(4))]
pub(super) struct Words(u128);

impl Words {
    #[inline]
    pub(super) const fn new(octets: [u8; 16]) -> Self {
        Self(u128::from_ne_bytes(octets))
    }

    #[inline]
    pub(super) const fn octets(self) -> [u8; 16] {
        self.0.to_ne_bytes()
    }

    /// `::`
    #[inline]
    pub(super) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `::1`
    #[inline]
    pub(super) const fn is_loopback(self) -> bool {
        self.0 == u128::from_be(1)
    }

    /// `::ffff:0:0/96`
    #[inline]
    pub(super) const fn is_mapped(self) -> bool {
        self.0 & !u128::from_be(0xffff_ffff) == u128::from_be(0xffff_0000_0000)
    }

    /// `fe80::/10`
    #[inline]
    pub(super) const fn is_link_local(self) -> bool {
        let [first, second, ..] = self.0.to_ne_bytes();
        first == 0xfe && second & 0xc0 == 0x80
    }

    /// The first byte.
    #[inline]
    pub(super) const fn first(self) -> u8 {
        self.0.to_ne_bytes()[0]
    }
}

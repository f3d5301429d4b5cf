//! Numbers that frames have in common, and writing frames from the front.

/// `EtherTypes` (IEEE 802 numbers).
pub(super) const IPV4: u16 = 0x0800;
pub(super) const ARP: u16 = 0x0806;
pub(super) const IPV6: u16 = 0x86dd;

/// Protocols behind IP headers (Assigned Internet Protocol Numbers).
pub(super) const ICMP: u8 = 1;
pub(super) const IGMP: u8 = 2;
pub(super) const UDP: u8 = 17;
pub(super) const ICMPV6: u8 = 58;

/// What of a frame is not written yet.
pub(super) struct Writer<'b> {
    rest: &'b mut [u8],
}

impl<'b> Writer<'b> {
    /// A frame of which nothing is written.
    pub(super) const fn new(frame: &'b mut [u8]) -> Self {
        Self { rest: frame }
    }

    /// Writes bytes, and nothing past the end; `None` if they do not fit, after which nothing does.
    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let (place, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(bytes.len())?;
        for (to, from) in place.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.rest = rest;
        Some(())
    }

    /// Writes a number, big-endian as all of them (RFC 791, appendix B); `None` if it does not fit.
    #[inline]
    pub(super) fn put_u16(&mut self, number: u16) -> Option<()> {
        self.put(&number.to_be_bytes())
    }

    /// What is not written yet.
    pub(super) fn into_rest(self) -> &'b mut [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn writes_in_order_and_not_past_the_end() {
        let mut frame = [9; 5];
        let mut writer = Writer::new(&mut frame);
        assert_eq!(writer.put(&[1, 2]), Some(()));
        assert_eq!(writer.put_u16(0x0304), Some(()));
        assert_eq!(writer.put_u16(0x0506), None);
        assert_eq!(writer.put(&[5]), None, "what did not fit leaves no room");
        assert!(writer.into_rest().is_empty());
        assert_eq!(frame, [1, 2, 3, 4, 9]);
    }
}

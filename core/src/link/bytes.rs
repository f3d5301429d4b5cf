//! Numbers in frames: big-endian, as everything on the wire (RFC 1700, data notation).

/// Writes a frame from its front; nothing past its end.
pub(super) struct Writer<'b> {
    rest: &'b mut [u8],
}

impl<'b> Writer<'b> {
    pub(super) const fn new(frame: &'b mut [u8]) -> Self {
        Self { rest: frame }
    }

    /// Writes bytes; `None` if they do not fit.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let (place, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(bytes.len())?;
        for (to, from) in place.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.rest = rest;
        Some(())
    }

    /// Writes a number of 16 bits; `None` if it does not fit.
    pub(super) fn put_u16(&mut self, number: u16) -> Option<()> {
        self.put(&number.to_be_bytes())
    }

    /// What is not written yet.
    pub(super) const fn remaining(&self) -> usize {
        self.rest.len()
    }
}

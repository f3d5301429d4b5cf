//! Payloads: one slice or a gather list, and the slices that `send` cuts from them.

use crate::error::{Bound, Misuse};

/// The bytes of one datagram: one slice, or a list of pieces that are sent as one.
///
/// An empty payload, or an empty list, is a datagram of length zero.
///
/// # Examples
/// ```
/// use anydgram_core::Payload;
///
/// let text = Payload::from("hello");
/// let list = Payload::List(&[b"hel", b"lo"]);
/// assert_eq!((text.len(), list.len()), (5, 5));
/// ```
///
/// Node: the `msg` of `socket.send`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "bytes are in one piece or in several"
)]
pub enum Payload<'a> {
    /// All bytes in one piece.
    Slice(&'a [u8]),
    /// Bytes in any number of pieces.
    List(&'a [&'a [u8]]),
}

impl<'a> Payload<'a> {
    /// Cuts `length` bytes at `offset` out of `bytes`.
    ///
    /// # Errors
    /// [`Misuse::BufferOutOfBounds`] when the slice is not inside of `bytes`.
    ///
    /// Node: `socket.send(msg, offset, length, …)`
    pub fn slice(bytes: &'a [u8], offset: usize, length: usize) -> Result<Self, Misuse> {
        let rest = bytes
            .get(offset..)
            .ok_or(Misuse::BufferOutOfBounds(Bound::Offset))?;
        let slice = rest
            .get(..length)
            .ok_or(Misuse::BufferOutOfBounds(Bound::Length))?;
        Ok(Self::Slice(slice))
    }

    /// The number of bytes in all pieces.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::List(list) => total(list),
        }
    }

    /// Whether this is a datagram of length zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces().iter().all(|piece| piece.is_empty())
    }

    /// The pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[&'a [u8]] {
        match self {
            Self::Slice(slice) => core::slice::from_ref(slice),
            Self::List(list) => list,
        }
    }
}

/// The length of all pieces.
#[inline(never)]
fn total(pieces: &[&[u8]]) -> usize {
    let lengths = pieces.iter().map(|piece| piece.len());
    lengths.fold(0, usize::saturating_add)
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Payload<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'a> From<&'a str> for Payload<'a> {
    fn from(text: &'a str) -> Self {
        Self::Slice(text.as_bytes())
    }
}

impl<'a> From<&'a [&'a [u8]]> for Payload<'a> {
    fn from(list: &'a [&'a [u8]]) -> Self {
        Self::List(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_outside_of_the_bytes_names_the_bound() {
        assert_eq!(Payload::slice(b"abc", 1, 2), Ok(Payload::Slice(b"bc")));
        assert_eq!(Payload::slice(b"abc", 3, 0), Ok(Payload::Slice(b"")));
        assert_eq!(
            Payload::slice(b"abc", 4, 0),
            Err(Misuse::BufferOutOfBounds(Bound::Offset))
        );
        assert_eq!(
            Payload::slice(b"abc", 1, 3),
            Err(Misuse::BufferOutOfBounds(Bound::Length))
        );
        assert_eq!(
            Payload::slice(b"abc", 1, usize::MAX),
            Err(Misuse::BufferOutOfBounds(Bound::Length))
        );
    }

    #[test]
    fn pieces_count_as_one_datagram() {
        let list: &[&[u8]] = &[b"ab", b"", b"c"];
        assert_eq!(Payload::from(list).len(), 3);
        assert!(Payload::List(&[]).is_empty());
    }
}

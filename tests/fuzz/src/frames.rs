//! Inputs as frames: each has two bytes of length, a byte that says how much time passes before it, and its bytes.

use core::time::Duration;

/// The frames of an input; the last one may be cut short.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'d>(&'d [u8]);

impl<'d> Frames<'d> {
    /// The frames in `data`.
    #[must_use]
    pub const fn new(data: &'d [u8]) -> Self {
        Self(data)
    }
}

impl<'d> Iterator for Frames<'d> {
    type Item = (Duration, &'d [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [high, low, pause, rest @ ..] = self.0 else {
            return None;
        };
        let len = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (frame, rest) = rest.split_at(len);
        self.0 = rest;
        // From a moment to an hour.
        let pause = Duration::from_millis(u64::from(*pause).pow(3) / 4);
        Some((pause, frame))
    }
}

/// A frame as it stands in an input.
#[must_use]
pub fn entry(pause: u8, frame: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(frame.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[high, low, pause], frame].concat()
}

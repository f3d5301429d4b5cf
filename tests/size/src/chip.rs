//! A network chip: one frame that has come in, room for one that leaves, and four registers.

use core::hint::black_box;

use smoltcp::phy::{Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// The longest frame.
pub const MTU: usize = 1_514;
/// The chip's own address.
pub const ADDRESS: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// Microseconds since the start.
const TIME: *const u32 = 0x4000_0000 as *const u32;
/// How long the frame is that has come in; 0: there is none.
const RECEIVED: *const u32 = 0x4020_0000 as *const u32;
/// Sends a frame of the length that is written.
const SEND: *mut u32 = 0x4020_0004 as *mut u32;
/// Whether the cable is in.
const LINK: *const u32 = 0x4020_0008 as *const u32;

/// The time.
#[must_use]
pub fn micros() -> u64 {
    // SAFETY: it is a register of the chip.
    u64::from(unsafe { TIME.read_volatile() })
}

/// Whether the cable is in.
#[must_use]
pub fn is_up() -> bool {
    // SAFETY: it is a register of the chip.
    unsafe { LINK.read_volatile() != 0 }
}

/// The chip, with its buffers.
#[derive(Debug)]
pub struct Chip {
    received: &'static mut [u8; MTU],
    room: &'static mut [u8; MTU],
}

impl Chip {
    /// The chip.
    ///
    /// # Safety
    /// There is one: to be called once.
    #[must_use]
    pub unsafe fn take() -> Self {
        // SAFETY: by the caller.
        let [received, room] = unsafe {
            [
                crate::memory!(RECEIVE_BUFFER: [u8; MTU] = [0; MTU]),
                crate::memory!(SEND_BUFFER: [u8; MTU] = [0; MTU]),
            ]
        };
        Self { received, room }
    }
}

impl Chip {
    /// The frame that has come in, and room for an answer.
    pub(crate) fn take_frame(&mut self) -> Option<(RxToken<'_>, TxToken<'_>)> {
        // SAFETY: it is a register of the chip.
        let length = unsafe { RECEIVED.read_volatile() };
        if length == 0 {
            return None;
        }
        // The chip has written there.
        let frame = black_box(&mut *self.received).get_mut(..length as usize)?;
        Some((RxToken(frame), TxToken(self.room)))
    }

    /// Room for a frame.
    pub(crate) fn room(&mut self) -> TxToken<'_> {
        TxToken(self.room)
    }
}

impl Device for Chip {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        self.take_frame()
    }

    fn transmit(&mut self, _: Instant) -> Option<TxToken<'_>> {
        Some(self.room())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

/// A frame that has come in.
#[derive(Debug)]
pub struct RxToken<'a>(pub(crate) &'a mut [u8]);

impl smoltcp::phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame that leaves.
#[derive(Debug)]
pub struct TxToken<'a>(&'a mut [u8; MTU]);

impl TxToken<'_> {
    /// Sends a frame that `f` writes.
    pub(crate) fn send<R>(self, len: usize, f: impl FnOnce(&mut [u8]) -> R) -> R {
        let (frame, _) = self.0.split_at_mut(len.min(MTU));
        let result = f(frame);
        // The chip reads it.
        black_box(frame);
        // SAFETY: it is a register of the chip.
        unsafe { SEND.write_volatile(len as u32) };
        result
    }
}

impl smoltcp::phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.send(len, f)
    }
}

//! The device: frames that are there already, and room that is always free. Nothing is copied or allocated.

use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

pub(crate) const MTU: usize = 1_514;

#[derive(Debug)]
pub(crate) struct Ring {
    /// What comes in, again and again.
    frames: Vec<Vec<u8>>,
    next: usize,
    pending: usize,
    room: Vec<u8>,
    pub(crate) sent: usize,
}

impl Ring {
    pub(crate) fn new(frames: Vec<Vec<u8>>) -> Self {
        Self {
            frames,
            next: 0,
            pending: 0,
            room: vec![0; MTU],
            sent: 0,
        }
    }

    /// So many frames come in.
    pub(crate) const fn bring(&mut self, count: usize) {
        self.pending = count;
    }

    /// Other frames come in from now on.
    pub(crate) fn replace(&mut self, frames: Vec<Vec<u8>>) {
        self.frames = frames;
        self.next = 0;
        self.sent = 0;
    }
}

impl Device for Ring {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        self.pending = self.pending.checked_sub(1)?;
        let frame = self.frames.get(self.next)?;
        self.next += 1;
        if self.next == self.frames.len() {
            self.next = 0;
        }
        let (room, sent) = (&mut self.room[..], &mut self.sent);
        Some((RxToken(frame), TxToken { room, sent }))
    }

    fn transmit(&mut self, _: Instant) -> Option<TxToken<'_>> {
        let (room, sent) = (&mut self.room[..], &mut self.sent);
        Some(TxToken { room, sent })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::default();
        capabilities
    }
}

#[derive(Debug)]
pub(crate) struct RxToken<'a>(&'a [u8]);

impl smoltcp::phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

#[derive(Debug)]
pub(crate) struct TxToken<'a> {
    room: &'a mut [u8],
    sent: &'a mut usize,
}

impl smoltcp::phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        *self.sent += 1;
        f(self
            .room
            .get_mut(..len)
            .expect("a frame of the MTU at most"))
    }
}

//! The device: a frame that is there already, and room that is always free. Nothing is copied or allocated.

use anydgram_size::chip::MTU;
use smoltcp::phy::{Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

pub(crate) struct Ring {
    /// What comes in, again and again.
    frame: Vec<u8>,
    pending: usize,
    room: Vec<u8>,
    pub(crate) sent: usize,
}

impl Ring {
    pub(crate) fn new(frame: Vec<u8>) -> Self {
        Self {
            frame,
            pending: 0,
            room: vec![0; MTU],
            sent: 0,
        }
    }

    /// So many frames come in.
    pub(crate) fn bring(&mut self, count: usize) {
        self.pending = count;
    }

    /// Another frame comes in from now on, and counting begins.
    pub(crate) fn replace(&mut self, frame: Vec<u8>) {
        self.frame = frame;
        self.sent = 0;
    }
}

impl Device for Ring {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        self.pending = self.pending.checked_sub(1)?;
        Some((
            RxToken(&self.frame),
            TxToken(&mut self.room, &mut self.sent),
        ))
    }

    fn transmit(&mut self, _: Instant) -> Option<TxToken<'_>> {
        Some(TxToken(&mut self.room, &mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

pub(crate) struct RxToken<'a>(&'a [u8]);

impl smoltcp::phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

pub(crate) struct TxToken<'a>(&'a mut [u8], &'a mut usize);

impl smoltcp::phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        *self.1 += 1;
        f(&mut self.0[..len])
    }
}

//! A device that keeps what goes through it.

use std::os::fd::{AsFd, BorrowedFd};

use smoltcp::phy::{Device, DeviceCapabilities, RxToken, TxToken};
use smoltcp::time::Instant;

/// Passes frames on in both directions, and keeps a copy of each.
pub(crate) struct Recorder<D> {
    device: D,
    pub(crate) received: Vec<Vec<u8>>,
    pub(crate) sent: Vec<Vec<u8>>,
}

impl<D> Recorder<D> {
    pub(crate) const fn new(device: D) -> Self {
        Self {
            device,
            received: Vec::new(),
            sent: Vec::new(),
        }
    }
}

impl<D: AsFd> AsFd for Recorder<D> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

impl<D: Device> Device for Recorder<D> {
    type RxToken<'a>
        = Recorded<'a, D::RxToken<'a>>
    where
        D: 'a;
    type TxToken<'a>
        = Recorded<'a, D::TxToken<'a>>
    where
        D: 'a;

    fn receive(&mut self, timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let (rx, tx) = self.device.receive(timestamp)?;
        let rx = Recorded(rx, &mut self.received);
        Some((rx, Recorded(tx, &mut self.sent)))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        let tx = self.device.transmit(timestamp)?;
        Some(Recorded(tx, &mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame, or room for one, and where its copy is kept.
pub(crate) struct Recorded<'a, T>(T, &'a mut Vec<Vec<u8>>);

impl<T: RxToken> RxToken for Recorded<'_, T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let Self(rx, frames) = self;
        rx.consume(|frame| {
            frames.push(frame.to_vec());
            f(frame)
        })
    }
}

impl<T: TxToken> TxToken for Recorded<'_, T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self(tx, frames) = self;
        tx.consume(len, |frame| {
            let result = f(frame);
            frames.push(frame.to_vec());
            result
        })
    }
}
